"""A file that a command writes is old or new, never half."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

from speckhal.system.whole_file import whole_file


def test_the_new_content_appears_at_the_end_of_the_block(tmp_path: Path) -> None:
    path = tmp_path / "leak.csv"
    path.write_bytes(b"old")
    with whole_file(path) as file:
        file.write(b"new")
        file.flush()
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("end", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_an_early_end_leaves_what_was_there(tmp_path: Path, end: BaseException) -> None:
    path = tmp_path / "leak.csv"
    path.write_bytes(b"old")
    with pytest.raises(type(end)), whole_file(path) as file:
        file.write(b"half")
        raise end
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_an_early_end_leaves_no_file_where_there_was_none(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="full"), whole_file(tmp_path / "leak.csv"):
        raise OSError("full")
    assert not list(tmp_path.iterdir())


def test_an_existing_file_keeps_its_mode_and_a_new_one_gets_the_usual(tmp_path: Path) -> None:
    private, new, usual = tmp_path / "private", tmp_path / "new", tmp_path / "usual"
    private.write_bytes(b"")
    private.chmod(0o600)
    usual.write_bytes(b"")
    for path in (private, new):
        with whole_file(path) as file:
            file.write(b"x")
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    assert new.stat().st_mode == usual.stat().st_mode


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_bytes(b"old")
    link.symlink_to(target)
    with whole_file(link) as file:
        file.write(b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"


def test_a_read_only_file_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "profile.toml"
    path.write_bytes(b"old")
    # the superuser may write everything, so the answer of a user's system is given here
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(PermissionError, match="read-only"), whole_file(path):
        pass
    assert path.read_bytes() == b"old"


def test_not_even_the_superuser_replaces_a_file_that_is_made_read_only(tmp_path: Path) -> None:
    path = tmp_path / "profile.toml"
    path.write_bytes(b"old")
    path.chmod(0o444)
    with pytest.raises(PermissionError, match="read-only"), whole_file(path):
        pass
    assert path.read_bytes() == b"old"


def test_a_pipe_is_written_to_directly(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    with whole_file(pipe) as file:
        file.write(b"through")
    reader.join()
    assert read == [b"through"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_name_as_long_as_the_file_system_permits_can_be_written(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 255)
    with whole_file(path) as file:
        file.write(b"x")
    assert path.read_bytes() == b"x"


def test_two_writers_do_not_disturb_each_other(tmp_path: Path) -> None:
    path = tmp_path / "board.toml"
    with whole_file(path) as first, whole_file(path) as second:
        first.write(b"first")
        second.write(b"second")
    assert path.read_bytes() == b"first"


def test_a_pipe_that_is_open_already_is_written_to_by_its_number() -> None:
    end, start = os.pipe()
    with whole_file(Path(f"/dev/fd/{start}")) as file:
        file.write(b"through")
    os.close(start)
    with os.fdopen(end, "rb") as pipe:
        assert pipe.read() == b"through"
