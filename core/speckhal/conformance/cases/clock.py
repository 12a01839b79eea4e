"""The slow clock under the external drive: its rate, and its ticks while it runs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from speckhal.conformance.case import case
from speckhal.conformance.expectations import demand, demand_equal
from speckhal.contract.capabilities import Capability, ClockDrive
from speckhal.contract.errors import ConfigurationError
from speckhal.contract.network_spec import LayerSpec

if TYPE_CHECKING:
    from speckhal.conformance.suite_bench import SuiteBench
    from speckhal.contract.deployment import Deployment
    from speckhal.contract.device import Device

EXTERNAL = Capability.EXTERNAL_CLOCK
STEPPED = Capability.STEPPED_CLOCK
LAYER = LayerSpec((1, 2, 3), (-1,), threshold_low=-20_000, initial=100)
RUN_PERIODS = 40
RUN_S = 2.0
MOST_TICKS = 10_000  # in a run, which is shorter where they come faster: no neuron may stop

CLOCK_ERROR = 0.02
COMMAND_S = 0.1
"""On hardware, what a rate may be off, and how much later than the host believes a command may
take effect: generous, and narrow enough to find a rate that is off by a tenth."""


@case("The rate that was asked for is the one that is returned.", EXTERNAL)
def the_rate_is_returned(bench: SuiteBench) -> None:
    """By the configuration, and by `deploy`, which gives the leak per second by it."""
    rate_hz = bench.measures.rate_hz
    leak = bench.device.leak_config(rate_hz=rate_hz)
    demand_equal(leak.drive, ClockDrive.EXTERNAL, "`drive` of a leak with a rate")
    demand_equal(leak.rate_hz, rate_hz, "`rate_hz` of the leak")
    demand_equal(leak.events_per_tick, None, "`events_per_tick` of a leak with a rate")
    layer = deploy(bench).layer(0)
    demand_equal(layer.rate_hz, rate_hz, "`rate_hz` in the deployment")
    per_s = layer.leak_per_s
    expected = rate_hz / layer.threshold_high
    demand(
        per_s is not None and np.allclose(per_s, expected),
        f"leak_per_s is {per_s} instead of {expected} thresholds a second.",
    )


@case("A network that was deployed without a rate has no clock to start.", EXTERNAL, opened=True)
def a_clock_without_a_rate_does_not_start(bench: SuiteBench) -> None:
    """It would run at whatever rate was set before."""
    bench.deploy_fitted(LAYER)
    with bench.refusal(ConfigurationError, "Starting the slow clock without a leak"):
        bench.device.start_slow_clock()
    bench.device.leak_config(rate_hz=bench.measures.rate_hz)


@case(
    "While it runs, the clock ticks at the rate that was set.", EXTERNAL, deployments=4, waits_s=7.0
)
def it_ticks_at_its_rate(bench: SuiteBench) -> None:
    """Give or take the tick that falls on starting or stopping, and more on hardware."""
    measures = bench.measures
    fastest_hz = min(measures.rate(1 << 30), _most_ticks(bench))  # so that it runs for a second
    for wanted_hz in (20, 13, 100, fastest_hz):
        _demand_rate(bench, measures.rate(wanted_hz), readings=0)


@case("Reading takes no ticks from a running clock, and adds none.", EXTERNAL, waits_s=2.0)
def it_ticks_at_its_rate_while_it_is_read(bench: SuiteBench) -> None:
    """It is read several times in each period."""
    _demand_rate(bench, bench.measures.rate_hz, readings=4 * RUN_PERIODS)


@case(
    "Reading more often reads the same values.",
    EXTERNAL,
    emulated_only=True,
    deployments=2,
    waits_s=0.7,
)
def reading_more_often_reads_the_same(bench: SuiteBench) -> None:
    """A reading takes nothing from the leak."""
    seen, period_s = [], bench.measures.period_s
    for often in (1, 4):
        deploy(bench)
        clock = bench.device.clock
        # as many periods apart as four readings take twice
        apart = max(1, math.ceil(8 * bench.device.probe().read().duration_s / period_s))
        bench.device.start_slow_clock()
        start_s = clock.now_s()
        values = []
        for sample in range(1, 6 * often + 1):
            # half a period after a tick, where no reading can be late for it
            wait_s = start_s + (apart * sample / often + 0.5) * period_s - clock.now_s()
            clock.sleep_s(max(0.0, wait_s))
            if sample % often == 0:
                values.append(bench.read().tolist())
            else:
                bench.read()
        bench.device.stop_slow_clock()
        seen.append(values)
    demand_equal(np.array(seen[1]), np.array(seen[0]), "What is read four times as often")


@case("Ticks that the clock made by itself are not counted.", EXTERNAL, waits_s=0.5)
def ticks_of_a_running_clock_are_not_counted(bench: SuiteBench) -> None:
    """Nobody knows their number."""
    deploy(bench)
    bench.device.start_slow_clock()
    bench.device.clock.sleep_s(10 * bench.measures.period_s)
    demand_equal(bench.device.probe().read().ticks, None, "`ticks` while the clock runs by itself")
    bench.device.stop_slow_clock()
    demand_equal(bench.device.probe().read().ticks, None, "`ticks` after the clock ran by itself")


@case("A running clock cannot be stepped.", EXTERNAL, STEPPED, opened=True)
def a_running_clock_cannot_be_stepped(bench: SuiteBench) -> None:
    """Once it is stopped, it can be."""
    deploy(bench)
    bench.device.start_slow_clock()
    with bench.refusal(ConfigurationError, "A single tick of a running clock"):
        bench.device.tick(1)
    bench.device.stop_slow_clock()
    before = bench.read()
    bench.device.tick(3)
    bench.demand_reads(before - 3, "3 ticks after the clock was stopped")


def deploy(bench: SuiteBench, rate_hz: int | None = None, on: Device | None = None) -> Deployment:
    """Deploy `LAYER` with a slow clock, on the bench's device or another one."""
    device = bench.device if on is None else on
    rate_hz = bench.measures.rate_hz if rate_hz is None else rate_hz
    leak = device.leak_config(rate_hz=rate_hz)
    return bench.deploy(bench.measures.fit(LAYER), leak=leak, on=device)


