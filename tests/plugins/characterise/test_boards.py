"""Which board is measured, and how it is left."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from speckhal.contract import clock
from speckhal.contract.characterise import Comparison
from speckhal.contract.errors import DeviceBusy, DeviceFailed, DeviceNotFound, InputError
from speckhal.contract.facts import Range
from speckhal.discovery.registry import registry
from speckhal_characterise.characteriser import CATALOGUE
from speckhal_mock.sdk.bus import current_bus
from speckhal_mock.sdk.faults import Call, Unplugs

if TYPE_CHECKING:
    from speckhal.contract.characterise import MeasuredBoard, Measurement, Result
    from speckhal.contract.errors import SpeckhalError
    from speckhal_mock.emulation.board import EmulatedBoard

Measure = Callable[..., Any]


@pytest.fixture
def real(desk: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The desk; a hardware backend would wait for its boards in their virtual time."""
    monkeypatch.setattr(clock, "WallClock", lambda: desk.clock)
    return desk


class Meddler:
    """Does something in the middle of a measurement."""

    def __init__(self, action: Callable[[], None]) -> None:
        self.boards: list[EmulatedBoard] = []
        self.failed_at: list[str] = []
        self._action = action

    def opened(self, board: MeasuredBoard) -> None:
        pass

    def begins(self, measurement: Measurement) -> None:
        self.boards = list(current_bus().boards)

    def found(self, result: Result) -> None:
        self._action()

    def failed(self, measurement: Measurement, error: SpeckhalError) -> None:
        self.failed_at.append(measurement.name)


@pytest.mark.parametrize("chip", ["speck2f", "speck2e"])
def test_each_chip_is_measured_and_reported(measure: Measure, chip: str) -> None:
    notes = measure(target=chip, dvs_event_rate_hz=50_000)
    assert notes.failures == {}
    assert (notes.board.chip, notes.board.emulated) == (chip, True)
    assert notes.board.serial_number.startswith("emulated-")
    assert notes.board.vendor.startswith("samna 0.")
    without = set() if chip == "speck2f" else {"flicker_filter_pixels"}  # it has no such mode
    for name, result in notes.results.items():
        expected = Comparison.NOT_SETTLED if name in without else Comparison.AS_ASSUMED
        assert result.verdict is expected, name


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, ZeroDivisionError])
def test_an_interruption_leaves_the_clock_off_and_the_board_free(
    real: Any, interruption: type[BaseException]
) -> None:
    board = real.plug()

    def interrupt() -> None:
        board.set_slow_clk(True)
        raise interruption

    with pytest.raises(interruption):
        registry().characteriser("speck2f").run(
            None, options={}, only=["step"], quick=True, watcher=Meddler(interrupt)
        )
    assert not board.slow_clock_running
    assert not current_bus().is_open(board)


def test_the_emulated_board_is_taken_off_the_desk(measure: Measure) -> None:
    before = list(current_bus().boards)
    measure("step")
    assert list(current_bus().boards) == before


def test_a_real_board_is_chosen_by_its_serial_number(measure: Measure, real: Any) -> None:
    real.plug(address=1)
    real.plug(address=2, overflow="wrap")
    by = registry().characteriser("speck2f")
    first = measure("overflow", by=by)
    second = measure("overflow", by=by, target="serial=desk-2")
    assert (first.board.serial_number, second.board.serial_number) == ("desk-1", "desk-2")
    assert not first.board.emulated
    assert first.results["overflow"].value == "saturate"
    assert second.results["overflow"].value == "wrap"


def test_a_real_board_takes_no_options(measure: Measure, real: Any) -> None:
    real.plug()
    with pytest.raises(InputError, match="real boards take no options"):
        measure(by=registry().characteriser("speck2f"), profile="board.toml")


def test_a_board_that_is_absent_or_open_is_not_measured(measure: Measure, real: Any) -> None:
    by = registry().characteriser("speck2f")
    with pytest.raises(DeviceNotFound):
        measure(by=by)
    real.plug()
    with real.open(), pytest.raises(DeviceBusy):
        measure(by=by)


def test_an_emulated_board_that_is_open_is_not_measured(measure: Measure) -> None:
    import speckhal

    with speckhal.open_device("mock"), pytest.raises(DeviceBusy, match="is open already"):
        measure("step")


def test_a_board_that_is_unplugged_ends_it_and_not_every_single_measurement(
    measure: Measure, real: Any
) -> None:
    real.plug()
    current_bus().faults.arm(Unplugs(Call.APPLY_CONFIGURATION), use=3)
    boards = Meddler(lambda: None)
    with pytest.raises(DeviceFailed, match="does not answer any more") as caught:
        registry().characteriser("speck2f").run(
            None, options={}, only=["overflow", "step", "odd-maps"], quick=True, watcher=boards
        )
    assert boards.failed_at == ["overflow"]
    assert isinstance(caught.value.__cause__, DeviceFailed)


def test_an_unknown_measurement_is_refused_before_a_board_is_opened(measure: Measure) -> None:
    with pytest.raises(InputError, match="'stp', and there is no such measurement") as caught:
        measure("step", "stp")
    assert "default-rate, addresses, step" in (caught.value.hint or "")


@pytest.mark.parametrize(
    "board", [{}, {"accepted_rate_hz": Range(137, 7654), "max_updates_per_s": 10_000_000}]
)
def test_no_measurement_takes_longer_than_was_said(
    measure: Measure, real: Any, board: dict[str, object]
) -> None:
    real.plug(dvs_event_rate_hz=50_000, **board)
    by = registry().characteriser("speck2f")
    for measurement in CATALOGUE:
        begun_s = real.clock.now_s()
        notes = measure(measurement.name, by=by)
        assert notes.failures == {}
        assert real.clock.now_s() - begun_s <= by.wall_s(measurement, quick=True) + 1


def test_less_time_is_needed_to_measure_quickly() -> None:
    for name in ("mock", "speck2f"):
        by = registry().characteriser(name)
        full, quick = (
            sum(by.wall_s(measurement, quick=quick) for measurement in by.measurements())
            for quick in (False, True)
        )
        assert quick < full
