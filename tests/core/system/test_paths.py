"""A path that cannot be used is refused with a sentence, whatever is wrong with it."""

from __future__ import annotations

import errno
import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from speckhal.contract.errors import InputError
from speckhal.system.paths import readable_file, unusable, usable_folder, writable_place

if TYPE_CHECKING:
    from collections.abc import Callable

    Check = Callable[[Path, str], None]

CHECKS: Final = [readable_file, writable_place, usable_folder]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("file").write_text("kept")
    Path("folder").mkdir()
    Path("loop").symlink_to("loop")
    os.mkfifo("pipe")


def refusal(check: Check, path: str | Path) -> str:
    """What is said of it, after the path itself."""
    with pytest.raises(InputError) as caught:
        check(Path(path), "Asked for")
    assert caught.value.hint is not None
    assert caught.value.message.startswith(f"Asked for {path}, and ")
    return caught.value.message.removeprefix(f"Asked for {path}, and ")


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("n" * 300, "that name is longer than the file system permits."),
        ("loop", "the links on the way there lead in a circle."),
        ("loop/file", "the links on the way there lead in a circle."),
        ("file/file", "a part of the path is a file, and no folder."),
        ("a\0b", "a path cannot have a NUL character in it."),
        ("\ud800", "its name has characters that this system's file names cannot have."),
    ],
)
def test_what_cannot_be_examined_is_refused_for_every_use(
    check: Check, path: str, said: str
) -> None:
    assert refusal(check, path) == said


@pytest.mark.parametrize("check", CHECKS)
def test_a_folder_that_may_not_be_entered_is_named_as_the_reason(
    monkeypatch: pytest.MonkeyPatch, check: Check
) -> None:
    def refuse(*_: object, **__: object) -> os.stat_result:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    # the tests may run as root, whom no folder refuses
    monkeypatch.setattr(Path, "stat", refuse)
    assert refusal(check, "folder/file") == "you have no permission for that."


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("path", ["file", "."])
def test_a_working_directory_that_is_gone_is_named_as_the_reason(
    tmp_path: Path, check: Check, path: str
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    os.chdir(gone)
    gone.rmdir()
    if check is usable_folder or path == "file":
        assert refusal(check, path) == "the working directory no longer exists."
    if check is not usable_folder:
        check(tmp_path / "file", "Asked for")


@pytest.mark.parametrize("check", [readable_file, writable_place])
def test_only_a_file_is_a_file(check: Check) -> None:
    assert refusal(check, "folder") == "that is a folder, not a file."
    assert refusal(check, "pipe") == "that is a named pipe, not a file."
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
        assert refusal(check, "socket") == "that is a socket, not a file."


def test_a_file_to_read_must_be_there_and_come_to_an_end() -> None:
    with pytest.raises(InputError, match="none, and there is no such file") as caught:
        readable_file(Path("none"), "Asked for", hint="Make one.")
    assert caught.value.hint == "Make one."
    assert refusal(readable_file, "/dev/zero") == "that is a device, not a file."
    readable_file(Path("file"), "Asked for")


def test_a_file_that_may_not_be_read_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(Path, "open", refuse)
    assert refusal(readable_file, "file") == "you have no permission for that."


def test_a_place_to_write_may_be_new_old_or_behind_a_link_and_is_left_as_it_was() -> None:
    before = sorted(Path.cwd().iterdir())
    Path("link").symlink_to("folder/behind")
    for path in ("new", "file", "link", "/dev/null", "/dev/full", os.fsdecode(b"\xff")):
        writable_place(Path(path), "Asked for")
    Path("link").unlink()
    assert sorted(Path.cwd().iterdir()) == before
    assert Path("file").read_text() == "kept"


def test_a_place_without_a_folder_is_refused(tmp_path: Path) -> None:
    assert refusal(writable_place, "none/new") == f"there is no folder {tmp_path / 'none'}."


def test_a_read_only_file_is_not_to_be_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("locked").touch(mode=0o444)
    assert refusal(writable_place, "locked") == "that file is read-only."
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert refusal(writable_place, "file") == "that file is read-only."


@pytest.mark.parametrize("check", [writable_place, usable_folder])
@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.EACCES, "you have no permission for that."),
        (errno.ENOENT, "you have no permission for that."),  # what /proc says
        (errno.EROFS, "the file system is read-only."),
        (errno.ENOSPC, "there is no space left on the device."),
        (errno.EDQUOT, f"the system says: {os.strerror(errno.EDQUOT)}."),
    ],
)
def test_a_folder_that_takes_no_file_is_refused(
    monkeypatch: pytest.MonkeyPatch, check: Check, number: int, said: str
) -> None:
    def refuse(**_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    assert refusal(check, "." if check is usable_folder else "new") == said


def test_a_folder_must_be_there_and_be_one() -> None:
    assert refusal(usable_folder, "none") == "there is no such folder."
    assert refusal(usable_folder, "file") == "that is no folder."
    usable_folder(Path("folder"), "Asked for")
    assert not list(Path("folder").iterdir())


def test_a_failure_later_is_the_same_sentence() -> None:
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    error = unusable(Path("a.csv"), "Asked to write", full)
    assert error.message == "Asked to write a.csv, and there is no space left on the device."
    assert error.hint == "Make room, or give another place."
