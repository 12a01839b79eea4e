"""Which cores of a chip can keep each other busy for ever."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speckhal.contract.warn import warn_user
from speckhal_mock.emulation.errors import EmulationWarning

if TYPE_CHECKING:
    from speckhal_mock.emulation.chip import EmulatedChip


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
