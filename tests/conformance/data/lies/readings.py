"""Devices that lie of what is read: of its layer, its time, its type, and how long it is true."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from .knowing import KnowingDevice, KnowingProbe

if TYPE_CHECKING:
    import numpy.typing as npt

    from speckhal import NeuronProbe, Reading


class _OneBufferProbe(KnowingProbe):
    def read(self) -> Reading:
        reading = self.inner.read()
        assert isinstance(self.device, ReusesItsBuffer)
        key = (self.layer, reading.v_mem.shape)
        buffer = self.device.buffers.setdefault(key, np.empty(reading.v_mem.shape, np.int16))
        buffer[...] = reading.v_mem
        view = buffer.view()
        view.flags.writeable = False
        object.__setattr__(reading, "v_mem", view)  # around the copy that a Reading makes
        return reading


class ReusesItsBuffer(KnowingDevice):
    lying_probe = _OneBufferProbe

    def __init__(self, inner: Any) -> None:
        super().__init__(inner)
        self.buffers: dict[object, npt.NDArray[np.int16]] = {}


class _FloatProbe(KnowingProbe):
    def read(self) -> Reading:
        reading = self.inner.read()
        if self.neurons is None:
            return reading
        return attrs.evolve(reading, v_mem=reading.v_mem.astype(float))


class FloatsForSome(KnowingDevice):
    lying_probe = _FloatProbe


class _ReadingOfLayer0(KnowingProbe):
    def read(self) -> Reading:
        return attrs.evolve(self.inner.read(), layer=0)


class TellsLayer0(KnowingDevice):
    lying_probe = _ReadingOfLayer0


class _ProbeOfLayer0(KnowingProbe):
    layer = 0


class ProbesTellLayer0(KnowingDevice):
    lying_probe = _ProbeOfLayer0


class _HastyProbe(KnowingProbe):
    def read(self) -> Reading:
        return attrs.evolve(self.inner.read(), duration_s=-3.0)


class DurationsAreNegative(KnowingDevice):
    lying_probe = _HastyProbe


class _LateProbe(KnowingProbe):
    def read(self) -> Reading:
        reading = self.inner.read()
        return attrs.evolve(reading, time_s=self.device.clock.now_s())


class DatesWhenAnswered(KnowingDevice):
    lying_probe = _LateProbe


class ReadsSomeOfLayer0(KnowingDevice):
    def probe(self, layer: int = 0, *, neurons: npt.ArrayLike | None = None) -> NeuronProbe:
        return super().probe(layer if neurons is None else 0, neurons=neurons)
