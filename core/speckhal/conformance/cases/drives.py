"""Configurations of leak: what a drive takes, and that the rest is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speckhal.conformance.case import case
from speckhal.conformance.expectations import demand_equal
from speckhal.contract.capabilities import Capability, ClockDrive
from speckhal.contract.errors import ConfigurationError
from speckhal.contract.network_spec import LayerSpec

if TYPE_CHECKING:
    from speckhal.conformance.suite_bench import SuiteBench

EXTERNAL = Capability.EXTERNAL_CLOCK
STEPPED = Capability.STEPPED_CLOCK
LAYER = LayerSpec((1, 2, 3), (-1,), initial=100)


@case("What is no drive of the slow clock is refused.", deployments=0, opened=True)
def what_is_no_drive_is_refused(bench: SuiteBench) -> None:
    """Not even its name: a misspelt one would be another drive, or none."""
    for wrong in ("external", "stepped", 1, None):
        for rate_hz in (None, bench.measures.rate_hz):
            with bench.refusal(ConfigurationError, f"The drive {wrong!r} with a rate of {rate_hz}"):
                bench.device.leak_config(
                    rate_hz=rate_hz,
                    drive=wrong,  # type: ignore[arg-type]  # on purpose
                )


@case("Rates are positive whole numbers of Hz, under the external drive.", EXTERNAL, opened=True)
def wrong_rates_are_refused(bench: SuiteBench) -> None:
    """The board would round them, or do something else."""
    bench.device.leak_config(rate_hz=bench.measures.rate_hz)
    for wrong in (0, -1, 1.5, True, "1", None):
        names = {} if wrong is None else {"the value": wrong}
        with bench.refusal(ConfigurationError, f"A slow clock of {wrong!r} Hz", names=names):
            bench.device.leak_config(rate_hz=wrong)  # type: ignore[arg-type]  # on purpose
    with bench.refusal(
        ConfigurationError, "Counting events of the sensor under the external drive"
    ):
        bench.device.leak_config(rate_hz=bench.measures.rate_hz, events_per_tick=1)


@case("A rate is taken as it is, or refused.", EXTERNAL, deployments=0, opened=True)
def a_rate_is_taken_as_it_is_or_refused(bench: SuiteBench) -> None:
    """Those that the chip's facts call typical are taken; none is limited without a word."""
    slowest_hz, fastest_hz = bench.measures.rate(1), bench.measures.rate(1 << 30)
    for rate_hz in (slowest_hz, fastest_hz):
        leak = bench.device.leak_config(rate_hz=rate_hz)
        demand_equal(leak.rate_hz, rate_hz, f"`rate_hz` of a leak at {rate_hz} Hz")
    for rate_hz in (1, fastest_hz + 1, fastest_hz * 10, 1 << 16, 1 << 32):
        try:
            leak = bench.device.leak_config(rate_hz=rate_hz)
        except ConfigurationError:
            continue
        demand_equal(leak.rate_hz, rate_hz, f"`rate_hz` of a leak at {rate_hz} Hz")
    highest = bench.facts.slow_clock_highest_rate_hz
    if highest is not None:
        names = {"the value": highest.value + 1, "the limit": highest.value}
        with bench.refusal(
            ConfigurationError,
            f"A slow clock of {highest.value + 1} Hz",
            names=names,
            limit="slow_clock_highest_rate_hz",
        ):
            bench.device.leak_config(rate_hz=highest.value + 1)


@case("The stepped drive has no rate, and counts no events.", STEPPED, deployments=0, opened=True)
def the_stepped_drive_has_no_rate(bench: SuiteBench) -> None:
    """A rate that has no effect would be believed."""
    leak = bench.stepped()
    demand_equal(leak.drive, ClockDrive.STEPPED, "`drive` of a stepped leak")
    demand_equal(leak.rate_hz, None, "`rate_hz` of a stepped leak")
    with bench.refusal(ConfigurationError, "A rate under the stepped drive"):
        bench.device.leak_config(rate_hz=bench.measures.rate_hz, drive=ClockDrive.STEPPED)
    with bench.refusal(ConfigurationError, "Counting events of the sensor under the stepped drive"):
        bench.device.leak_config(drive=ClockDrive.STEPPED, events_per_tick=1)


@case(
    "Under the stepped drive there is no clock to start.",
    EXTERNAL,
    STEPPED,
    deployments=2,
    waits_s=1.0,
    opened=True,
)
def the_stepped_drive_has_no_clock_to_start(bench: SuiteBench) -> None:
    """Even after a rate was set; what is refused has started nothing."""
    layer = bench.measures.fit(LAYER)
    bench.deploy(layer, leak=bench.device.leak_config(rate_hz=bench.measures.rate_hz))
    bench.deploy(layer, leak=bench.stepped())
    before = bench.read()
    with bench.refusal(ConfigurationError, "Starting the slow clock under the stepped drive"):
        bench.device.start_slow_clock()
    bench.device.clock.sleep_s(1.0)
    bench.demand_reads(before, "a second after starting the clock was refused")
    bench.device.tick(2)
    bench.demand_reads(before - 2, "after 2 ticks of the stepped drive")
