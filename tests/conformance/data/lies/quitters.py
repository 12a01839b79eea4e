"""Backends that end the program, each from another place: an exit code of 0 must not be theirs."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, NoReturn

from speckhal import NetworkError

from .wrapped import WrappedDevice, WrappedMock, WrappedProbe

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from speckhal import Clock, NeuronProbe, Reading


class _EndsAtNegativeSleep:
    is_virtual = True

    def __init__(self, inner: Clock) -> None:
        self.now_s, self._inner = inner.now_s, inner

    def sleep_s(self, duration_s: float) -> None:
        if duration_s < 0:
            sys.exit(0)
        self._inner.sleep_s(duration_s)


class InTick(WrappedDevice):
    def tick(self, count: int = 1) -> NoReturn:
        sys.exit(0 * count)


class InDeploy(WrappedDevice):
    """Ends where others refuse."""

    def deploy(self, network: object, **given: Any) -> Any:
        try:
            return super().deploy(network, **given)
        except NetworkError:
            sys.exit(0)


class InSecondClose(WrappedDevice):
    is_closed: bool = False

    def close(self) -> None:
        if self.is_closed:
            sys.exit(0)
        self.is_closed = True
        self.inner.close()


class InClose(WrappedDevice):
    def close(self) -> None:
        self.inner.close()
        sys.exit(0)


class InSleep(WrappedDevice):
    @property
    def clock(self) -> Clock:
        return _EndsAtNegativeSleep(self.inner.clock)


class InWithBlock(WrappedDevice):
    def __exit__(self, *_: object) -> None:
        self.inner.close()
        sys.exit(0)


class _EndingProbe(WrappedProbe):
    def read(self) -> Reading:
        sys.exit(0)


class InRead(WrappedDevice):
    def probe(self, layer: int = 0, *, neurons: npt.ArrayLike | None = None) -> NeuronProbe:
        return _EndingProbe(self.inner.probe(layer, neurons=neurons))


class Everywhere(InSecondClose, InSleep, InWithBlock, InDeploy, InTick):
    """In every place at once where the suite goes on after what it asked for."""


def _end(*_: object, **__: object) -> NoReturn:
    sys.exit(0)


class QuitsIn(WrappedMock):
    """Ends the program when one of its own members is asked for, or called, by that name."""

    def __init__(self, place: str, *, called: bool = True) -> None:
        super().__init__()
        kind = type(self)
        end: Callable[..., NoReturn] | property = _end if called else property(_end)
        self.__class__ = type(kind.__name__, (kind,), {place: end})
