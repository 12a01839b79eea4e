"""The mock with a profile: the board that was measured, as far as a mock can be it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import pytest
from click.testing import CliRunner

import speckhal
from speckhal.cli import main
from speckhal.contract.address import AddressLayout
from speckhal.contract.characterise import Comparison, MeasuredBoard, Result, Value
from speckhal.contract.errors import InputError
from speckhal.runs.profile import Profile, read_profile, write_profile
from speckhal_mock.boards.open_options import read_options
from speckhal_mock.emulation.errors import EmulationWarning
from speckhal_mock.emulation.options import EmulationOptions
from speckhal_mock.sdk.bus import current_bus

Measure = Callable[..., Any]

BOARD = MeasuredBoard("speck2f", "Speck2fDevKit", "A1B2", {}, "samna 0.48.5", emulated=False)
WHEN = dt.datetime(2026, 3, 1, 12, tzinfo=dt.timezone.utc)


def result(name: str, value: Value, verdict: Comparison = Comparison.DIFFERS) -> Result:
    return Result(name, value, "exact", "It was measured.", None, verdict)


@pytest.fixture
def profile(tmp_path: Path) -> Callable[..., Path]:
    """Writes a profile with such results."""

    def write(*results: Result, board: MeasuredBoard = BOARD) -> Path:
        path = tmp_path / "board.toml"
        write_profile(Profile(board, WHEN, "0", quick=False, results=results), path)
        return path

    return write


def options(path: Path, target: str | None = None, **explicit: object) -> EmulationOptions:
    return read_options(target, {"profile": path, **explicit}).emulation


@pytest.mark.parametrize("as_path", [str, Path])
def test_a_device_of_the_mock_behaves_like_the_measured_board(
    profile: Callable[..., Path], as_path: Callable[[Path], object]
) -> None:
    path = profile(result("io_write_s", 0.25), result("neuron_address", ["x", "y", "c"]))
    with speckhal.open_device("mock", profile=as_path(path)) as device:
        (board,) = current_bus().boards
        assert board.options == EmulationOptions(
            io_write_s=0.25, neuron_address=AddressLayout(("x", "y", "c"))
        )
        assert device.info.board == "Speck2fDevKit"


def test_a_value_that_the_mock_cannot_have_is_reported_whatever_the_verdict(
    profile: Callable[..., Path],
) -> None:
    path = profile(result("default_rate_hz", "abc", Comparison.AS_ASSUMED))
    with pytest.warns(EmulationWarning, match="default_rate_hz abc"):
        assert options(path) == EmulationOptions()


@pytest.mark.parametrize("value", ["x", 500])
@pytest.mark.parametrize("verdict", [Comparison.AS_ASSUMED, Comparison.DIFFERS])
def test_a_profile_cannot_assume_what_no_mock_does(
    profile: Callable[..., Path], value: Value, verdict: Comparison
) -> None:
    path = profile(attrs.evolve(result("default_rate_hz", value, verdict), assumed="x"))
    with pytest.raises(InputError, match=r"default_rate_hz has the assumed value 'x'.* is 1000"):
        options(path)


def test_what_was_said_besides_counts_more_than_the_profile(profile: Callable[..., Path]) -> None:
    path = profile(result("io_write_s", 0.25), result("poll_s", 0.5))
    assert options(path, io_write_s=0.125) == EmulationOptions(io_write_s=0.125, poll_s=0.5)
    with pytest.raises(InputError, match="overflow is 'sideways'"):
        options(path, overflow="sideways")
    with pytest.raises(InputError, match="no such option"):
        options(path, io_wrote_s=1)


def test_without_a_target_the_mock_is_the_kit_that_was_measured(
    profile: Callable[..., Path],
) -> None:
    some = result("io_write_s", 0.25)
    path = profile(some, board=attrs.evolve(BOARD, chip="speck2e", board="Speck2eDevKit"))
    assert read_options(None, {"profile": path}).target.kit.board == "Speck2eDevKit"
    path = profile(some, board=attrs.evolve(BOARD, chip="speck2e", board="A kit of tomorrow"))
    assert read_options(None, {"profile": path}).target.chip.facts.name == "speck2e"


def test_a_profile_of_another_chip_is_refused(profile: Callable[..., Path]) -> None:
    path = profile()
    with pytest.raises(InputError, match=r"an emulated speck2e .* one of a speck2f") as caught:
        speckhal.open_device("mock:speck2e", profile=path)
    assert "mock:speck2f" in (caught.value.hint or "")
    path = profile(board=attrs.evolve(BOARD, chip="speck9", board="Speck9"))
    with pytest.raises(InputError, match="one of a speck9, which the mock does not emulate"):
        speckhal.open_device("mock", profile=path)
    assert not current_bus().boards


def test_a_board_has_the_chip_that_it_has(profile: Callable[..., Path]) -> None:
    some = result("io_write_s", 0.25)
    for chip, board, true in (
        ("speck2f", "Speck2eDevKit", "speck2e"),
        ("speck2e", "Speck2fDevKit", "speck2f"),
        ("", "Speck2fModuleDevKit", "speck2f"),
    ):
        path = profile(some, board=attrs.evolve(BOARD, chip=chip, board=board))
        said = f"a {board} with the chip '{chip}', and that board has a {true}"
        for target in (None, "speck2e", "speck2f"):
            with pytest.raises(InputError, match=said):
                options(path, target)
    path = profile(some, board=attrs.evolve(BOARD, chip="", board=""))
    with pytest.raises(InputError, match="one of a chip without a name, which the mock"):
        options(path)


def test_an_incomplete_or_empty_profile_is_refused(
    tmp_path: Path, profile: Callable[..., Path]
) -> None:
    with pytest.raises(InputError, match="has no results, and would change nothing"):
        options(profile())
    some, path = (result("io_write_s", 0.25),), tmp_path / "board.toml"
    missing = ("latencies", "tearing")
    write_profile(Profile(BOARD, WHEN, "0", quick=False, results=some, missing=missing), path)
    with pytest.raises(InputError, match="is incomplete: without latencies, tearing") as caught:
        options(path)
    assert "complete = true" in (caught.value.hint or "")
    path.write_text("")
    with pytest.raises(InputError, match="has no format"):
        options(path)


def test_a_value_that_was_not_settled_is_not_passed_over(profile: Callable[..., Path]) -> None:
    path = profile(result("overflow", "wrap", Comparison.NOT_SETTLED))
    with pytest.raises(InputError, match="overflow has the value 'wrap' and the verdict 'not"):
        options(path)


def test_a_result_that_nobody_knows_is_not_passed_over(profile: Callable[..., Path]) -> None:
    path = profile(result("overflw", "wrap", Comparison.AS_ASSUMED), result("poll_s", 1.0))
    with pytest.warns(EmulationWarning, match="overflw wrap"):
        assert options(path) == EmulationOptions(poll_s=1.0)


def test_the_board_may_be_another_kit_of_the_same_chip(profile: Callable[..., Path]) -> None:
    path = profile(result("apply_s", 2.0))
    assert options(path, "speck2fmodule").apply_s == 2.0


def test_what_the_mock_cannot_do_is_reported(profile: Callable[..., Path]) -> None:
    path = profile(
        result("clock_error_ppm", 31.2),
        result("mixed_leak_sources", "each core its own"),
        result("neuron_address", "another on each core"),
        result("ticks_before_rate", 3),
        result("torn_readings", 0, Comparison.AS_ASSUMED),
        result("overflow", "wrap"),
    )
    warned_of = r"clock_error_ppm 31.2 .*, mixed_leak_sources each core its own .*, neuron_address"
    with pytest.warns(EmulationWarning, match=warned_of) as caught:
        assert options(path) == EmulationOptions(overflow="wrap")
    assert "ticks_before_rate" not in str(caught[0].message)
    assert "torn_readings" not in str(caught[0].message)


def test_what_was_not_settled_stays_as_it_is_assumed(profile: Callable[..., Path]) -> None:
    path = profile(result("overflow", None, Comparison.NOT_SETTLED))
    assert options(path) == EmulationOptions()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("io_write_s", -1.0),
        ("overflow", 3),
        ("accepted_rate_hz", []),
        ("accepted_rate_hz", [9, 1]),
        ("accepted_rate_hz", [1, 2, 3]),
        ("accepted_rate_hz", True),
        ("neuron_address", ["c", "x"]),
        ("neuron_address", [1, 2]),
        ("spike_on_tick", 1),
        ("default_rate_hz", 0),
        ("default_rate_hz", None),
    ],
)
def test_a_value_that_no_board_can_have_is_an_error(
    profile: Callable[..., Path], name: str, value: Value
) -> None:
    path = profile(result(name, value))
    with pytest.raises(
        InputError, match=r"board\.toml says what no emulated board can do: "
    ) as caught:
        options(path)
    assert name in str(caught.value)


@pytest.mark.parametrize("wrong", [3, True, b"board.toml"])
def test_a_profile_is_given_as_the_path_of_a_file(wrong: object) -> None:
    with pytest.raises(InputError, match="must be None or the path of a file"):
        speckhal.open_device("mock", profile=wrong)


def test_measuring_the_mock_with_a_profile_gives_the_profile_again(
    measure: Measure, tmp_path: Path
) -> None:
    first, second = tmp_path / "first.toml", tmp_path / "second.toml"
    notes = measure(overflow="wrap", default_rate_hz=77, first_tick="at_once", apply_s=0.75)
    results = tuple(notes.results.values())
    write_profile(Profile(notes.board, WHEN, "0", quick=True, results=results), first)
    arguments = ["characterise", "mock", "--quick", "--profile", str(first), "--out", str(second)]
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 0, done.output
    assert "differs      overflow                    wrap" in done.stdout
    assert read_profile(second).results == results


def test_the_leak_experiment_takes_a_profile(profile: Callable[..., Path]) -> None:
    path = str(profile(result("first_tick", "at_once")))
    done = CliRunner().invoke(main, ["leak", "--for", "1", "--profile", path])
    assert done.exit_code == 0, done.output
    # without the profile the first tick comes a second later
    assert "0.500       114" in done.stdout
    assert "Speck2fDevKit, emulated" in done.stdout
    refused = CliRunner().invoke(main, ["leak", "--backend", "mock:speck2e", "--profile", path])
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "one of a speck2f" in refused.stderr
