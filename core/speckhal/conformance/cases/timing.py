"""The time that a device lives in, and that the same script does the same twice."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from speckhal.conformance.case import case
from speckhal.conformance.expectations import Violation, demand, demand_equal, demand_no_error
from speckhal.conformance.shapes import distinct
from speckhal.contract.capabilities import Capability, ClockDrive
from speckhal.contract.network_spec import LayerSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from speckhal.conformance.suite_bench import SuiteBench

LAYER = LayerSpec((3, 4, 5), (-3, -5, -7), initial=distinct((3, 4, 5)))
ROUNDING_S = 1e-6


@case(
    "Time never runs backwards, and sleeping takes as long as was asked.",
    deployments=2,
    waits_s=0.25,
)
def time_never_runs_backwards(bench: SuiteBench) -> None:
    """Over everything that the backend declares; in virtual time sleeping takes no longer."""
    clock = bench.device.clock
    for duration_s in (0.0, 0.05, 0.2):
        before_s = clock.now_s()
        clock.sleep_s(duration_s)
        passed_s = clock.now_s() - before_s
        demand(passed_s >= 0, f"Time ran backwards by {-passed_s:.6f} s while sleeping.")
        longest_s = duration_s if clock.is_virtual else math.inf
        demand(
            duration_s - ROUNDING_S <= passed_s <= longest_s + ROUNDING_S,
            f"Sleeping for {duration_s} s took {passed_s:.6f} s of the device's time.",
        )
    last_s = clock.now_s()
    for what, do in _everything(bench):
        do()
        now_s = clock.now_s()
        demand(now_s >= last_s, f"Time ran backwards by {last_s - now_s:.6f} s while {what}.")
        last_s = now_s
    with demand_no_error("Sleeping for -1 s must raise ValueError, and raised"):
        try:
            clock.sleep_s(-1.0)
        except ValueError:
            return
    raise Violation("Sleeping for -1 s must raise ValueError, and was taken without a word.")


def _everything(bench: SuiteBench) -> Iterator[tuple[str, Callable[[], object]]]:
    """What the backend declares that its devices do, and how to say that they do it."""
    device = bench.device
    runs = bench.declares(Capability.EXTERNAL_CLOCK)
    rate_hz, layer = bench.measures.rate_hz, bench.measures.fit(LAYER)
    leak = device.leak_config(rate_hz=rate_hz) if runs else bench.any_leak()
    yield "deploying", lambda: bench.deploy(layer, leak=leak)
    probe = device.probe()
    v_mem = probe.read().v_mem
    yield "reading", probe.read
    yield "reading some neurons", device.probe(neurons=np.zeros((1, 3), np.int64)).read
    if bench.declares(Capability.STEPPED_CLOCK):
        yield "making ticks", lambda: device.tick(2)
    if bench.declares(Capability.WRITE_V_MEM):
        yield "writing membrane potentials", lambda: probe.write(v_mem)
    if bench.declares(Capability.WRITE_BIASES):
        yield "reading biases", probe.read_biases
        yield "writing biases", lambda: probe.write_biases(np.full(layer.shape[0], -1, np.int16))
    if bench.declares(Capability.RESET_STATES):
        yield "resetting the states", device.reset_states
    if leak.drive.runs_by_itself:
        yield "starting the slow clock", device.start_slow_clock
        yield "reading while the slow clock runs", probe.read
        yield "stopping the slow clock", device.stop_slow_clock
    yield "deploying another network", lambda: bench.deploy(layer)


@case("A reading is dated when it was asked for, on the device's clock.", waits_s=0.3)
def a_reading_is_dated(bench: SuiteBench) -> None:
    """With how long the answers took, which were all there when it was handed out."""
    bench.deploy_fitted(LAYER)
    probe, clock = bench.device.probe(), bench.device.clock
    for _ in range(3):
        clock.sleep_s(0.1)
        before_s = clock.now_s()
        reading = probe.read()
        time_s, after_s = reading.time_s, clock.now_s()
        demand(
            before_s - ROUNDING_S <= time_s <= after_s + ROUNDING_S,
            f"A reading between {before_s:.6f} s and {after_s:.6f} s is dated {time_s:.6f} s.",
        )
        demand(
            0 <= reading.duration_s <= after_s - time_s + ROUNDING_S,
            f"A reading between {before_s:.6f} s and {after_s:.6f} s that is dated {time_s:.6f} s "
            f"took {reading.duration_s:.6f} s by its `duration_s`.",
        )


@case("The same script does the same on a device that is opened anew.", deployments=2, waits_s=0.4)
def the_same_script_does_the_same(bench: SuiteBench) -> None:
    """Values on every device; on an emulation also every moment."""
    runs = [_run(bench), _run(bench)]
    demand_equal(runs[1][0], runs[0][0], "What the same script reads the second time")
    if bench.backend.emulated and bench.device.clock.is_virtual:
        demand_equal(runs[1][1], runs[0][1], "When, since opening, the same script reads")


def _run(bench: SuiteBench) -> tuple[list[object], list[float]]:
    """What a script reads, and when, in a device's first seconds."""
    values: list[object] = []
    moments: list[float] = []
    with bench.open() as device:
        start_s = device.clock.now_s()
        steps = Capability.STEPPED_CLOCK in device.capabilities
        leak = device.leak_config(drive=ClockDrive.STEPPED) if steps else None
        bench.deploy_fitted(LAYER, leak=leak, on=device)
        probe = device.probe()
        for _ in range(4):
            if steps:
                device.tick(2)
            device.clock.sleep_s(0.05)
            reading = probe.read()
            values.append(np.asarray(reading.v_mem).tolist())
            moments.append(round(reading.time_s - start_s, 9))
    return values, moments
