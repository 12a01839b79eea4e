"""A profile in a file: what is written is read again, and what is wrong gets a sentence."""

from __future__ import annotations

import datetime as dt
import json
import os
import stat
from typing import TYPE_CHECKING, Final

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speckhal.contract.characterise import Comparison, MeasuredBoard, Result, Value
from speckhal.contract.errors import InputError
from speckhal.runs.profile import Profile, check_place, read_profile, write_profile

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLE: Final = Profile(
    board=MeasuredBoard(
        "speck2f", "Speck2fDevKit", "A1", {"fx": "3"}, "samna 0.48", emulated=False
    ),
    measured_at=dt.datetime(2026, 3, 1, 12, tzinfo=dt.timezone.utc),
    speckhal="0.1.0",
    quick=False,
    results=(
        Result("overflow", "wrap", "exact", "By a pulse.", "saturate", Comparison.DIFFERS),
        Result("limit", None, "up to 9", "By counting.", None, Comparison.AS_ASSUMED),
    ),
)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
values: st.SearchStrategy[Value] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    texts,
    st.lists(st.integers(0, 2**63 - 1), max_size=4),
    st.lists(texts, max_size=4),
)
profiles = st.builds(
    Profile,
    board=st.builds(
        MeasuredBoard,
        chip=texts,
        board=texts,
        serial_number=texts,
        firmware=st.dictionaries(texts, texts, max_size=3),
        vendor=texts,
        emulated=st.booleans(),
    ),
    measured_at=st.datetimes(timezones=st.just(dt.timezone.utc)),
    speckhal=texts,
    quick=st.booleans(),
    results=st.lists(
        st.builds(Result, texts, values, texts, texts, values, st.sampled_from(list(Comparison))),
        unique_by=lambda result: result.name,
        max_size=4,
    ).map(tuple),
    missing=st.lists(texts, max_size=3).map(tuple),
)


@given(profile=profiles)
def test_what_is_written_is_read_again(
    tmp_path_factory: pytest.TempPathFactory, profile: Profile
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.toml"
    write_profile(profile, path)
    assert read_profile(path) == profile


def test_the_file_says_what_it_is_for_and_whether_it_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "board.toml"
    write_profile(EXAMPLE, str(path))
    assert read_profile(str(path)) == EXAMPLE
    assert path.read_text().startswith("# Measured by speckhal characterise.")
    assert "complete = true\n" in path.read_text()
    partial = attrs.evolve(EXAMPLE, missing=("tearing",))
    write_profile(partial, path)
    assert 'complete = false\nmissing = [\n    "tearing",\n]\n' in path.read_text()
    assert not read_profile(path).is_complete


def test_as_json_is_plain_and_has_null_for_no_value() -> None:
    plain = json.loads(json.dumps(EXAMPLE.as_json()))
    assert plain["measured_at"] == "2026-03-01T12:00:00+00:00"
    assert plain["board"]["firmware"] == {"fx": "3"}
    assert plain["results"]["limit"]["value"] is None
    assert plain["results"]["overflow"]["verdict"] == "differs"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("format = 1", "", "has no format"),
        ("format = 1", "format = 2", "has format 2, and this speckhal reads format 1"),
        ("format = 1", "format = true", "format is True; it must be a whole number"),
        ("format = 1", "format = ", "is not TOML: "),
        ("[board]", "[bord]", "has no board"),
        ('chip = "speck2f"', "chip = 5", "board.chip is 5; it must be a text"),
        ("emulated = false", "", "has no board.emulated"),
        ("emulated = false", "emulated = 0", "board.emulated is 0; it must be true or false"),
        ('fx = "3"', "fx = 3", "board.firmware.fx is 3; it must be a text"),
        (
            "measured_at = 2026-03-01 12:00:00+00:00",
            "measured_at = 2026-03-01",
            "it must be a date",
        ),
        (
            "measured_at = 2026-03-01 12:00:00+00:00",
            "measured_at = 2026-03-01 12:00:00",
            "its zone",
        ),
        ("format = 1", "format = 1\nfromat = 1", "has fromat, which a profile does not have"),
        ('vendor = "samna 0.48"', 'vendor = ""\nvender = ""', "has board.vender, which"),
        ('value = "wrap"', 'valu = "wrap"', "has results.overflow.valu, which"),
        ("complete = true", "", "has no complete"),
        ("complete = true", "complete = false", "has complete = false, and nothing in missing"),
        ("missing = []", 'missing = ["x", "y"]', "has complete = true, and x, y in missing"),
        ('value = "wrap"', "value = nan", "results.overflow.value is nan; it must be a number"),
        ('value = "wrap"', f"value = {'[' * 9999}", "it is nested too deeply"),
        ('value = "wrap"', "value = 1\nvalue = 2", "is not TOML: Cannot overwrite a value"),
        ("missing = []", "missing = [1]", "missing is [1]; it must be a list of texts"),
        ("missing = []", "missing = 1", "missing is 1; it must be a list"),
        ('verdict = "differs"', 'verdict = "good"', "it must be 'as assumed' or 'differs' or"),
        ('value = "wrap"', "value = { a = 1 }", "results.overflow.value is {'a': 1}; it must be"),
        ('value = "wrap"', 'value = [1, "a"]', "a list of numbers or texts"),
        ('value = "wrap"', "value = [true]", "a list of numbers or texts"),
        ('how = "By a pulse."', "", "has no results.overflow.how"),
        (
            "[results.overflow]",
            "[results]\noverflow = 1\n[other]",
            "results.overflow is 1; it must",
        ),
    ],
)
def test_a_wrong_file_gets_a_sentence_that_names_the_place(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    path = tmp_path / "board.toml"
    write_profile(EXAMPLE, path)
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))
    with pytest.raises(InputError) as caught:
        read_profile(path)
    assert said in caught.value.message
    assert str(path) in caught.value.message


