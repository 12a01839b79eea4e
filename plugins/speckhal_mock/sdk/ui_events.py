"""What programs give to a window to show, of which nothing is shown: the names of `samna.ui`.

The vendor's reference does not have this module. That its classes exist is known from sinabs and
from users' programs, and so are the first arguments of some; any are taken here.
"""

from __future__ import annotations

from speckhal_mock.sdk.windows import mention_windows

__all__ = [
    "ActivityPlotConfiguration",
    "Event",
    "PowerMeasurementPlotConfiguration",
    "ReadoutPlotConfiguration",
    "SpikeCountPlotConfiguration",
    "VisualizerConfiguration",
]


class Event:
    """What goes to a window. It keeps what it was made with, by name, and what is set on it."""

    __module__ = "samna.ui"

    def __init__(self, *_arguments: object, **members: object) -> None:
        mention_windows(f"samna.ui.{type(self).__name__}")
        vars(self).update(members)


class ActivityPlotConfiguration(Event):
    """A plot of where events come from, such as those of the sensor."""

    __module__ = "samna.ui"


class PowerMeasurementPlotConfiguration(Event):
    """A plot of what a board's supplies consume."""

    __module__ = "samna.ui"


class ReadoutPlotConfiguration(Event):
    """A picture for each class."""

    __module__ = "samna.ui"


class SpikeCountPlotConfiguration(Event):
    """A plot of spikes per feature and interval."""

    __module__ = "samna.ui"


class VisualizerConfiguration(Event):
    """A window with all its plots."""

    __module__ = "samna.ui"
