"""Devices that declare less than a mock can, and refuse the rest by themselves, as in 0.1."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speckhal import Capability, CapabilityUnsupported, ClockDrive

from .wrapped import WrappedDevice, WrappedMock, WrappedProbe

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    import numpy.typing as npt

    from speckhal import Deployment, Device, LeakConfig, NeuronProbe, Shape

_OF_DRIVE = {
    ClockDrive.EXTERNAL: Capability.EXTERNAL_CLOCK,
    ClockDrive.STEPPED: Capability.STEPPED_CLOCK,
    ClockDrive.INTERNAL: Capability.INTERNAL_CLOCK,
}


class ModestMock(WrappedMock):
    """A mock that declares some capabilities only, and refuses all others as it should."""

    def __init__(self, declared: frozenset[Capability]) -> None:
        super().__init__()
        self.capabilities = declared

    def open(
        self, target: str | None = None, options: Mapping[str, object] | None = None
    ) -> Device:
        return ModestDevice(super().open(target, options), self)

    def refuse(self, capability: Capability) -> None:
        """Raise unless it is declared."""
        if capability not in self.capabilities:
            raise CapabilityUnsupported(
                f"Asked for {capability.value!r}, which this device does not declare.",
                capability=capability,
                hint="Use another device.",
            )


class ModestDevice(WrappedDevice):
    def __init__(self, inner: Device, mock: ModestMock) -> None:
        super().__init__(inner)
        self.mock = mock

    @property
    def capabilities(self) -> frozenset[Capability]:
        return self.mock.capabilities

    def leak_config(
        self,
        *,
        rate_hz: int | None = None,
        drive: ClockDrive = ClockDrive.EXTERNAL,
        events_per_tick: int | None = None,
    ) -> LeakConfig:
        if isinstance(drive, ClockDrive):
            self.mock.refuse(_OF_DRIVE[drive])
        return super().leak_config(rate_hz=rate_hz, drive=drive, events_per_tick=events_per_tick)

    def deploy(
        self,
        network: object,
        *,
        input_shape: Shape,
        leak: LeakConfig | None = None,
        biases: Mapping[int, npt.ArrayLike] | None = None,
    ) -> Deployment:
        if biases is not None:
            self.mock.refuse(Capability.DIRECT_BIASES)
        return super().deploy(network, input_shape=input_shape, leak=leak, biases=biases)

    def probe(self, layer: int = 0, *, neurons: npt.ArrayLike | None = None) -> NeuronProbe:
        return ModestProbe(self.inner.probe(layer, neurons=neurons), self.mock)

    def reset_states(self) -> None:
        self.mock.refuse(Capability.RESET_STATES)
        super().reset_states()

    def tick(self, count: int = 1) -> None:
        self.mock.refuse(Capability.STEPPED_CLOCK)
        super().tick(count)


class ModestProbe(WrappedProbe):
    def __init__(self, inner: NeuronProbe, mock: ModestMock) -> None:
        super().__init__(inner)
        self.mock = mock

    def write(self, v_mem: npt.ArrayLike) -> None:
        self.mock.refuse(Capability.WRITE_V_MEM)
        super().write(v_mem)

    def read_biases(self) -> npt.NDArray[np.int16]:
        self.mock.refuse(Capability.WRITE_BIASES)
        return super().read_biases()

    def write_biases(self, biases: npt.ArrayLike) -> npt.NDArray[np.int16]:
        self.mock.refuse(Capability.WRITE_BIASES)
        return super().write_biases(biases)
