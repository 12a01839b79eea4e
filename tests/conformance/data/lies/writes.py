"""Devices that lie of what is written, and of biases."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from .knowing import KnowingDevice, KnowingProbe

if TYPE_CHECKING:
    import numpy.typing as npt

    from speckhal import Deployment


class _WritesLayer0(KnowingProbe):
    def write(self, v_mem: npt.ArrayLike) -> None:
        self.device.inner.probe(0, neurons=self.neurons).write(v_mem)


class WritesToLayer0(KnowingDevice):
    lying_probe = _WritesLayer0


class _BiasesOfLayer0(KnowingProbe):
    def read_biases(self) -> npt.NDArray[np.int16]:
        return self.device.inner.probe(0).read_biases()

    def write_biases(self, biases: npt.ArrayLike) -> npt.NDArray[np.int16]:
        return self.device.inner.probe(0).write_biases(biases)


class BiasesAreOfLayer0(KnowingDevice):
    lying_probe = _BiasesOfLayer0


class _BiasWritesToLayer0(KnowingProbe):
    def write_biases(self, biases: npt.ArrayLike) -> npt.NDArray[np.int16]:
        return self.device.inner.probe(0).write_biases(biases)


class BiasWritesGoToLayer0(KnowingDevice):
    lying_probe = _BiasWritesToLayer0


class DirectBiasesForLayer0Only(KnowingDevice):
    def deploy(self, network: object, *, biases: Any = None, **given: Any) -> Deployment:
        if biases is not None and len(self.inner.deploy(network, **given).layers) > max(biases):
            biases = {layer: values for layer, values in biases.items() if layer == 0}
        return self.inner.deploy(network, biases=biases, **given)


class DirectBiasesToldForLayer1(KnowingDevice):
    """As before, and says that it had taken them."""

    def deploy(self, network: object, *, biases: Any = None, **given: Any) -> Deployment:
        deployment = self.inner.deploy(network, biases=biases, **given)
        if biases is None or max(biases) == 0:
            return deployment
        self.inner.deploy(network, **given)
        return deployment


class _WideProbe(KnowingProbe):
    def read_biases(self) -> Any:
        return self.inner.read_biases().astype(np.int64)


class ReadsWideBiases(KnowingDevice):
    lying_probe = _WideProbe


class _FloatReturningProbe(KnowingProbe):
    def write_biases(self, biases: npt.ArrayLike) -> Any:
        return self.inner.write_biases(biases).astype(float)


class WritingBiasesReturnsFloats(KnowingDevice):
    lying_probe = _FloatReturningProbe


class _LiveProbe(KnowingProbe):
    def read_biases(self) -> npt.NDArray[np.int16]:
        assert isinstance(self.device, BiasesAreLive)
        read = self.inner.read_biases()
        buffer = self.device.buffers.setdefault((self.layer, len(read)), read.copy())
        buffer[...] = read
        return buffer


class BiasesAreLive(KnowingDevice):
    lying_probe = _LiveProbe

    def __init__(self, inner: Any) -> None:
        super().__init__(inner)
        self.buffers: dict[object, npt.NDArray[np.int16]] = {}


class ResetUndoesBiases(KnowingDevice):
    deployment: Deployment

    def deploy(self, network: object, **given: Any) -> Deployment:
        self.deployment = self.inner.deploy(network, **given)
        return self.deployment

    def reset_states(self) -> None:
        self.inner.reset_states()
        for layer in self.deployment.layers:
            self.inner.probe(layer.index).write_biases(layer.biases)


class TellsNoLeak(KnowingDevice):
    def deploy(self, network: object, **given: Any) -> Deployment:
        return attrs.evolve(self.inner.deploy(network, **given), leak=None)


class TellsBiasesAsFloats(KnowingDevice):
    def deploy(self, network: object, **given: Any) -> Deployment:
        deployment = self.inner.deploy(network, **given)
        layers: Any = tuple(
            attrs.evolve(layer, biases=layer.biases.astype(float)) for layer in deployment.layers
        )
        return attrs.evolve(deployment, layers=layers)


class DeploymentsShareArrays(KnowingDevice):
    """What an earlier `deploy` returned becomes what the next one returns."""

    def __init__(self, inner: Any) -> None:
        super().__init__(inner)
        self.buffers: dict[object, npt.NDArray[np.int16]] = {}

    def deploy(self, network: object, **given: Any) -> Deployment:
        deployment = self.inner.deploy(network, **given)
        layers = []
        for layer in deployment.layers:
            key = (layer.index, len(layer.biases))
            buffer = self.buffers.setdefault(key, layer.biases.copy())
            buffer[...] = layer.biases
            layers.append(attrs.evolve(layer, biases=buffer))
        return attrs.evolve(deployment, layers=tuple(layers))


class ZeroesTheNetwork(KnowingDevice):
    def deploy(self, network: Any, **given: Any) -> Deployment:
        import torch

        deployment = self.inner.deploy(network, **given)
        with contextlib.suppress(AttributeError), torch.no_grad():
            for parameter in network.parameters():
                parameter.mul_(0)
        return deployment


class ZeroesTheStates(KnowingDevice):
    def deploy(self, network: Any, **given: Any) -> Deployment:
        import torch

        deployment = self.inner.deploy(network, **given)
        with contextlib.suppress(AttributeError), torch.no_grad():
            for buffer in network.buffers():
                if buffer.ndim > 1:
                    buffer.mul_(0)
        return deployment
