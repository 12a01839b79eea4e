"""What no option of the emulation brings about is measured on boards that are broken on purpose."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pytest

from speckhal.contract.characterise import Comparison
from speckhal.contract.clock import VirtualClock
from speckhal.contract.errors import InputError
from speckhal.contract.facts import Range
from speckhal_characterise.characteriser import SamnaCharacteriser
from speckhal_mock import samna
from speckhal_mock.boards.plug_in import plug_in, unplug
from speckhal_mock.boards.targets import choose_target
from speckhal_mock.emulation.board import EmulatedBoard
from speckhal_mock.emulation.options import EmulationOptions
from speckhal_mock.emulation.population import Population, Spikes
from speckhal_mock.samna_install.install import provide_samna
from speckhal_mock.sdk.bus import current_bus
from speckhal_mock.testing.breakages import BREAKAGES
from speckhal_samna.board.access import BoardAccess

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from speckhal_mock.emulation.core import CoreConfig

Measure = Callable[..., Any]

BROKEN = {
    "step-doubled": ("step", "step_per_bias", 2),
    "step-plus-one": ("step", "step_per_bias", "irregular"),
    "no-leak": ("step", "step_per_bias", 0),
    "no-clamp": ("step", "lower_bound", "nowhere"),
    "clamp-one-early": ("step", "lower_bound", "at -49"),
    "clamp-one-late": ("step", "lower_bound", "at -51"),
    "readings-torn": ("tearing", "torn_readings", 4),
    "two-ticks-for-one": ("step", "step_per_bias", 2),
}


@pytest.mark.parametrize("breakage", BROKEN)
def test_a_broken_rule_is_found_and_differs(measure: Measure, breakage: str) -> None:
    measurement, name, value = BROKEN[breakage]
    result = measure(measurement, breakage=breakage).results[name]
    assert (result.value, result.verdict) == (value, Comparison.DIFFERS)
    assert type(result.value) is type(value)
    whole = measure(measurement).results[name]
    assert whole.verdict is Comparison.AS_ASSUMED


def test_a_clock_that_is_off_by_a_tenth_differs(measure: Measure) -> None:
    result = measure("clock-error", breakage="rate-off-by-a-tenth").results["clock_error_ppm"]
    assert result.verdict is Comparison.DIFFERS
    assert result.value == pytest.approx(100_000, abs=500)


def test_a_neuron_that_fires_twice_in_a_tick_is_counted_twice(
    measure: Measure, monkeypatch: pytest.MonkeyPatch
) -> None:
    once = Population.tick

    def twice(self: Population) -> Spikes:
        spikes = once(self)
        return Spikes(*(np.repeat(part, 2) for part in (spikes.c, spikes.y, spikes.x)))

    monkeypatch.setattr(Population, "tick", twice)
    result = measure("spikes").results["most_spikes_per_tick"]
    assert (result.value, result.verdict) == (2, Comparison.DIFFERS)


@pytest.mark.parametrize(("broken_core", "agrees"), [(0, False), (1, False), (4, True)])
def test_odd_maps_that_stand_still_on_core_0_or_1_differ(
    measure: Measure, monkeypatch: pytest.MonkeyPatch, broken_core: int, *, agrees: bool
) -> None:
    whole = EmulatedBoard.apply_configuration

    def broken(
        self: EmulatedBoard, cores: Sequence[CoreConfig | None], *rest: Any, **named: Any
    ) -> None:
        stopped = [
            attrs.evolve(core, leak_enable=False)
            if core is not None and index == broken_core and core.shape[1] % 2
            else core
            for index, core in enumerate(cores)
        ]
        whole(self, stopped, *rest, **named)

    monkeypatch.setattr(EmulatedBoard, "apply_configuration", broken)
    result = measure("odd-maps").results["odd_maps_leak_on_cores_0_1"]
    assert result.value is agrees
    assert (result.verdict is Comparison.AS_ASSUMED) is agrees


DRIVERS = [name for name, breakage in BREAKAGES.items() if breakage.is_of_driver]


def test_some_breakages_are_of_the_driver_and_some_are_not() -> None:
    assert {"returns-no-rate", "sleeps-half"} <= set(DRIVERS)
    assert not set(BROKEN) & set(DRIVERS)


@pytest.mark.parametrize("breakage", DRIVERS)
def test_what_measurements_cannot_see_is_refused(measure: Measure, breakage: str) -> None:
    with pytest.raises(InputError, match=f"the breakage {breakage}, and that is one of the driver"):
        measure("step", breakage=breakage)
    assert not current_bus().boards


class FastBoard:
    """The host's clock, beside a board whose clock is too fast by that many ppm."""

    is_virtual = True

    def __init__(self, board: VirtualClock, ppm: float) -> None:
        self._board = board
        self._pace = 1 + ppm / 1e6

    def now_s(self) -> float:
        return self._board.now_s() / self._pace

    def sleep_s(self, duration_s: float) -> None:
        self._board.sleep_s(duration_s * self._pace)


