"""The counter that stamps events, as scripts hold it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speckhal.contract.warn import warn_user
from speckhal_mock.pybind.arguments import flag

if TYPE_CHECKING:
    from speckhal_mock.sdk.session import Session


class StopWatch:
    """Counts microseconds on the board while it runs; a stopped one keeps its value."""

    __module__ = "samna.unifirm.timestamp"
    __slots__ = ("__weakref__", "_session")

    def __init__(self, session: Session) -> None:
        self._session = session

    def start(self, reset: object = True) -> None:
        """Let it count, from 0 unless `reset` is False."""
        self._session.board.stop_watch.start(reset=flag(reset, "start"))

    def stop(self) -> None:
        """Freeze it at the value it has."""
        self._session.board.stop_watch.stop()

    def reset(self) -> None:
        """Set it to 0; one that runs counts on from there."""
        self._session.board.stop_watch.reset()

    def set_enable_value(self, arg0: object, /) -> None:
        """Start it from 0, or stop it and set it to 0. Deprecated."""
        warn_user(
            "StopWatch.set_enable_value is deprecated, use start and stop instead.",
            DeprecationWarning,
        )
        watch = self._session.board.stop_watch
        if flag(arg0, "set_enable_value"):
            watch.start()
        else:
            watch.stop()
            watch.reset()

    def set_base_period(self, arg0: object, /) -> None:
        """Refuse: a stop watch that counts anything but microseconds is not emulated."""
        self._session.refuse(
            f"set_base_period({arg0})", "A stop watch that counts anything but microseconds"
        )
