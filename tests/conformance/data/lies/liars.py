"""Devices that are not what they say: each lies once, and is a mock in all else.

What the mock itself can break on purpose (`speckhal_mock.testing`) is not done again here.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, ClassVar, cast

import attrs
import numpy as np

from speckhal import (
    Capability,
    CapabilityUnsupported,
    DeviceClosed,
    DeviceFailed,
    NetworkDoesNotFit,
    NetworkError,
)

from .wrapped import WrappedDevice, WrappedMock, WrappedProbe

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType

    import numpy.typing as npt
    from torch import nn

    from speckhal import (
        Clock,
        Deployment,
        Device,
        ExampleNetwork,
        LayerSpec,
        LeakConfig,
        NeuronProbe,
        Reading,
        Shape,
    )


class _ProbeLiar(WrappedDevice):
    """A device whose probes are of the class `lying_probe`."""

    lying_probe: ClassVar[type[WrappedProbe]] = WrappedProbe

    def probe(self, layer: int = 0, *, neurons: npt.ArrayLike | None = None) -> NeuronProbe:
        return self.lying_probe(self.inner.probe(layer, neurons=neurons))


class SilentNoOpLeak(WrappedDevice):
    def tick(self, count: int = 1) -> None:
        self.inner.tick(0 * count)


class _ForgetfulProbe(WrappedProbe):
    """Hides that answers got lost: it makes some up."""

    def read(self) -> Reading:
        reading = self.inner.read()
        v_mem = reading.v_mem.copy()
        v_mem.flat[200:210] = 0
        return attrs.evolve(reading, v_mem=v_mem)


class LostAnswers(_ProbeLiar):
    lying_probe = _ForgetfulProbe


class _StuckProbe(WrappedProbe):
    def write(self, v_mem: npt.ArrayLike) -> None:
        raise CapabilityUnsupported(
            "Not today.", capability=Capability.WRITE_V_MEM, hint="Try another device."
        )


class DeclaredButMissing(_ProbeLiar):
    lying_probe = _StuckProbe


class _IdleProbe(WrappedProbe):
    def write(self, v_mem: npt.ArrayLike) -> None:
        np.asarray(v_mem)


class DeclaredButIdle(_ProbeLiar):
    lying_probe = _IdleProbe


class ClockNeverStops(WrappedDevice):
    def stop_slow_clock(self) -> None:
        self.inner.clock.sleep_s(0)


class ClockLeftOn(WrappedDevice):
    """Its board's clock runs on when a block ends, and whoever opens it next finds it running."""

    left_on: ClassVar[bool] = False
    runs: bool = False

    def start_slow_clock(self) -> None:
        self.inner.start_slow_clock()
        self.runs = True

    def stop_slow_clock(self) -> None:
        self.inner.stop_slow_clock()
        self.runs = False

    def deploy(
        self,
        network: object,
        *,
        input_shape: Shape,
        leak: LeakConfig | None = None,
        biases: Mapping[int, npt.ArrayLike] | None = None,
    ) -> Deployment:
        self.runs = False
        if ClockLeftOn.left_on:
            leak = self.inner.leak_config(rate_hz=1000)
        deployment = self.inner.deploy(network, input_shape=input_shape, leak=leak, biases=biases)
        if ClockLeftOn.left_on:
            self.inner.start_slow_clock()
            ClockLeftOn.left_on = False
        return deployment

    def close(self) -> None:
        ClockLeftOn.left_on = ClockLeftOn.left_on or self.runs
        self.runs = False
        self.inner.close()


class ClockNeverStarts(WrappedDevice):
    def start_slow_clock(self) -> None:
        self.inner.clock.sleep_s(0)


class ReadingHoldsTheClock(_ProbeLiar):
    def probe(self, layer: int = 0, *, neurons: npt.ArrayLike | None = None) -> NeuronProbe:
        return _HoldingProbe(self.inner.probe(layer, neurons=neurons), self)

    def start_slow_clock(self) -> None:
        self.inner.start_slow_clock()
        self.runs = True

    def stop_slow_clock(self) -> None:
        self.inner.stop_slow_clock()
        self.runs = False

    runs: bool = False


class _HoldingProbe(WrappedProbe):
    """Starts the clock's period anew with each reading."""

    def __init__(self, inner: NeuronProbe, device: ReadingHoldsTheClock) -> None:
        super().__init__(inner)
        self.device = device

    def read(self) -> Reading:
        if self.device.runs:
            self.device.inner.stop_slow_clock()
            self.device.inner.start_slow_clock()
        return self.inner.read()