def off_by(ppm: float) -> SamnaCharacteriser:
    """Measures boards whose clock is off, against a host whose clock is right."""
    wanted = choose_target(None)

    @contextlib.contextmanager
    def access(_target: str | None, options: Mapping[str, Any]) -> Iterator[BoardAccess]:
        clock = VirtualClock()
        provide_samna()
        board = plug_in(wanted, clock=clock, options=EmulationOptions(**options))
        assert board is not None
        try:
            host = FastBoard(clock, ppm)
            yield BoardAccess(samna, wanted.chip, (wanted.kit,), 0, host, emulated=True)
        finally:
            unplug(board)

    return SamnaCharacteriser(access, virtual=True)


@pytest.mark.parametrize("ppm", [-30_000.0, -400.0, 150.0, 20_000.0])
def test_the_error_of_the_clock_is_found_within_its_bounds(measure: Measure, ppm: float) -> None:
    result = measure("clock-error", quick=False, by=off_by(ppm)).results["clock_error_ppm"]
    bound, unit = result.uncertainty.removeprefix("± ").split()
    assert unit == "ppm"
    assert float(bound) < 25
    assert result.value == pytest.approx(ppm, abs=float(bound))
    assert result.verdict is Comparison.DIFFERS


@pytest.mark.parametrize("default_rate_hz", [37, 999, 1000, 5000])
@pytest.mark.parametrize("ppm", [-20_000.0, -2000.0, 0.0, 2000.0, 20_000.0])
def test_the_default_rate_is_reported_as_the_board_counts_it(
    measure: Measure, default_rate_hz: int, ppm: float
) -> None:
    notes = measure("default-rate", by=off_by(ppm), default_rate_hz=default_rate_hz)
    result = notes.results["default_rate_hz"]
    assert (result.value, result.uncertainty) == (default_rate_hz, "exact: a whole number")


@pytest.mark.parametrize("ppm", [-2000.0, 2000.0])
def test_a_default_rate_that_nothing_confirms_is_not_called_exact(
    measure: Measure, ppm: float
) -> None:
    notes = measure("default-rate", by=off_by(ppm), accepted_rate_hz=Range(1000, 1000))
    assert notes.failures == {}
    result = notes.results["default_rate_hz"]
    assert result.value != 1000
    assert "if its clock is right" in result.uncertainty
    assert "exact" not in result.uncertainty


@pytest.mark.parametrize("ppm", [-2000.0, 2000.0])
def test_a_default_rate_that_is_too_fast_to_be_exact_is_reported_within_its_bounds(
    measure: Measure, ppm: float
) -> None:
    # only a slow reference shows how far the clock is off
    options = {"default_rate_hz": 9000, "accepted_rate_hz": Range(1, 500)}
    result = measure("default-rate", by=off_by(ppm), **options).results["default_rate_hz"]
    bound, unit = result.uncertainty.removeprefix("± ").split()
    assert unit == "Hz"
    assert 0.5 < float(bound) < 10
    assert result.value == pytest.approx(9000, abs=float(bound))


@pytest.mark.parametrize("survives", [True, False])
@pytest.mark.parametrize("ppm", [-50_000.0, -3000.0, 3000.0, 50_000.0])
def test_a_clock_that_is_off_is_still_the_one_from_before_reopening(
    measure: Measure, ppm: float, *, survives: bool
) -> None:
    notes = measure("reopen", by=off_by(ppm), clock_survives_reopen=survives)
    assert notes.results["clock_survives_reopen"].value is survives
