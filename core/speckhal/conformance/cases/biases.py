"""Reading and writing the biases of a network while it stays deployed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from speckhal.conformance.case import case
from speckhal.conformance.expectations import after_ticks, demand_equal
from speckhal.conformance.shapes import distinct
from speckhal.contract.capabilities import Capability
from speckhal.contract.errors import InputError
from speckhal.contract.network_spec import LayerSpec

if TYPE_CHECKING:
    from speckhal.conformance.suite_bench import SuiteBench

WRITE = Capability.WRITE_BIASES
DIRECT = Capability.DIRECT_BIASES
STEPPED = Capability.STEPPED_CLOCK
LAYER = LayerSpec(
    (3, 2, 3), (-7, 4, -11), threshold_low=-5000, threshold_high=5000, initial=distinct((3, 2, 3))
)


@case("The biases that the chip holds are those that `deploy` returned.", WRITE)
def the_chip_holds_the_biases_returned(bench: SuiteBench) -> None:
    """Nothing is rounded between the two."""
    layer = bench.deploy(bench.measures.fit(LAYER)).layer(0)
    read = bench.device.probe().read_biases()
    demand_equal(read, layer.biases, "The biases read back")
    demand_equal(str(read.dtype), "int16", "The type of the biases read back")


@case("Biases given in chip units are what the chip holds.", DIRECT, WRITE)
def the_chip_holds_direct_biases(bench: SuiteBench) -> None:
    """All 16 bits are kept."""
    spec = bench.measures.fit(LAYER)
    wanted = bench.measures.channels_of((-30_000, 12_345, -1), spec.shape[0])
    bench.deploy(spec, biases={0: wanted})
    demand_equal(bench.device.probe().read_biases(), wanted, "The biases read back")


@case("Biases given in chip units are what a tick adds.", DIRECT, STEPPED)
def a_tick_adds_direct_biases(bench: SuiteBench) -> None:
    """More than a network's own could be."""
    spec = bench.measures.fit(LAYER)
    wanted = bench.measures.channels_of((-300, 250, 1000), spec.shape[0])
    wanted = bench.measures.quiet(wanted, spec, ticks=2)
    bench.deploy(spec, leak=bench.stepped(), biases={0: wanted})
    before = bench.read()
    bench.device.tick(2)
    expected = after_ticks(before, wanted, 2, spec.threshold_low)
    bench.demand_reads(expected, f"after 2 ticks of the biases {wanted.tolist()}")


@case("Written biases are returned as the chip holds them.", WRITE)
def written_biases_are_held(bench: SuiteBench) -> None:
    """What is returned is what is read back, and stays as it was when others are written."""
    channels = bench.deploy_fitted(LAYER).shape[0]
    probe = bench.device.probe()
    earlier = []
    ends = bench.measures.biases
    for values in ((1, -2, 3), (ends.lowest, ends.highest, 0)):
        wanted = bench.measures.channels_of(values, channels)
        returned = probe.write_biases(wanted.copy())
        demand_equal(returned, wanted, "What writing biases returned")
        demand_equal(str(returned.dtype), "int16", "The type of what writing biases returned")
        read = probe.read_biases()
        demand_equal(read, wanted, "The biases read back")
        earlier.append((returned, read, wanted))
    for returned, read, wanted in earlier:
        after = f"After others were written, what {wanted.tolist()} "
        demand_equal(returned, wanted, f"{after}returned when they were written")
        demand_equal(read, wanted, f"{after}read as when they were read")


@case("The next tick adds the biases that were written.", WRITE, STEPPED)
def the_next_tick_adds_written_biases(bench: SuiteBench) -> None:
    """What was before the write was done by the old ones."""
    spec = bench.measures.fit(LAYER)
    old = bench.deploy(spec, leak=bench.stepped()).layer(0).biases
    before = bench.read()
    bench.device.tick(2)
    new = bench.measures.channels_of((-100, 20, 3), spec.shape[0])
    new = bench.measures.quiet(new, spec, ticks=5)
    bench.device.probe().write_biases(new)
    bench.device.tick(3)
    expected = after_ticks(before, old, 2, spec.threshold_low)
    expected = after_ticks(expected, new, 3, spec.threshold_low)
    bench.demand_reads(expected, "2 ticks before and 3 after biases were written")


@case("Biases that the chip cannot hold are refused, and change nothing.", WRITE, opened=True)
def wrong_biases_are_refused(bench: SuiteBench) -> None:
    """Too few, no whole numbers, beyond 16 bits, or beyond the chip's facts."""
    layer = bench.deploy(bench.measures.fit(LAYER)).layer(0)
    probe = bench.device.probe()
    probe.write_biases(layer.biases)
    others = [1] * (layer.shape[0] - 1)
    for wrong in ([*others, 1, 2], [*others, 0.5], [*others, np.nan]):
        with bench.refusal(InputError, f"Writing the biases {wrong} to {layer.shape[0]} channels"):
            probe.write_biases(wrong)
    for value, names in bench.measures.beyond("bias_range"):
        with bench.refusal(InputError, f"Writing a bias of {value}", names=names):
            probe.write_biases([*others, value])
    demand_equal(probe.read_biases(), layer.biases, "The biases after wrong ones were refused")


@case("Resetting the states leaves biases that were written.", Capability.RESET_STATES, WRITE)
def resetting_leaves_written_biases(bench: SuiteBench) -> None:
    """It is about membrane potentials, and the network's own biases do not come back."""
    channels = bench.deploy_fitted(LAYER).shape[0]
    probe = bench.device.probe()
    wanted = bench.measures.channels_of((-100, 20, 3), channels)
    probe.write_biases(wanted)
    bench.device.reset_states()
    demand_equal(probe.read_biases(), wanted, "After a reset, the biases that were written before")
