"""What an entry point offers: a small description that can open devices.

What a refusal contains is said at the top of `speckhal.contract.device`, and holds here too.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Protocol, cast

import attrs

from speckhal.contract.capabilities import Capability

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    import numpy.typing as npt

    from speckhal.contract.address import Shape
    from speckhal.contract.chip import ChipFacts
    from speckhal.contract.deployment import Deployment
    from speckhal.contract.device import Device
    from speckhal.contract.leak_config import LeakConfig
    from speckhal.contract.network_spec import ExampleNetwork, LayerSpec

API_VERSION = 1
"""Version of the Protocols `Backend`, `Device`, `NeuronProbe` and `LeakConfig`.

It grows when a plugin must change to keep working. What comes without that, in a minor version of
speckhal, is only ever added: hooks that a plugin may leave out, arguments that a hook
implementation may leave out, and capabilities, each with a Protocol of its own, that it need not
declare. So a plugin that was built against an older minor version keeps working.
"""

OLDEST_API_VERSION = 1
"""The oldest version that this speckhal still takes; it is never more than one below the newest."""


@attrs.frozen
class Target:
    """A board that a backend can open, by the name behind the colon in `backend:target`."""

    name: str
    summary: str


class Backend(Protocol):
    """A small description. Making or asking it imports neither torch, sinabs nor a vendor's SDK."""

    @property
    def name(self) -> str:
        """The name before the colon in `backend[:target]`, as users type it."""

    @property
    def api_version(self) -> int:
        """The `API_VERSION` it was written for."""

    @property
    def summary(self) -> str:
        """What it is, in one line, for `speckhal list`."""

    @property
    def emulated(self) -> bool:
        """Whether its devices are emulations rather than hardware."""

    @property
    def targets(self) -> Sequence[Target]:
        """Boards it can open; the first is what a bare name opens."""

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What its devices can do beyond what every device can, by name."""

    def chip(self, target: str | None = None) -> ChipFacts:
        """Facts of the chip on that board.

        Raises:
            DeviceNotFound: it has no such target.
        """

    def open(
        self, target: str | None = None, options: Mapping[str, object] | None = None
    ) -> Device:
        """Open a board.

        Args:
            target: the part behind the colon in `backend:target`; None for the first one.
            options: of this backend; an unknown one is an error.

        Raises:
            DeviceNotFound: there is no such board, or none is plugged in.
            DeviceBusy: it is open already.
            DeviceFailed: it cannot be opened.
            InputError: an option is unknown or has a wrong value.
            VendorUnavailable: the vendor's SDK is absent, or cannot be used.
        """

    def example(self, layers: Sequence[LayerSpec] = ()) -> ExampleNetwork:
        """A network to try a board with.

        Args:
            layers: what it is to be like, from its input on; empty for a small one that leaks.
                What the chip cannot have is made all the same, for `Device.deploy` to refuse.

        Raises:
            VendorUnavailable: what the backend makes networks with is not installed.
        """


@attrs.frozen
class BoardDescription:
    """What one board of a backend can do.

    Attributes:
        capabilities: of the device that opening it gives.
        emulated: whether it is an emulation rather than hardware.
        recorded: whether it only gives what was recorded before, on hardware or an emulation.
    """

    capabilities: frozenset[Capability]
    emulated: bool
    recorded: bool = False


class DescribesBoards(Protocol):
    """A backend whose boards are not all alike. It may leave this out; ask by the functions below.

    `Backend.capabilities` are then what any of its boards can do, and `Backend.emulated` says
    whether all are emulations.
    """

    def describe(self, target: str | None = None) -> BoardDescription:
        """What that board can do; it is not opened.

        Raises:
            DeviceNotFound: there is no such target.
        """


def describe_board(backend: Backend, target: str | None = None) -> BoardDescription:
    """What a board of the backend can do; that of all its boards, where it does not distinguish.

    Args:
        backend: any.
        target: the part behind the colon in `backend:target`; None for the first one.

    Raises:
        DeviceNotFound: the backend distinguishes boards, and has no such target.
    """
    describe: Callable[[str | None], BoardDescription] | None = getattr(backend, "describe", None)
    if describe is None:
        return BoardDescription(frozenset(backend.capabilities), backend.emulated)
    return describe(target)


def capabilities_of(backend: Backend, target: str | None = None) -> frozenset[Capability]:
    """What a board of the backend can do; see `describe_board`."""
    return describe_board(backend, target).capabilities


def is_emulated(backend: Backend, target: str | None = None) -> bool:
    """Whether a board of the backend is an emulation; see `describe_board`."""
    return describe_board(backend, target).emulated


class PreviewsWithoutBoard(Protocol):
    """A backend that declares `Capability.PREVIEW`; ask for it by `preview_without_board`."""

    def preview(
        self,
        network: object,
        *,
        input_shape: Shape,
        target: str | None = None,
        leak: LeakConfig | None = None,
        biases: Mapping[int, npt.ArrayLike] | None = None,
    ) -> Deployment:
        """What deploying the network to that board would return; no board is needed.

        Args:
            network: as for `Device.deploy`.
            input_shape: as for `Device.deploy`.
            target: the part behind the colon in `backend:target`; None for the first one.
            leak: as for `Device.deploy`.
            biases: as for `Device.deploy`.

        Raises:
            DeviceNotFound: there is no such target.
            NetworkError: as for `Device.deploy`.
            VendorUnavailable: what the backend needs to read networks is not installed.
        """


def preview_without_board(
    backend: Backend, target: str | None = None
) -> PreviewsWithoutBoard | None:
    """The backend, if it previews networks for that board; None if it needs an open device.

    What a wrapper only passes on by `__getattr__` does not count.

    Args:
        backend: any.
        target: the part behind the colon in `backend:target`; None for the first one.

    Raises:
        DeviceNotFound: the backend distinguishes boards, and has no such target.
    """
    has_it = inspect.getattr_static(backend, "preview", None) is not None
    if not has_it or Capability.PREVIEW not in capabilities_of(backend, target):
        return None
    return cast("PreviewsWithoutBoard", backend)


class Emulator(Protocol):
    """Runs a script written for the vendor's SDK on emulated boards."""

    def run_script(
        self, script: Path, arguments: Sequence[str], *, boards: Sequence[str], realtime: bool
    ) -> None:
        """Run an unmodified script as `__main__`.

        Args:
            script: a Python file.
            arguments: what it finds in `sys.argv[1:]`.
            boards: the vendor's names of the boards that are plugged in; empty for one of each.
            realtime: let emulated time keep to the wall's instead of running ahead.

        Raises:
            InputError: the script does not exist or a board is unknown.
        """


class DeskEmulator(Emulator, Protocol):
    """An emulator that lends its boards to whatever runs in this process.

    `speckhal emulate` needs this for notebooks, modules, options and profiles, and lets scripts
    end as under Python with it. An emulator may leave it out.
    """

    def desk(
        self, *, boards: Sequence[str], realtime: bool, options: Mapping[str, object]
    ) -> AbstractContextManager[None]:
        """In the body, `import samna` gives the emulated one, and the boards are plugged in.

        Args:
            boards: as for `run_script`.
            realtime: as for `run_script`.
            options: how the boards behave, as `Backend.open` takes them, but from a command line:
                a value is a text, a number, a truth value, None, or a list of these.

        Raises:
            InputError: a board or an option is unknown, or an option has a wrong value.
        """
