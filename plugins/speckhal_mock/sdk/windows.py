"""What programs give to a window to show, of which nothing is shown: the names of `samna.ui`.

The vendor's reference does not have this module. That its classes exist is known from sinabs and
from users' programs, and so are the first arguments of some; any are taken here.
"""

from __future__ import annotations

from speckhal.contract.warn import warn_user
from speckhal_mock.emulation.errors import EmulationWarning

__all__ = [
    "ActivityPlotConfiguration",
    "Event",
    "PowerMeasurementPlotConfiguration",
    "ReadoutPlotConfiguration",
    "SpikeCountPlotConfiguration",
    "VisualizerConfiguration",
]

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


class Event:
    """What goes to a window. It keeps what it was made with, by name, and what is set on it."""

    __module__ = "samna.ui"

    def __init__(self, *_arguments: object, **members: object) -> None:
        mention_windows(f"samna.ui.{type(self).__name__}")
        vars(self).update(members)


def _event(name: str, doc: str) -> type[Event]:
    """The class of that name."""
    return type(name, (Event,), {"__module__": "samna.ui", "__doc__": doc})


ActivityPlotConfiguration = _event(
    "ActivityPlotConfiguration", "A plot of where events come from, such as those of the sensor."
)
PowerMeasurementPlotConfiguration = _event(
    "PowerMeasurementPlotConfiguration", "A plot of what a board's supplies consume."
)
ReadoutPlotConfiguration = _event("ReadoutPlotConfiguration", "A picture for each class.")
SpikeCountPlotConfiguration = _event(
    "SpikeCountPlotConfiguration", "A plot of spikes per feature and interval."
)
VisualizerConfiguration = _event("VisualizerConfiguration", "A window with all its plots.")