class RateOffByATenth(WrappedDevice):
    def deploy(
        self,
        network: object,
        *,
        input_shape: Shape,
        leak: LeakConfig | None = None,
        biases: Mapping[int, npt.ArrayLike] | None = None,
    ) -> Deployment:
        if leak is not None and leak.rate_hz is not None:
            leak = self.inner.leak_config(rate_hz=leak.rate_hz * 11 // 10)
        return self.inner.deploy(network, input_shape=input_shape, leak=leak, biases=biases)


class DeploysOnARunningClock(WrappedDevice):
    """Starts the clock again after deploying, if it ran before."""

    runs: bool = False

    def start_slow_clock(self) -> None:
        self.inner.start_slow_clock()
        self.runs = True

    def stop_slow_clock(self) -> None:
        self.inner.stop_slow_clock()
        self.runs = False

    def deploy(
        self,
        network: object,
        *,
        input_shape: Shape,
        leak: LeakConfig | None = None,
        biases: Mapping[int, npt.ArrayLike] | None = None,
    ) -> Deployment:
        deployment = self.inner.deploy(network, input_shape=input_shape, leak=leak, biases=biases)
        if self.runs:
            self.inner.start_slow_clock()
        return deployment


class SwallowsErrors(WrappedDevice):
    def __exit__(  # type: ignore[override]  # the lie itself: it says that it dealt with the error
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> bool:
        self.close()
        return True


class LeavesBlocksOpen(WrappedDevice):
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> None:
        self.inner.stop_slow_clock()


class ClosesOnce(WrappedDevice):
    is_closed: bool = False

    def close(self) -> None:
        if self.is_closed:
            raise DeviceClosed("It is closed.", hint="Open it again.")
        self.is_closed = True
        self.inner.close()


class FailsToClose(WrappedDevice):
    def close(self) -> None:
        self.inner.close()
        raise DeviceFailed("The cable is stuck.", hint="Pull.")


class RefusesWithoutAHint(WrappedDevice):
    def deploy(
        self,
        network: object,
        *,
        input_shape: Shape,
        leak: LeakConfig | None = None,
        biases: Mapping[int, npt.ArrayLike] | None = None,
    ) -> Deployment:
        try:
            return super().deploy(network, input_shape=input_shape, leak=leak, biases=biases)
        except NetworkDoesNotFit as error:
            raise NetworkDoesNotFit(error.message) from error


class RefusesWithForeignErrors(WrappedDevice):
    def deploy(
        self,
        network: object,
        *,
        input_shape: Shape,
        leak: LeakConfig | None = None,
        biases: Mapping[int, npt.ArrayLike] | None = None,
    ) -> Deployment:
        try:
            return super().deploy(network, input_shape=input_shape, leak=leak, biases=biases)
        except NetworkError as error:
            raise ValueError(str(error)) from error


class _BackwardClock:
    """Loses a second whenever it is looked at for the tenth time."""

    is_virtual = True

    def __init__(self, inner: Clock) -> None:
        self._inner = inner
        self._looks = itertools.count(1)
        self._lost_s = 0

    def now_s(self) -> float:
        self._lost_s += next(self._looks) % 3 == 0
        return self._inner.now_s() - self._lost_s

    def sleep_s(self, duration_s: float) -> None:
        self._inner.sleep_s(duration_s)


class TimeRunsBackwards(WrappedDevice):
    def __init__(self, inner: Device) -> None:
        super().__init__(inner)
        self._clock = _BackwardClock(inner.clock)

    @property
    def clock(self) -> Clock:
        return self._clock


class _NoisyProbe(WrappedProbe):
    noise: ClassVar[np.random.Generator] = np.random.default_rng(seed=7)

    def read(self) -> Reading:
        reading = self.inner.read()
        noise = self.noise.integers(-1, 2, reading.v_mem.shape, np.int16)
        return attrs.evolve(reading, v_mem=reading.v_mem + noise)


class NotDeterministic(_ProbeLiar):
    lying_probe = _NoisyProbe


class TakesWhatDoesNotFit(WrappedDevice):
    def deploy(
        self,
        network: object,
        *,
        input_shape: Shape,
        leak: LeakConfig | None = None,
        biases: Mapping[int, npt.ArrayLike] | None = None,
    ) -> Deployment:
        try:
            return super().deploy(network, input_shape=input_shape, leak=leak, biases=biases)
        except NetworkDoesNotFit:
            example = WrappedMock().example()
            return super().deploy(example.network, input_shape=example.input_shape)


class ProbesAllNeurons(WrappedDevice):
    """Cannot probe some neurons."""

    def probe(self, layer: int = 0) -> NeuronProbe:  # type: ignore[override]  # the lie itself
        return self.inner.probe(layer)


class Crashes(WrappedDevice):
    def tick(self, count: int = 1) -> None:
        raise ZeroDivisionError(f"{count} by zero")


class DeclaresLess(WrappedDevice):
    @property
    def capabilities(self) -> frozenset[Capability]:
        return self.inner.capabilities - {Capability.RESET_STATES}


class TakesTwoInputs(WrappedMock):
    """Makes networks of layers whose input has two channels, and says so of its examples."""

    def example(self, layers: Sequence[LayerSpec] = ()) -> ExampleNetwork:
        made = super().example(layers)
        first = cast("nn.Conv2d", cast("nn.Sequential", made.network)[0])
        first.in_channels = 2
        first.weight.data = first.weight.data.repeat(1, 2, 1, 1)
        return attrs.evolve(made, input_shape=(2, *made.input_shape[1:]))
