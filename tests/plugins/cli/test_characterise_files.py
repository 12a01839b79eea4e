"""What `speckhal characterise` measured is lost nowhere, whatever becomes of the profile."""

from __future__ import annotations

import errno
import tempfile
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from speckhal.cli import main
from speckhal.cli.terminal.standard_streams import OutputLost
from speckhal.cli.views.characterise_view import CharacteriseView
from speckhal.runs.profile import read_profile
from speckhal.system.whole_file import whole_file

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path
    from typing import IO


@pytest.fixture(autouse=True)
def spare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for what is kept elsewhere."""
    folder = tmp_path / "spare"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def _characterise(*options: str) -> Result:
    arguments = ["characterise", "mock", "--quick", "--only", "overflow", *options]
    return CliRunner().invoke(main, arguments, env={"COLUMNS": "1000"})


def _kept(done: Result, spare: Path) -> int:
    """How many results are in the profile that the message names."""
    (kept,) = spare.iterdir()
    assert kept.match("speckhal-characterise-*.toml")
    assert f"hint: What was measured is in {kept}.\n" in done.stderr
    return len(read_profile(kept).results)


def test_what_was_measured_is_kept_elsewhere_where_the_disk_is_full(spare: Path) -> None:
    done = _characterise("--out", "/dev/full")

    assert done.exit_code == 2
    assert "profile /dev/full, and there is no space left on the device.\n" in done.stderr
    assert _kept(done, spare)
    assert "Wrote" not in done.output


def test_a_profile_that_is_read_is_not_written_over(tmp_path: Path) -> None:
    profile, link = tmp_path / "mine.toml", tmp_path / "link.toml"
    profile.write_text("# mine")
    link.symlink_to(profile)

    done = _characterise("--profile", str(profile), "--out", str(link))

    assert done.exit_code == 2
    assert f"the profile {link}, and that is the profile that is read." in done.stderr
    assert (profile.read_text(), link.is_symlink()) == ("# mine", True)


def test_an_interrupt_while_the_profile_is_written_keeps_it_too(
    tmp_path: Path, spare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "board.toml"

    def interrupted(path: Path) -> AbstractContextManager[IO[bytes]]:
        if path == place and place.exists():  # as it does from before the only measurement
            raise KeyboardInterrupt
        return whole_file(path)

    monkeypatch.setattr("speckhal.runs.profile.whole_file", interrupted)

    done = _characterise("--out", str(place))

    assert done.exit_code == 130
    assert _kept(done, spare)


def test_a_profile_that_could_not_be_printed_is_kept(
    spare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*_: object) -> None:
        raise OutputLost(OSError(errno.ENOSPC, "No space left on device"))

    monkeypatch.setattr(CharacteriseView, "conclude", lost)

    done = _characterise("--json")

    assert done.exit_code == 2
    assert _kept(done, spare)


def test_what_can_be_kept_nowhere_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("speckhal.cli.outputs.secrets.token_hex", lambda _: "/no/such/folder")

    done = _characterise("--out", "/dev/full")

    assert done.exit_code == 2
    assert "hint: What was measured could be kept nowhere else.\n" in done.stderr