def test_an_editor_s_mark_before_the_text_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "board.toml"
    write_profile(EXAMPLE, path)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert read_profile(path) == EXAMPLE


def test_a_file_that_cannot_be_read_gets_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no such file") as caught:
        read_profile(tmp_path / "board.toml")
    assert "speckhal characterise BACKEND --out" in (caught.value.hint or "")
    with pytest.raises(InputError, match="that is a folder"):
        read_profile(tmp_path)
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match="is not TOML"):
        read_profile(binary)


def test_a_place_is_checked_without_leaving_anything(tmp_path: Path) -> None:
    check_place(tmp_path / "board.toml")
    assert not list(tmp_path.iterdir())
    old = tmp_path / "old.toml"
    old.write_text("kept")
    check_place(old)
    assert old.read_text() == "kept"
    with pytest.raises(InputError, match="there is no folder"):
        check_place(tmp_path / "none" / "board.toml")
    with pytest.raises(InputError, match="that is a folder"):
        check_place(tmp_path)
    with pytest.raises(InputError, match="a part of the path is a file"):
        check_place(old / "board.toml")


def test_a_write_that_fails_leaves_the_old_profile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "board.toml"
    write_profile(EXAMPLE, path)

    def fail(*_arguments: object, **_options: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(InputError, match="no space left on the device"):
        write_profile(attrs.evolve(EXAMPLE, results=()), path)
    assert read_profile(path) == EXAMPLE


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    there, link = tmp_path / "there.toml", tmp_path / "link.toml"
    there.touch()
    link.symlink_to(there)
    write_profile(EXAMPLE, link)
    assert link.is_symlink()
    assert read_profile(there) == EXAMPLE


def test_nobody_else_s_file_is_touched_and_the_mode_stays(tmp_path: Path) -> None:
    path, theirs = tmp_path / "board.toml", tmp_path / "board.toml.part"
    theirs.write_text("theirs")
    path.touch()
    path.chmod(0o600)
    check_place(path)
    write_profile(EXAMPLE, path)
    assert theirs.read_text() == "theirs"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert sorted(tmp_path.iterdir()) == [path, theirs]


def test_a_read_only_profile_is_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "board.toml"
    path.write_text("kept")
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write everything
    with pytest.raises(InputError, match="read-only"):
        check_place(path)
    with pytest.raises(InputError, match="no permission"):
        write_profile(EXAMPLE, path)
    assert path.read_text() == "kept"
