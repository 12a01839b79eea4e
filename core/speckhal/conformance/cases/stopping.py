"""What stops the slow clock, and what does not: once it is off, nothing changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from speckhal.conformance.case import case
from speckhal.conformance.cases.clock import LAYER, deploy
from speckhal.conformance.cases.lifecycle import BlockInterrupted, EndOfBlock
from speckhal.conformance.expectations import demand, demand_equal
from speckhal.conformance.spike_trials import STIMULATE, stimulate
from speckhal.contract.capabilities import Capability
from speckhal.contract.spikes import Spikes

if TYPE_CHECKING:
    from collections.abc import Callable

    from speckhal.conformance.suite_bench import SuiteBench
    from speckhal.contract.device import Device

EXTERNAL = Capability.EXTERNAL_CLOCK
WRITE = Capability.WRITE_V_MEM


@case("Once the clock is stopped nothing changes, however often.", EXTERNAL, waits_s=6.0)
def a_stopped_clock_makes_no_ticks(bench: SuiteBench) -> None:
    """Stopping what stands still is no error, and it can be started again."""
    deploy(bench)
    bench.device.stop_slow_clock()
    for _ in range(2):
        bench.device.start_slow_clock()
        bench.device.start_slow_clock()
        bench.device.clock.sleep_s(20 * bench.measures.period_s)
        running = bench.read()
        bench.device.clock.sleep_s(20 * bench.measures.period_s)
        demand((bench.read() < running).all(), "The slow clock was started, and nothing leaks.")
        bench.device.stop_slow_clock()
        bench.device.stop_slow_clock()
        _demand_standstill(bench, "after the slow clock was stopped")


@case("The clock runs on while potentials are written.", EXTERNAL, WRITE, waits_s=1.5)
def writing_leaves_the_clock_running(bench: SuiteBench) -> None:
    """It is read again after more periods, in which it must have leaked on."""
    deploy(bench)
    probe = bench.device.probe()
    values = np.full(probe.shape, bench.measures.potential(50), np.int16)
    _demand_runs_on(bench, lambda: probe.write(values), "membrane potentials were written")


@case("The clock runs on while states are reset.", EXTERNAL, Capability.RESET_STATES, waits_s=1.5)
def resetting_leaves_the_clock_running(bench: SuiteBench) -> None:
    """It is read again after more periods, in which it must have leaked on."""
    deploy(bench)
    _demand_runs_on(bench, bench.device.reset_states, "the states were reset")


@case(
    "The slow clock goes on while spikes are played and afterwards.",
    EXTERNAL,
    STIMULATE,
    deployments=2,
    waits_s=3.5,
)
def spikes_leave_the_clock_running(bench: SuiteBench) -> None:
    """It leaks on among them and after them; what stood still before stands still after them."""
    deploy(bench)
    spikes = Spikes(time_us=[0, round(20e6 * bench.measures.period_s)], layer=0, channel=0)
    stimulate(bench, spikes[:1])
    _demand_standstill(bench, "after spikes were played")
    _demand_runs_on(bench, lambda: stimulate(bench, spikes[:1]), "spikes were played")
    deploy(bench)
    bench.device.start_slow_clock()
    before = bench.read().ravel()[1:]  # the first gets the spikes
    stimulate(bench, spikes)
    ticks = int((before - bench.read().ravel()[1:]).max(initial=0))
    bench.device.stop_slow_clock()
    demand(
        ticks >= 10 or not before.size,
        f"The slow clock stood still while spikes were played: {ticks} ticks came in "
        f"{20 * bench.measures.period_s:.3g} s at {bench.measures.rate_hz} Hz.",
    )


@case("Deploying stops the clock.", EXTERNAL, deployments=2, waits_s=1.5)
def deploying_stops_the_clock(bench: SuiteBench) -> None:
    """The new network starts from its own states, and keeps them."""
    deploy(bench)
    bench.device.start_slow_clock()
    bench.device.clock.sleep_s(10 * bench.measures.period_s)
    deploy(bench)
    layer = bench.measures.fit(LAYER)
    expected = np.full(layer.shape, layer.initial, np.int64)
    bench.demand_reads(expected, "after deploying while the clock ran")
    _demand_standstill(bench, "after deploying while the clock ran")


@case("The clock is off after closing, and after an error.", EXTERNAL, deployments=6, waits_s=4.5)
def the_clock_is_off_after_every_way_out(bench: SuiteBench) -> None:
    """Whoever opens the board next finds it still."""
    ways: dict[str, type[BaseException] | None] = {
        "close()": None,
        "an error in a `with` block": EndOfBlock,
        "a KeyboardInterrupt in a `with` block": BlockInterrupted,
    }
    for way, kind in ways.items():
        device = bench.open()
        deploy(bench, on=device)
        try:
            with device:
                device.start_slow_clock()
                device.clock.sleep_s(10 * bench.measures.period_s)
                if kind is not None:
                    raise kind
                device.close()
        except (EndOfBlock, BlockInterrupted):
            pass
        device = bench.open()
        layer = bench.deploy_fitted(LAYER, on=device)
        v_mem, expected = device.probe().read().v_mem, np.full(layer.shape, layer.initial)
        where = f"a board that was opened after {way} of the one before"
        demand_equal(v_mem, expected, f"What is read from {where}")
        _demand_standstill(bench, f"on {where}", device)
        device.close()


def _demand_runs_on(bench: SuiteBench, do: Callable[[], object], what: str) -> None:
    """Demand that the clock runs on after that; `it_ticks_at_its_rate` counts the ticks."""
    do()
    bench.device.start_slow_clock()
    bench.device.clock.sleep_s(10 * bench.measures.period_s)
    do()
    before, span_s = bench.read(), 20 * bench.measures.period_s
    bench.device.clock.sleep_s(span_s)
    ticks = int((before - bench.read()).min())
    demand(
        ticks >= 10,
        f"The slow clock was stopped by what must leave it running: {ticks} ticks came in "
        f"{span_s:.3g} s at {bench.measures.rate_hz} Hz after {what}.",
    )


def _demand_standstill(bench: SuiteBench, when: str, device: Device | None = None) -> None:
    device = bench.device if device is None else device
    before = device.probe().read().v_mem
    device.clock.sleep_s(20 * bench.measures.period_s)
    moved = int((device.probe().read().v_mem.astype(np.int64) - before).min())
    demand(not moved, f"The slow clock was left on: a neuron moved by {moved} {when}.")
