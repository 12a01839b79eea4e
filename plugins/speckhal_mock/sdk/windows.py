"""Says, once in a process, that nobody will see the windows that a program opens."""

from __future__ import annotations

from speckhal.contract.warn import warn_user
from speckhal_mock.emulation.errors import EmulationWarning

_said: list[str] = []
"""What stood in the way first; a forked process knows what its parent had heard."""


def mention_windows(what: str) -> None:
    """Warn, if nobody has been warned yet, that `what` shows nothing."""
    if not _said:
        _said.append(what)
        warn_user(
            f"{what} is a stand-in that shows nothing: windows and plots of the visualizer are not "
            f"emulated. Everything else goes on as it would.",
            EmulationWarning,
        )
