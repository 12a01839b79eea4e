"""Types against the Protocols, by signature: what mypy would say if it saw the plugin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speckhal.conformance.case import case
from speckhal.conformance.expectations import demand
from speckhal.conformance.signatures import misfits
from speckhal.contract.capabilities import VERSION_1
from speckhal.contract.capability_protocols import lacking, protocol_of
from speckhal.contract.clock import Clock
from speckhal.contract.device import Device
from speckhal.contract.network_spec import LayerSpec
from speckhal.contract.probe import NeuronProbe

if TYPE_CHECKING:
    from speckhal.conformance.suite_bench import SuiteBench


@case("The device and its clock fit the Protocols, arguments included.", deployments=0)
def the_device_fits_the_protocol(bench: SuiteBench) -> None:
    """The device, and the clock it lives by."""
    found = [*misfits(bench.device, Device), *misfits(bench.device.clock, Clock)]
    for capability in bench.subject.declared - VERSION_1:
        missing = lacking(bench.device, capability)
        if missing:
            bench.remark(
                f"It declares {capability.value!r}, and lacks {', '.join(missing)} for it: that "
                "does not count as declared. Declare capabilities by name."
            )
        else:
            found += misfits(bench.device, protocol_of(capability))
    demand(not found, " ".join(found))


@case("A probe fits the Protocol, arguments included.")
def the_probe_fits_the_protocol(bench: SuiteBench) -> None:
    """It reads, and writes what the device declares."""
    bench.deploy_fitted(LayerSpec((1, 2, 2), biases=(-13,)))
    found = misfits(bench.device.probe(), NeuronProbe)
    demand(not found, " ".join(found))
