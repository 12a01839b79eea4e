"""What a probe gives, and that it stays as it was given."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from speckhal.conformance.case import case
from speckhal.conformance.expectations import demand, demand_equal
from speckhal.conformance.shapes import distinct, some_of
from speckhal.contract.capabilities import Capability
from speckhal.contract.errors import LayerNotFound
from speckhal.contract.network_spec import LayerSpec
from speckhal.contract.reading import Reading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from speckhal.conformance.suite_bench import SuiteBench
    from speckhal.contract.address import Shape
    from speckhal.contract.probe import NeuronProbe

STEPPED = Capability.STEPPED_CLOCK

SHAPE: Shape = (2, 3, 5)
LAYERS = (
    LayerSpec(SHAPE, (-1, -2), initial=distinct(SHAPE)),
    LayerSpec(SHAPE, (-3, -4), initial=distinct(SHAPE)),
)
OTHER = LayerSpec(SHAPE, (-1, -2), initial=distinct(SHAPE, first=61))


@case("A reading has a whole number of 16 bits for every neuron.")
def a_reading_is_complete(bench: SuiteBench) -> None:
    """Of all neurons or some, with the layer it is of; who is handed it cannot change it."""
    specs = bench.measures.fit_each(*LAYERS)
    bench.deploy(*specs)
    for index, spec in enumerate(specs):
        for probe, shape, which in _probes(bench, index, spec.shape):
            demand_equal(probe.layer, index, f"`layer` of a probe of {which}")
            demand_equal(tuple(probe.shape), spec.shape, f"`shape` of a probe of {which}")
            reading = probe.read()
            demand(
                isinstance(reading, Reading),
                f"Reading {which} gave {reading!r}, and must give a Reading.",
            )
            demand_equal(reading.layer, index, f"`layer` of a reading of {which}")
            demand_equal(reading.v_mem.shape, shape, f"The shape of a reading of {which}")
            dtype = str(reading.v_mem.dtype)
            demand_equal(dtype, "int16", f"The type of the values of a reading of {which}")
            demand(
                not reading.v_mem.flags.writeable,
                f"The values of a reading of {which} can be overwritten.",
            )


@case("A reading stays as it was, whatever is done after it.", deployments=2)
def a_reading_stays_as_it_was(bench: SuiteBench) -> None:
    """Read again, after ticks where the backend makes them, and after another network."""
    first, second = map(bench.measures.fit, (LAYERS[0], OTHER))
    bench.deploy(first, leak=bench.any_leak())
    taken = []
    for probe, _, which in _probes(bench, 0, first.shape):
        reading = probe.read()
        taken.append((reading, reading.v_mem.copy(), which))
        if bench.declares(STEPPED):
            bench.device.tick(3)
        probe.read()
    bench.deploy(second)
    for probe, _, _ in _probes(bench, 0, second.shape):
        probe.read()
    for reading, v_mem, which in taken:
        demand_equal(reading.v_mem, v_mem, f"After later ones, a reading of {which}")


@case("A probe of a network that was replaced is refused.", deployments=2, opened=True)
def a_probe_of_a_replaced_network_is_refused(bench: SuiteBench) -> None:
    """It speaks of one network, and the chip holds another."""
    first, second = map(bench.measures.fit, (LAYERS[0], OTHER))
    bench.deploy(first)
    probe = bench.device.probe()
    probe.read()
    bench.deploy(second)
    uses: dict[str, Callable[[], object]] = {"Reading": probe.read}
    if bench.declares(Capability.WRITE_V_MEM):
        uses["Writing"] = lambda: probe.write(np.zeros(first.shape, int))
    if bench.declares(Capability.WRITE_BIASES):
        uses["Reading biases"] = probe.read_biases
        uses["Writing biases"] = lambda: probe.write_biases([-1] * first.shape[0])
    for what, use in uses.items():
        with bench.refusal(LayerNotFound, f"{what} by a probe of a network that was replaced"):
            use()


def _probes(
    bench: SuiteBench, layer: int, shape: Shape
) -> Iterator[tuple[NeuronProbe, tuple[int, ...], str]]:
    """Probes of all neurons of a layer and of some, with what their readings are like."""
    yield bench.device.probe(layer), shape, f"layer {layer}"
    chosen = some_of(shape)
    some = bench.device.probe(layer, neurons=chosen)
    yield some, (len(chosen),), f"some neurons of layer {layer}"