def _most_ticks(bench: SuiteBench) -> int:
    """As many as the neurons of `LAYER` surely take on their way down."""
    layer = bench.measures.fit(LAYER)
    return min(MOST_TICKS, int(np.max(layer.initial) - layer.threshold_low) // 2)


def _demand_rate(bench: SuiteBench, rate_hz: int, *, readings: int) -> None:
    """Let the clock run for a while, and demand as many ticks as come at that rate."""
    run_s = min(max(RUN_S, RUN_PERIODS / 2 / rate_hz), _most_ticks(bench) / rate_hz)
    deploy(bench, rate_hz)
    clock, before = bench.device.clock, bench.read()
    longest_s = -clock.now_s()
    bench.device.start_slow_clock()
    shortest_s = -clock.now_s()
    for _ in range(readings):
        clock.sleep_s(run_s / readings)
        bench.read()
    if not readings:
        clock.sleep_s(run_s)
    shortest_s += clock.now_s()
    bench.device.stop_slow_clock()
    longest_s += clock.now_s()
    ticks = int((before - bench.read()).max())
    off, late_s = (CLOCK_ERROR, COMMAND_S) if bench.subject.is_hardware else (0.0, 0.0)
    fewest = (shortest_s - late_s) * rate_hz * (1 - off) - 1
    most = (longest_s + late_s) * rate_hz * (1 + off) + 1
    demand(
        fewest <= ticks <= most,
        f"{ticks} ticks came in {shortest_s:.3f} s at {rate_hz} Hz"
        f"{f', in which it was read {readings} times' if readings else ''}.",
    )
