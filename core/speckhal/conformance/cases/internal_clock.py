"""The slow clock under the internal drive: a tick for a fixed number of events of the sensor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speckhal.conformance.case import case
from speckhal.conformance.cases.lifecycle import demand_no_clock_once_closed
from speckhal.conformance.expectations import demand, demand_equal
from speckhal.contract.capabilities import Capability, ClockDrive
from speckhal.contract.errors import ConfigurationError
from speckhal.contract.network_spec import LayerSpec

if TYPE_CHECKING:
    from speckhal.conformance.suite_bench import SuiteBench
    from speckhal.contract.leak_config import LeakConfig

INTERNAL = Capability.INTERNAL_CLOCK
LAYER = LayerSpec((1, 2, 3), (-13,), threshold_low=-20_000, initial=100)


@case("The internal drive counts events, and has no rate.", INTERNAL, deployments=0)
def it_counts_events(bench: SuiteBench) -> None:
    """A power of two within the chip's facts; without a wish, one of them."""
    possible = bench.measures.events_per_tick
    for wanted in possible:
        leak = _leak(bench, wanted)
        demand_equal(leak.drive, ClockDrive.INTERNAL, "`drive` of an internal leak")
        demand_equal(leak.events_per_tick, wanted, "`events_per_tick` of the leak")
        demand_equal(leak.rate_hz, None, "`rate_hz` of an internal leak")
    default = _leak(bench).events_per_tick
    demand(
        default in possible,
        f"Without a wish, a tick takes {default} events; the chip counts {list(possible)}.",
    )


@case("What the chip cannot count is refused.", INTERNAL, deployments=0, opened=True)
def what_cannot_be_counted_is_refused(bench: SuiteBench) -> None:
    """No power of two, too many, too few, or a rate."""
    possible = bench.measures.events_per_tick
    _leak(bench)
    for wrong in (0, -1, 3, True, 2 * max(possible), min(possible) + 1):
        asked = f"A tick for {wrong!r} events of the sensor"
        with bench.refusal(ConfigurationError, asked, names={"the value": wrong}):
            _leak(bench, wrong)
    with bench.refusal(ConfigurationError, "A rate under the internal drive"):
        bench.device.leak_config(rate_hz=bench.measures.rate_hz, drive=ClockDrive.INTERNAL)


@case("It starts and stops, and the neurons keep their states.", INTERNAL, waits_s=1.5)
def it_starts_and_stops(bench: SuiteBench) -> None:
    """Stopped it makes no ticks, whatever the sensor sees; how many it makes else is up to that."""
    spec = bench.measures.fit(LAYER)
    (bias,) = set(bench.deploy(spec, leak=_leak(bench)).layer(0).biases.tolist())
    before = bench.read()
    bench.device.clock.sleep_s(0.5)
    bench.demand_reads(before, "before the internal clock is started")
    bench.device.start_slow_clock()
    bench.device.stop_slow_clock()
    stopped = bench.read()
    steps = (stopped - before) / bias
    demand(
        (steps == steps.astype(int)).all() and (steps >= 0).all(), "It moved by other than ticks."
    )
    bench.device.clock.sleep_s(1.0)
    bench.demand_reads(stopped, "after the internal clock was stopped")


@case("A closed device starts and stops no internal clock.", INTERNAL, opened=True)
def a_closed_device_has_no_internal_clock(bench: SuiteBench) -> None:
    """Nor that of whoever has the board now."""
    demand_no_clock_once_closed(bench, _leak(bench), "the internal clock")


def _leak(bench: SuiteBench, events_per_tick: int | None = None) -> LeakConfig:
    return bench.device.leak_config(drive=ClockDrive.INTERNAL, events_per_tick=events_per_tick)
