"""What every opened device has, whatever it can do: what it is, and its life until it is closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speckhal.contract.capability_protocols import declared_by
from speckhal.contract.device import Device
from speckhal.opened.device_state import DeviceState
from speckhal.opened.observers import Observers
from speckhal.system.interrupts import is_interrupt

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType
    from typing import NoReturn

    from typing_extensions import Self

    from speckhal.contract.capabilities import Capability
    from speckhal.contract.clock import Clock
    from speckhal.contract.device import DeviceInfo
    from speckhal.opened.described_layers import MakeNetwork


class HeldDevice(Device):
    """The device of a plugin in the hands of a user, from opening to closing.

    Each ability inherits from this, a class in a file of its own, and `speckhal.OpenDevice` is all
    of them together. It says what the arguments are.
    """

    def __init__(
        self,
        raw: Device,
        *,
        observers: Observers | None = None,
        make_network: MakeNetwork | None = None,
        selection: str = "",
        options: Mapping[str, object] | None = None,
    ) -> None:
        self.raw = raw
        """The device of the plugin: what it is asked is neither checked nor published."""
        self.selection = selection
        """What opened it, as `backend:target`; empty where nobody knows."""
        self.options = dict(options or {})
        """What it was opened with, as plain data."""
        self._make_network = make_network
        self._state = DeviceState(raw, observers or Observers())

    @property
    def info(self) -> DeviceInfo:
        return self.raw.info

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What it can do: what its plugin declares and has implemented."""
        return declared_by(self.raw)

    @property
    def clock(self) -> Clock:
        return self.raw.clock

    @property
    def is_open(self) -> bool:
        """Whether it may be used: by the process that opened it, and until it is closed."""
        return self._state.is_open

    def close(self) -> None:
        self._state.close()

    def __enter__(self) -> Self:
        self._state.refuse_if_closed("be used in a with statement")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> None:
        try:
            self.close()
        except Exception as failure:
            # what ended the block matters more than what goes wrong while closing
            if error is None or is_interrupt(failure):
                raise

    def __repr__(self) -> str:
        state = "open" if self.is_open else "closed"
        return f"<{type(self).__name__} {self.info.board} of {self.info.backend!r}, {state}>"

    if not TYPE_CHECKING:  # else a type checker would believe that every name exists

        def __getattr__(self, name: str) -> object:
            """What the device of the plugin has besides, as it is."""
            if name.startswith("_") or name == "raw":
                raise AttributeError(f"{type(self).__name__!r} has no attribute {name!r}")
            return getattr(self.raw, name)

    def __reduce__(self) -> NoReturn:
        """Refuse to be copied, or pickled for another process."""
        raise TypeError(
            f"Asked to copy or pickle {self!r}, and a device belongs to the process that opened it "
            "and is the only one of its board. Pass on what opens it, such as 'mock', and open it "
            "where it is used."
        )
