"""Which cores of a chip can keep each other busy for ever, and whether they seem to do it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from speckhal.contract.warn import warn_user
from speckhal_mock.emulation.errors import EmulationWarning

if TYPE_CHECKING:
    from collections.abc import Callable

    from speckhal_mock.emulation.chip import EmulatedChip


EVENTS_OF_A_CIRCLE: Final = 1 << 20
"""As many events without anything from outside are taken for a sign that they may never end."""


class CircleWatch:
    """Notices that cores keep each other busy long after anything last came from outside.

    Args:
        chip: whose cores.
        went_round: called with these cores, as often as it is noticed.
    """

    def __init__(self, chip: EmulatedChip, went_round: Callable[[tuple[int, ...]], None]) -> None:
        self._cores = circle_of(chip)
        self._went_round = went_round
        self._events_at_input = 0

    def note_input(self, events: int) -> None:
        """Note that something has come from outside after that many events."""
        self._events_at_input = events

    def look(self, events: int, begun: int) -> None:
        """Look at how many events there were, and at how many when time last went on."""
        takes_time = events - begun < EVENTS_OF_A_CIRCLE  # one that takes none is an error
        if self._cores and takes_time and events - self._events_at_input > EVENTS_OF_A_CIRCLE:
            self._went_round(self._cores)


def circle_of(chip: EmulatedChip) -> tuple[int, ...]:
    """Cores whose spikes can come back to them, over other cores or at once."""
    leads_to = {
        core.index: {to.layer for to in core.config.destinations}
        for core in chip.cores
        if core.config is not None
    }
    for via, from_there in leads_to.items():
        for reached in leads_to.values():
            if via in reached:
                reached.update(from_there)
    return tuple(core for core, reached in leads_to.items() if core in reached)


def warn_of_circle(cores: tuple[int, ...]) -> None:
    """Let users know why spikes of these cores may not end."""
    warn_user(
        f"Spikes go round in a circle of cores ({', '.join(map(str, cores))}): more than a million "
        f"events since anything last came from outside. They may go on for ever, and a program "
        f"that reads until nothing more comes then never ends. End it by a time or a number of "
        f"events, monitor fewer cores, since each of their spikes becomes an object, or raise "
        f"thresholds until the circle falls silent.",
        EmulationWarning,
    )
