"""What a configuration may ask for that makes no difference here: taken, with one warning a board.

The sensor sees a scene that stands still, unless somebody gives it another one, so that whoever
waits for its events, behind whatever pre-processing, rightly gets none.
"""

from __future__ import annotations

import functools
import weakref
from typing import TYPE_CHECKING, Final

from speckhal.contract.warn import warn_user
from speckhal_mock.emulation.errors import EmulationWarning
from speckhal_mock.emulation.options import how_to_give

if TYPE_CHECKING:
    from collections.abc import Iterator

    from speckhal_mock.emulation.board import EmulatedBoard
    from speckhal_mock.sdk.configurations import SpeckConfiguration

_SENSOR_MONITORS: Final = ("dvs_layer.monitor_enable", "dvs_layer.raw_monitor_enable")
_WITHOUT_EFFECT: Final = {
    "factory_config.fast_output": "output takes no time",
    "factory_config.monitor_dual_channel": "output takes no time",
}

_INTERNAL_CLOCKS: Final = ("dvs_filter", "readout")
"""What can count the internal slow clock besides the leak, which has a warning of its own."""

_STANDS_STILL: Final = (
    "No event of the sensor will come (those that a host sends do). Say that this is meant with "
    f"{how_to_give('dvs_event_rate_hz', 0)}, or show it recorded events with dvs_scene. "
)

_mentioned: Final[weakref.WeakKeyDictionary[EmulatedBoard, set[str]]] = weakref.WeakKeyDictionary()
"""What a board's programs were warned of."""


def warn_of_idle(configuration: SpeckConfiguration, board: EmulatedBoard) -> None:
    """Warn, once for each board, of what has no effect."""
    wanted = [] if board.scene_is_given else [*_wants_of_the_sensor(configuration)]
    idle = [f"{switch} ({reason})" for switch, reason in _idle(configuration, board)]
    if wanted and is_news(board, "the sensor"):
        idle = [f"{', '.join(wanted)} (the sensor sees a scene that stands still)", *idle]
    if idle:
        warn_user(
            f"The configuration switches on what is not emulated: {'; '.join(idle)}. "
            f"{_STANDS_STILL if wanted else ''}Leak, and what is read, are as they would be with "
            f"it.",
            EmulationWarning,
        )


def warn_of_unheard_scene(configuration: SpeckConfiguration, board: EmulatedBoard) -> None:
    """Warn, once for each board, that a recording begins while no graph listens to the board."""
    if board.options.dvs_scene is not None and any(_wants_of_the_sensor(configuration)):
        mention(
            board,
            "the recording",
            "The recording that the sensor sees (dvs_scene) begins with this configuration, and "
            "nobody listens to the board yet: what comes before a graph is started is lost, as on "
            "a board. Start graphs first or, where sinabs' `to` does that, about 1.1 s after this, "
            "let the recording begin later: add 1,200,000 us to all its times t.",
        )


def mention(board: EmulatedBoard, subject: str, message: str) -> None:
    """Warn of something without effect, if the board's programs were not yet warned of it."""
    if is_news(board, subject):
        warn_user(message, EmulationWarning)


def is_news(board: EmulatedBoard, subject: str) -> bool:
    """Whether this is the first time that the board's programs are to hear of it."""
    known = _mentioned.setdefault(board, set())
    news = subject not in known
    known.add(subject)
    return news


def _wants_of_the_sensor(configuration: SpeckConfiguration) -> Iterator[str]:
    """What would get the sensor's events, if any came."""
    dvs = configuration.dvs_layer
    if dvs.pass_sensor_events:
        yield from (monitor for monitor in _SENSOR_MONITORS if is_on(configuration, monitor))
        for number, destination in enumerate(dvs.destinations):
            if destination.enable:
                yield f"dvs_layer.destinations[{number}].enable"
        for part in _INTERNAL_CLOCKS:
            if is_on(configuration, f"{part}.enable") and is_on(
                configuration, f"{part}.internal_slow_clk"
            ):
                yield f"{part}.internal_slow_clk"


def _idle(configuration: SpeckConfiguration, board: EmulatedBoard) -> Iterator[tuple[str, str]]:
    """What is switched on without effect and is news, each with the reason."""
    for switch, reason in _WITHOUT_EFFECT.items():
        if is_on(configuration, switch) and is_news(board, switch):
            yield switch, reason


def is_on(part: object, path: str) -> bool:
    """Whether a switch is on; the vendor's own objects need not have each of them."""
    return bool(
        functools.reduce(lambda inner, name: getattr(inner, name, False), path.split("."), part)
    )
