"""Names of new plugins, and folders that they do not go into."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from speckhal.cli import main
from speckhal.contract.errors import InputError
from speckhal.discovery.entry_points import Offer
from speckhal.scaffold.plugin_spec import PluginOrder, take_order
from speckhal.scaffold.writing import write_plugin
from speckhal_mock.emulation.kits import KITS


def ordered(name: str, *, author: str = "") -> PluginOrder:
    return take_order(name, like="speck2f", license_name="MIT", author=author)


@settings(deadline=None, max_examples=30)  # it looks for packages on the disk
@given(st.from_regex(r"[a-z][a-z0-9]{0,5}(-[a-z0-9]{1,4}){0,2}x9", fullmatch=True))
def test_a_good_name_makes_a_distribution_and_a_package(name: str) -> None:
    order = ordered(name)
    assert order.distribution == f"speckhal-{name}"
    assert order.package.isidentifier()
    assert order.package.replace("_", "-") == order.distribution


@pytest.mark.parametrize(
    "name",
    [
        *("", "Speck9", "9speck", "speck_9", "speck 9", "speck-", "-speck", "a--b", "späck"),
        *("x:y", "../x", "speck9\n", "a" * 21),
    ],
)
def test_a_malformed_name_is_refused_with_what_a_name_is(name: str) -> None:
    with pytest.raises(InputError, match="begins with a small letter") as refusal:
        ordered(name)
    assert repr(name) in refusal.value.message


def test_the_prefix_is_not_put_twice() -> None:
    with pytest.raises(InputError, match="Type: speckhal new-plugin speck9"):
        ordered("speckhal-speck9")


@pytest.mark.parametrize("name", ["speck2f", "mock"])
def test_the_name_of_an_installed_backend_is_taken(name: str) -> None:
    with pytest.raises(InputError, match=rf"speckhal 0\.\S+ offers {name!r} already"):
        ordered(name)


def test_the_name_of_its_emulated_board_must_be_free_too(monkeypatch: pytest.MonkeyPatch) -> None:
    offer = Offer("speck9-mock", "somebodys", "1.0", "somewhere:backend")
    monkeypatch.setattr("speckhal.scaffold.plugin_spec.installed", lambda _group: [offer])

    with pytest.raises(InputError, match=r"somebodys 1\.0 offers 'speck9-mock' already"):
        ordered("speck9")


@pytest.mark.parametrize("name", ["speck2-f", "speck2-e", "speck2f-module", "speck2fmodule9"])
def test_no_other_chip_has_a_board_of_that_name(name: str) -> None:
    assert ordered(name).board not in {kit.name for kit in KITS.values()}


def test_the_name_of_a_package_is_taken() -> None:
    with pytest.raises(InputError, match="there is a package 'speckhal_samna' already"):
        ordered("samna")


def test_unknown_chips_and_licences_are_answered_with_the_known() -> None:
    said = r"like 'speck1', and no installed backend offers that\. .* device, speck2e, speck2f\."
    with pytest.raises(InputError, match=said):
        take_order("speck9", like="speck1", license_name="MIT", author="")
    done = CliRunner().invoke(main, ["new-plugin", "speck9", "--license", "WTFPL"])
    assert done.exit_code == 2
    assert "'WTFPL' is not one of 'Apache-2.0', 'MIT'." in " ".join(done.output.split())


def test_a_folder_that_exists_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "speckhal-speck9").mkdir()
    done = CliRunner().invoke(main, ["new-plugin", "speck9", "--out", str(tmp_path)])
    assert done.exit_code == 2
    assert "error: Asked to write the plugin into" in done.output
    assert "that exists already" in " ".join(done.output.split())
    assert list((tmp_path / "speckhal-speck9").iterdir()) == []


def test_a_place_where_nothing_can_be_written_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for place in ("file", "nowhere"):
        done = CliRunner().invoke(main, ["new-plugin", "speck9", "--out", str(tmp_path / place)])
        assert done.exit_code != 0
        assert place in done.output
    assert [item.name for item in tmp_path.iterdir()] == ["file"]


def test_what_cannot_be_written_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="that is no folder"):
        write_plugin(ordered("speck9"), tmp_path / "file")


def test_the_command_says_what_to_type_next(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["new-plugin", "speck9", "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert "speckhal conformance speck9-mock" in done.output
    assert f"grep -rn check {tmp_path / 'speckhal-speck9' / 'src'}\n" in done.output
    assert (tmp_path / "speckhal-speck9" / "pyproject.toml").is_file()


def test_what_to_type_next_is_quoted_for_the_shell(tmp_path: Path) -> None:
    place = tmp_path / "with space"
    place.mkdir()
    done = CliRunner().invoke(main, ["new-plugin", "speck9", "--out", str(place)])
    assert f"grep -rn check '{place / 'speckhal-speck9' / 'src'}'\n" in done.output
    assert f"pip install -e '{place / 'speckhal-speck9'}[dev]'\n" in done.output


def test_a_failure_half_way_leaves_nothing_and_blocks_no_next_try(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = Path.write_text
    room = [4]

    def fill(path: Path, *arguments: Any, **options: Any) -> int:
        room[0] -= 1
        if room[0] < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(path, *arguments, **options)

    with monkeypatch.context() as full:
        full.setattr(Path, "write_text", fill)
        with pytest.raises(InputError, match="there is no space left on the device"):
            write_plugin(ordered("speck9"), tmp_path)
    assert not list(tmp_path.iterdir())
    assert write_plugin(ordered("speck9"), tmp_path) == tmp_path / "speckhal-speck9"
    assert [path.name for path in tmp_path.iterdir()] == ["speckhal-speck9"]


@pytest.mark.parametrize("author", ["two\nlines", "\x1b[31m", os.fsdecode(b"caf\xe9")])
def test_an_author_is_one_line_of_text(author: str) -> None:
    with pytest.raises(InputError, match="not one line of text"):
        ordered("speck9", author=author)
