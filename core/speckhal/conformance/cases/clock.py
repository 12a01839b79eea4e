"""The slow clock under the external drive: its rate, and that it is off whenever it should be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from speckhal.conformance.case import Violation, case
from speckhal.conformance.expectations import demand, demand_equal, demand_potentials, refusal
from speckhal.device import Capability, ClockDrive
from speckhal.errors import ConfigurationError
from speckhal.example import LayerSpec

if TYPE_CHECKING:
    from speckhal.conformance.bench import Bench
    from speckhal.deployment import Deployment
    from speckhal.device import Device

EXTERNAL = Capability.EXTERNAL_CLOCK
STEPPED = Capability.STEPPED_CLOCK
LAYER = LayerSpec((1, 2, 3), (-1,), threshold_low=-20_000, initial=100)
RATE_HZ = 20
RUN_S = 2.0

CLOCK_ERROR = 0.02
COMMAND_S = 0.1
"""On hardware, what a rate may be off, and how much later than the host believes a command may
take effect: generous, and narrow enough to tell a rate that is off by a tenth."""


class _EndOfBlock(Exception):
    """Raised inside a `with` block while the clock runs."""


@case("Rates are positive whole numbers of Hz, under the external drive.", EXTERNAL)
def wrong_rates_are_refused(bench: Bench) -> None:
    """The board would round them, or do something else."""
    bench.device.leak_config(rate_hz=RATE_HZ)
    for wrong in (0, -1, 1.5, True, "1", None):
        with refusal(ConfigurationError, f"A slow clock of {wrong!r} Hz"):
            bench.device.leak_config(rate_hz=wrong)  # type: ignore[arg-type]  # on purpose
    with refusal(ConfigurationError, "Counting events of the sensor under the external drive"):
        bench.device.leak_config(rate_hz=RATE_HZ, events_per_tick=1 << 14)


@case("The stepped drive has no rate, and counts no events.", STEPPED, deployments=0)
def the_stepped_drive_has_no_rate(bench: Bench) -> None:
    """A rate that has no effect would be believed."""
    leak = bench.stepped()
    demand_equal(leak.drive, ClockDrive.STEPPED, "`drive` of a stepped leak")
    demand_equal(leak.rate_hz, None, "`rate_hz` of a stepped leak")
    with refusal(ConfigurationError, "A rate under the stepped drive"):
        bench.device.leak_config(rate_hz=RATE_HZ, drive=ClockDrive.STEPPED)
    with refusal(ConfigurationError, "Counting events of the sensor under the stepped drive"):
        bench.device.leak_config(drive=ClockDrive.STEPPED, events_per_tick=1 << 14)


@case("The rate that was asked for is the one that is returned.", EXTERNAL)
def the_rate_is_returned(bench: Bench) -> None:
    """By the configuration, and by `deploy`, which tells the leak per second by it."""
    leak = bench.device.leak_config(rate_hz=RATE_HZ)
    demand_equal(leak.drive, ClockDrive.EXTERNAL, "`drive` of a leak with a rate")
    demand_equal(leak.rate_hz, RATE_HZ, "`rate_hz` of the leak")
    demand_equal(leak.events_per_tick, None, "`events_per_tick` of a leak with a rate")
    layer = _deploy(bench).layer(0)
    demand_equal(layer.rate_hz, RATE_HZ, "`rate_hz` in the deployment")
    per_s = layer.leak_per_s
    expected = RATE_HZ / layer.threshold_high
    demand(
        per_s is not None and np.allclose(per_s, expected),
        f"leak_per_s is {per_s} instead of {expected} thresholds a second.",
    )


@case("A network that was deployed without a rate has no clock to start.", EXTERNAL)
def a_clock_without_a_rate_does_not_start(bench: Bench) -> None:
    """It would run at whatever rate was set before."""
    bench.deploy(LAYER)
    with refusal(ConfigurationError, "Starting the slow clock without a leak"):
        bench.device.start_slow_clock()
    bench.device.leak_config(rate_hz=RATE_HZ)


@case(
    "While it runs, the clock ticks at the rate that was set.", EXTERNAL, deployments=3, waits_s=6.0
)
def it_ticks_at_its_rate(bench: Bench) -> None:
    """Give or take the tick that falls on starting or stopping, and more on hardware."""
    for rate_hz in (RATE_HZ, 7, 100):
        _demand_rate(bench, rate_hz, readings=0)


@case("Reading takes no ticks from a running clock, and adds none.", EXTERNAL, waits_s=2.0)
def it_ticks_at_its_rate_while_it_is_read(bench: Bench) -> None:
    """Several times a period."""
    _demand_rate(bench, RATE_HZ, readings=4 * 2 * RATE_HZ)


@case(
    "Reading more often reads the same values.",
    EXTERNAL,
    emulated_only=True,
    deployments=2,
    waits_s=0.7,
)
def reading_more_often_reads_the_same(bench: Bench) -> None:
    """A reading takes nothing from the leak."""
    seen = []
    for often in (1, 4):
        _deploy(bench)
        clock = bench.device.clock
        bench.device.start_slow_clock()
        start_s = clock.now_s()
        values = []
        for sample in range(1, 6 * often + 1):
            # half a period after a tick, where no reading can be late for it
            wait_s = start_s + (sample / often + 0.5) / RATE_HZ - clock.now_s()
            clock.sleep_s(max(0.0, wait_s))
            if sample % often == 0:
                values.append(bench.read().tolist())
            else:
                bench.read()
        bench.device.stop_slow_clock()
        seen.append(values)
    demand_equal(np.array(seen[1]), np.array(seen[0]), "What is read four times as often")


@case("Once the clock is stopped nothing changes, however often.", EXTERNAL, waits_s=6.0)
def a_stopped_clock_makes_no_ticks(bench: Bench) -> None:
    """Stopping what stands still is no error, and it can be started again."""
    _deploy(bench)
    bench.device.stop_slow_clock()
    for _ in range(2):
        bench.device.start_slow_clock()
        bench.device.start_slow_clock()
        bench.device.clock.sleep_s(1.0)
        running = bench.read()
        bench.device.clock.sleep_s(1.0)
        demand((bench.read() < running).all(), "The slow clock was started, and nothing leaks.")
        bench.device.stop_slow_clock()
        bench.device.stop_slow_clock()
        _demand_standstill(bench.device, "after the slow clock was stopped")


@case("Ticks that the clock made by itself are not counted.", EXTERNAL, waits_s=0.5)
def ticks_of_a_running_clock_are_not_counted(bench: Bench) -> None:
    """Nobody knows their number."""
    _deploy(bench)
    bench.device.start_slow_clock()
    bench.device.clock.sleep_s(0.5)
    demand_equal(bench.device.probe().read().ticks, None, "`ticks` while the clock runs by itself")
    bench.device.stop_slow_clock()
    demand_equal(bench.device.probe().read().ticks, None, "`ticks` after the clock ran by itself")


@case("A running clock cannot be stepped.", EXTERNAL, STEPPED)
def a_running_clock_cannot_be_stepped(bench: Bench) -> None:
    """Once it is stopped, it can be."""
    _deploy(bench)
    bench.device.start_slow_clock()
    with refusal(ConfigurationError, "A single tick of a running clock"):
        bench.device.tick(1)
    bench.device.stop_slow_clock()
    before = bench.read()
    bench.device.tick(3)
    demand_potentials(bench.read(), before - 3, "3 ticks after the clock was stopped")


@case("Deploying stops the clock.", EXTERNAL, deployments=2, waits_s=1.5)
def deploying_stops_the_clock(bench: Bench) -> None:
    """The new network starts from its own states, and keeps them."""
    _deploy(bench)
    bench.device.start_slow_clock()
    bench.device.clock.sleep_s(0.5)
    _deploy(bench)
    expected = np.full(LAYER.shape, 100, np.int64)
    demand_potentials(bench.read(), expected, "after deploying while the clock ran")
    _demand_standstill(bench.device, "after deploying while the clock ran")


@case("The clock is off after closing, and after an error.", EXTERNAL, deployments=4, waits_s=3.0)
def the_clock_is_off_after_every_way_out(bench: Bench) -> None:
    """Whoever opens the board next finds it still."""
    for way in ("close()", "an error in a `with` block"):
        device = bench.open()
        _deploy(bench, on=device)
        try:
            with device:
                device.start_slow_clock()
                device.clock.sleep_s(0.5)
                if way == "close()":
                    device.close()
                else:
                    raise _EndOfBlock  # noqa: TRY301 - the block is what is tried
        except _EndOfBlock:
            pass
        device = bench.open()
        bench.deploy(LAYER, on=device)
        demand_equal(
            device.probe().read().v_mem,
            np.full(LAYER.shape, 100, np.int16),
            f"What is read from a board that was opened after {way} of the one before",
        )
        _demand_standstill(device, f"on a board that was opened after {way} of the one before")
        device.close()


def _deploy(bench: Bench, rate_hz: int = RATE_HZ, on: Device | None = None) -> Deployment:
    device = bench.device if on is None else on
    return bench.deploy(LAYER, leak=device.leak_config(rate_hz=rate_hz), on=device)


def _demand_rate(bench: Bench, rate_hz: int, *, readings: int) -> None:
    """Let the clock run for two seconds or more, and demand as many ticks as come at that rate."""
    _deploy(bench, rate_hz)
    clock, before = bench.device.clock, bench.read()
    longest_s = -clock.now_s()
    bench.device.start_slow_clock()
    shortest_s = -clock.now_s()
    for _ in range(readings):
        clock.sleep_s(RUN_S / readings)
        bench.read()
    if not readings:
        clock.sleep_s(RUN_S)
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


def _demand_standstill(device: Device, when: str) -> None:
    before = device.probe().read().v_mem
    device.clock.sleep_s(1.0)
    moved = int((device.probe().read().v_mem.astype(np.int64) - before).min())
    if moved:
        raise Violation(f"The slow clock was left on: a neuron moved by {moved} {when}.")


CASES = (
    wrong_rates_are_refused,
    the_stepped_drive_has_no_rate,
    the_rate_is_returned,
    a_clock_without_a_rate_does_not_start,
    it_ticks_at_its_rate,
    it_ticks_at_its_rate_while_it_is_read,
    reading_more_often_reads_the_same,
    a_stopped_clock_makes_no_ticks,
    ticks_of_a_running_clock_are_not_counted,
    a_running_clock_cannot_be_stepped,
    deploying_stops_the_clock,
    the_clock_is_off_after_every_way_out,
)
