"""A mock behind a wrapper that changes nothing, for liars to change one thing of."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from speckhal import Capability, ClockDrive
from speckhal_mock.backend.mock_backend import MockBackend

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    import numpy as np
    import numpy.typing as npt
    from typing_extensions import Self

    from speckhal import (
        Clock,
        Deployment,
        Device,
        DeviceInfo,
        LeakConfig,
        NeuronProbe,
        Reading,
        Shape,
    )
    from speckhal.contract.capability_protocols import PreviewsNetworks


SPIKES = {Capability.STIMULATE, Capability.RECORD_SPIKES, Capability.DESCRIBED_INPUTS}
"""What the wrapper has no members for, and does not declare."""


class WrappedProbe:
    """A probe that does what another does."""

    def __init__(self, inner: NeuronProbe) -> None:
        self.inner = inner

    @property
    def layer(self) -> int:
        return self.inner.layer

    @property
    def shape(self) -> Shape:
        return self.inner.shape

    def read(self) -> Reading:
        return self.inner.read()

    def write(self, v_mem: npt.ArrayLike) -> None:
        self.inner.write(v_mem)

    def read_biases(self) -> npt.NDArray[np.int16]:
        return self.inner.read_biases()

    def write_biases(self, biases: npt.ArrayLike) -> npt.NDArray[np.int16]:
        return self.inner.write_biases(biases)


class WrappedDevice:
    """A device that does what another does."""

    def __init__(self, inner: Device) -> None:
        self.inner = inner

    @property
    def info(self) -> DeviceInfo:
        return self.inner.info

    @property
    def capabilities(self) -> frozenset[Capability]:
        return self.inner.capabilities - SPIKES

    @property
    def clock(self) -> Clock:
        return self.inner.clock

    def leak_config(
        self,
        *,
        rate_hz: int | None = None,
        drive: ClockDrive = ClockDrive.EXTERNAL,
        events_per_tick: int | None = None,
    ) -> LeakConfig:
        return self.inner.leak_config(rate_hz=rate_hz, drive=drive, events_per_tick=events_per_tick)

    def deploy(
        self,
        network: object,
        *,
        input_shape: Shape,
        leak: LeakConfig | None = None,
        biases: Mapping[int, npt.ArrayLike] | None = None,
    ) -> Deployment:
        return self.inner.deploy(network, input_shape=input_shape, leak=leak, biases=biases)

    def preview(
        self,
        network: object,
        *,
        input_shape: Shape,
        leak: LeakConfig | None = None,
        biases: Mapping[int, npt.ArrayLike] | None = None,
    ) -> Deployment:
        inner = cast("PreviewsNetworks", self.inner)
        return inner.preview(network, input_shape=input_shape, leak=leak, biases=biases)

    def probe(self, layer: int = 0, *, neurons: npt.ArrayLike | None = None) -> NeuronProbe:
        return self.inner.probe(layer, neurons=neurons)

    def reset_states(self) -> None:
        self.inner.reset_states()

    def start_slow_clock(self) -> None:
        self.inner.start_slow_clock()

    def stop_slow_clock(self) -> None:
        self.inner.stop_slow_clock()

    def tick(self, count: int = 1) -> None:
        self.inner.tick(count)

    def close(self) -> None:
        self.inner.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> None:
        self.close()


class WrappedMock(MockBackend):
    """A mock whose devices are wrapped in `device`."""

    device: type[WrappedDevice] = WrappedDevice
    capabilities = MockBackend.capabilities - SPIKES

    def open(
        self, target: str | None = None, options: Mapping[str, object] | None = None
    ) -> Device:
        return self.device(super().open(target, options))


if TYPE_CHECKING:

    def _conforms(device: WrappedDevice, probe: WrappedProbe) -> tuple[Device, NeuronProbe]:
        return device, probe
