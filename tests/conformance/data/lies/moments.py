"""Devices that lie of time, of ticks, of the slow clock, and of being closed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from .knowing import KnowingDevice, KnowingProbe

if TYPE_CHECKING:
    from types import TracebackType

    import numpy.typing as npt

    from speckhal import Clock, Deployment, Device, LeakConfig, Reading


class _SetBackClock:
    """A clock that can be set back, and then stays behind."""

    is_virtual = True

    def __init__(self, inner: Clock) -> None:
        self._inner = inner
        self.sleep_s = inner.sleep_s
        self.behind_s = 0.0

    def now_s(self) -> float:
        return self._inner.now_s() - self.behind_s


class _BehindProbe(KnowingProbe):
    def read(self) -> Reading:
        assert isinstance(self.device, _SetBack)
        reading = self.inner.read()
        return attrs.evolve(reading, time_s=reading.time_s - self.device.set_back.behind_s)


class _SetBack(KnowingDevice):
    lying_probe = _BehindProbe

    def __init__(self, inner: Device) -> None:
        super().__init__(inner)
        self.set_back = _SetBackClock(inner.clock)

    @property
    def clock(self) -> Clock:
        return self.set_back


class TimeJumpsBackByTicks(_SetBack):
    def tick(self, count: int = 1) -> None:
        self.inner.tick(count)
        self.set_back.behind_s += 1


class TimeJumpsBackByResetting(_SetBack):
    def reset_states(self) -> None:
        self.inner.reset_states()
        self.set_back.behind_s += 5


class TimeJumpsBackByStopping(_SetBack):
    def stop_slow_clock(self) -> None:
        self.inner.stop_slow_clock()
        self.set_back.behind_s += 0.01


class _SettingBackProbe(_BehindProbe):
    def write(self, v_mem: npt.ArrayLike) -> None:
        self.inner.write(v_mem)
        assert isinstance(self.device, _SetBack)
        self.device.set_back.behind_s += 5


class TimeJumpsBackByWriting(_SetBack):
    lying_probe = _SettingBackProbe


class CountsTicksIn8Bits(KnowingDevice):
    def tick(self, count: int = 1) -> None:
        self.inner.tick(count % 256 if type(count) is int and count > 0 else count)


class CutsTheFirstBurst(KnowingDevice):
    """Makes at most 30 ticks at a call, where that is the first after a deployment."""

    is_first = False

    def deploy(self, network: object, **given: Any) -> Deployment:
        self.is_first = True
        return self.inner.deploy(network, **given)

    def tick(self, count: int = 1) -> None:
        self.inner.tick(min(count, 30) if self.is_first and type(count) is int else count)
        self.is_first = False


class TicksTwiceAfterTheSeventhCall(KnowingDevice):
    calls = 0

    def deploy(self, network: object, **given: Any) -> Deployment:
        self.calls = 0
        return self.inner.deploy(network, **given)

    def tick(self, count: int = 1) -> None:
        self.calls += 1
        self.inner.tick(count + 1 if type(count) is int and self.calls > 7 else count)


class _EightBitProbe(KnowingProbe):
    def read(self) -> Reading:
        reading = self.inner.read()
        ticks = None if reading.ticks is None else reading.ticks % 256
        return attrs.evolve(reading, ticks=ticks)


class TellsTicksIn8Bits(KnowingDevice):
    lying_probe = _EightBitProbe


class _ForgetfulProbe(KnowingProbe):
    def read(self) -> Reading:
        reading = self.inner.read()
        assert isinstance(self.device, ResetForgetsTicks)
        if reading.ticks is None:
            return reading
        return attrs.evolve(reading, ticks=reading.ticks - self.device.forgotten)


class ResetForgetsTicks(KnowingDevice):
    lying_probe = _ForgetfulProbe
    forgotten: int = 0

    def deploy(self, network: object, **given: Any) -> Deployment:
        self.forgotten = 0
        return self.inner.deploy(network, **given)

    def reset_states(self) -> None:
        self.forgotten = self.inner.probe().read().ticks or 0
        self.inner.reset_states()


class LimitsRatesWithoutAWord(KnowingDevice):
    """Runs at no more than 200 Hz, and states the rate that was asked for."""

    def deploy(self, network: object, **given: Any) -> Deployment:
        leak = given.get("leak")
        if leak is None or (leak.rate_hz or 0) <= 200:
            return self.inner.deploy(network, **given)
        given["leak"] = self.inner.leak_config(rate_hz=200)
        deployment = self.inner.deploy(network, **given)
        layers = tuple(attrs.evolve(layer, rate_hz=leak.rate_hz) for layer in deployment.layers)
        return attrs.evolve(deployment, leak=leak, layers=layers)


class _LimitedRates(KnowingDevice):
    highest_hz: int

    def leak_config(self, *, rate_hz: Any = None, **wanted: Any) -> LeakConfig:
        if type(rate_hz) is int:
            rate_hz = min(rate_hz, self.highest_hz)
        return self.inner.leak_config(rate_hz=rate_hz, **wanted)


class LimitsRatesTo200Hz(_LimitedRates):
    highest_hz = 200


class LimitsRatesTo10KHz(_LimitedRates):
    highest_hz = 10_000


class ResettingStopsTheClock(KnowingDevice):
    def reset_states(self) -> None:
        self.inner.stop_slow_clock()
        self.inner.reset_states()


class _StoppingProbe(KnowingProbe):
    def write(self, v_mem: npt.ArrayLike) -> None:
        self.device.inner.stop_slow_clock()
        self.inner.write(v_mem)


class WritingStopsTheClock(KnowingDevice):
    lying_probe = _StoppingProbe


class SwallowsInterrupts(KnowingDevice):
    def __exit__(  # type: ignore[override]  # the lie itself: it says that it dealt with it
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> bool:
        self.close()
        return kind is not None and not issubclass(kind, Exception)


class StaysOpenWhenInterrupted(KnowingDevice):
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> None:
        if kind is None or issubclass(kind, Exception):
            self.close()
