"""Wrappers whose probes know their device and what they were asked for, for liars to use it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from .wrapped import WrappedDevice, WrappedProbe

if TYPE_CHECKING:
    import numpy.typing as npt

    from speckhal import NeuronProbe


class KnowingProbe(WrappedProbe):
    """A probe that does what another does, and knows more than that."""

    device: KnowingDevice
    asked_layer: int
    neurons: npt.ArrayLike | None


class KnowingDevice(WrappedDevice):
    """A device whose probes are of the class `lying_probe`."""

    lying_probe: ClassVar[type[KnowingProbe]] = KnowingProbe

    def probe(self, layer: int = 0, *, neurons: npt.ArrayLike | None = None) -> NeuronProbe:
        probe = self.lying_probe(self.inner.probe(layer, neurons=neurons))
        probe.device, probe.asked_layer, probe.neurons = self, layer, neurons
        return probe
