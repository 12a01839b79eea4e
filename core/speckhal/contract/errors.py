"""Every error that speckhal raises, in one tree.

A message says what was asked and what is true; the hint says what would work. Catch
`SpeckhalError` to catch them all. The vendor's own exception, if there was one, is the
`__cause__`.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from speckhal.contract.capabilities import Capability
    from speckhal.contract.reading import Trace


class SpeckhalError(Exception):
    """Something that was asked for cannot be done.

    Args:
        message: what was asked and what is true, as whole sentences.
        hint: what would work, as whole sentences.

    Attributes:
        trace: what `measure_leak` had read when this ended it; None for all other errors.
        run: the `speckhal.Run` that `run_leak` had gathered when this ended it, or the
            `speckhal.SpikeRun` of `run_spikes`; None for all other errors.
    """

    trace: Trace | None = None
    run: Any = None  # a Run, whose floor is above this one

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return self.message if self.hint is None else f"{self.message} {self.hint}"


class BackendError(SpeckhalError):
    """No backend has that name, or it is disabled."""


class BackendNotFound(BackendError):
    """No installed distribution offers a backend of that name."""


class BackendDisabled(BackendError):
    """The backend is installed, and `SPECKHAL_DISABLE_PLUGINS` names it."""


class BackendAmbiguous(BackendError):
    """Two or more distributions offer a backend of that name."""


class BackendBroken(BackendError):
    """The backend is installed, and importing it or asking it what it offers failed."""


class BackendIncompatible(BackendError):
    """The backend was written for another version of the plugin API."""


class VendorUnavailable(SpeckhalError):
    """The vendor's SDK is absent, is only the bootstrap from PyPI, or is an emulation."""


class DeviceError(SpeckhalError):
    """A board could not be found, opened or used."""


class DeviceNotFound(DeviceError):
    """No such board exists, or none is plugged in."""


class DeviceBusy(DeviceError):
    """The board is open already.

    Attributes:
        in_this_process: whether this process has it open; None where that is not known.
    """

    def __init__(
        self, message: str, *, hint: str | None = None, in_this_process: bool | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.in_this_process = in_this_process


class DeviceClosed(DeviceError):
    """The device was used after `close()`."""


class DeviceFailed(DeviceError):
    """The board, or the vendor's SDK, failed in the middle of an operation."""


class CapabilityUnsupported(DeviceError):
    """The backend does not declare what was asked for.

    Attributes:
        capability: what is not declared; None where it is not one of a device's capabilities.
    """

    def __init__(
        self, message: str, *, capability: Capability | None = None, hint: str | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.capability = capability


class ProbeIncomplete(DeviceError):
    """A read did not get every answer exactly once.

    Attributes:
        requested: neurons asked for.
        answered: neurons that answered exactly once.
    """

    def __init__(
        self, message: str, *, requested: int, answered: int, hint: str | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.requested = requested
        self.answered = answered

    def __reduce__(
        self,
    ) -> tuple[Callable[[str], ProbeIncomplete], tuple[str], dict[str, object]]:
        """Let the error travel between processes: it cannot be made of its message alone."""
        make = functools.partial(type(self), requested=self.requested, answered=self.answered)
        return make, (self.message,), self.__dict__


class StimulationUnfinished(DeviceFailed):
    """A stimulation did not end: spikes go round in a loop, or a core waits for itself.

    Attributes:
        spikes: the `speckhal.Spikes` of the monitored layers until then.
    """

    def __init__(self, message: str, *, spikes: Any, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.spikes = spikes  # not typed: the file of `Spikes` stands above this one

    def __reduce__(
        self,
    ) -> tuple[Callable[[str], StimulationUnfinished], tuple[str], dict[str, object]]:
        """Let the error travel between processes: it cannot be made of its message alone."""
        return functools.partial(type(self), spikes=self.spikes), (self.message,), self.__dict__


class NotEmulated(DeviceError):
    """The emulated board does not do this yet; a real board does."""


class NotRecorded(DeviceError):
    """A record that is replayed cannot answer this; its message names the nearest that it can."""


class ConfigurationError(SpeckhalError):
    """A value is outside what the chip can do."""


class NetworkError(SpeckhalError):
    """A network cannot be placed on the chip as it is."""


class NetworkDoesNotFit(NetworkError):
    """A layer needs more memory than any core of the chip, or any core left, has."""


class NetworkDoesNotLeak(NetworkError):
    """Leak was asked for, and the network's biases would do nothing on the chip."""


class LayerNotFound(NetworkError):
    """The deployed network has no such layer."""


class InputError(SpeckhalError):
    """A file, a name or an option from the user cannot be used."""
