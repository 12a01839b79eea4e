"""What a configuration may ask for that the emulated chip does not have. None of it is ignored.

Refused is what would give other events than a chip gives. What makes no difference is taken, with
one warning for each board: the sensor sees a scene that stands still, so that whoever waits for its
events, behind whatever pre-processing, rightly gets none.
"""

from __future__ import annotations

import functools
import weakref
from typing import TYPE_CHECKING, Final

from speckhal.contract.warn import warn_user
from speckhal_mock.emulation.errors import EmulationWarning, NotEmulatedError
from speckhal_mock.emulation.options import how_to_give
from speckhal_mock.emulation.readout import READOUT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from speckhal_mock.emulation.board import EmulatedBoard
    from speckhal_mock.sdk.configurations import SpeckConfiguration

_SENSOR_MONITORS: Final = ("dvs_layer.monitor_enable", "dvs_layer.raw_monitor_enable")
_WITHOUT_EFFECT: Final = {
    "factory_config.fast_output": "output takes no time",
    "factory_config.monitor_dual_channel": "output takes no time",
}
_WITHOUT_EFFECT_ON_CORES: Final = {
    "input_congestion_balancer_enable": "no input spikes come",
    "output_decimator_enable": "the core does not spike",
}

_INTERNAL_CLOCKS: Final = ("dvs_filter", "readout")
"""What can count the internal slow clock besides the leak, which has a warning of its own."""

_STANDS_STILL: Final = (
    "No event of the sensor will come. Say that this is meant with "
    f"{how_to_give('dvs_event_rate_hz', 0)}. "
)

_mentioned: Final[weakref.WeakKeyDictionary[EmulatedBoard, set[str]]] = weakref.WeakKeyDictionary()
"""What a board's programs were warned of."""


def check_emulated(configuration: SpeckConfiguration, board: EmulatedBoard) -> None:
    """Refuse what the host would see the lack of, and warn once of what has no effect.

    Raises:
        NotEmulatedError: the host or a core would get events that the emulation cannot make.
    """
    reasons = [*_missing_events(configuration)]
    if board.sees_motion:
        reasons += [*_into_cores(configuration)]
    if reasons:
        raise NotEmulatedError(
            f"The configuration asks for what is not emulated: {'; '.join(reasons)}."
        )
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


def _into_cores(configuration: SpeckConfiguration) -> Iterator[str]:
    """Where events of the sensor, which come, cannot be followed, and what to do."""
    dvs = configuration.dvs_layer
    for number, destination in enumerate(dvs.destinations):
        if dvs.pass_sensor_events and destination.enable and destination.layer != READOUT:
            yield (
                f"events of the sensor in core {destination.layer} (leave "
                f"dvs_layer.destinations[{number}].enable or pass_sensor_events False, or the "
                f"scene still)"
            )


def _missing_events(configuration: SpeckConfiguration) -> Iterator[str]:
    """What is not emulated and would be missed, each with what to do."""
    for index, core in enumerate(configuration.cnn_layers):
        if core.output_decimator_enable and core.leak_enable:
            yield (
                f"thinned out spikes of core {index}, and the output decimator is not emulated "
                f"(leave output_decimator_enable False)"
            )


def _idle(configuration: SpeckConfiguration, board: EmulatedBoard) -> Iterator[tuple[str, str]]:
    """What is switched on without effect and is news, each with the reason."""
    for switch, reason in _WITHOUT_EFFECT.items():
        if is_on(configuration, switch) and is_news(board, switch):
            yield switch, reason
    for index, core in enumerate(configuration.cnn_layers):
        for member, reason in _WITHOUT_EFFECT_ON_CORES.items():
            if is_on(core, member) and is_news(board, switch := f"cnn_layers[{index}].{member}"):
                yield switch, reason


def is_on(part: object, path: str) -> bool:
    """Whether a switch is on; the vendor's own objects need not have each of them."""
    return bool(
        functools.reduce(lambda inner, name: getattr(inner, name, False), path.split("."), part)
    )
