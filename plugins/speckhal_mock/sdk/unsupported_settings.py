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
from speckhal_mock.sdk.route_checks import READOUT, pair

if TYPE_CHECKING:
    from collections.abc import Iterator

    from speckhal_mock.emulation.board import EmulatedBoard
    from speckhal_mock.sdk.configurations import SpeckConfiguration

_SENSOR_MONITORS: Final = ("dvs_layer.monitor_enable", "dvs_layer.raw_monitor_enable")
_WITHOUT_EFFECT: Final = {
    "readout.enable": "nothing of the readout comes out",
    "readout.readout_pin_monitor_enable": "no spike reaches the readout, so no pin changes",
    "dvs_filter.enable": "no event of the sensor comes that far",
    "factory_config.fast_output": "output takes no time",
    "factory_config.monitor_dual_channel": "output takes no time",
}
_WITHOUT_EFFECT_ON_CORES: Final = {
    "input_congestion_balancer_enable": "no input spikes come",
    "output_decimator_enable": "the core does not spike",
}

_PERIODIC_PINS: Final = ("readout_pin_monitor_enable", "override_threshold_max")

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
    events_hz = board.options.dvs_event_rate_hz
    reasons = [*_missing_events(configuration)]
    wanted = [*_wants_of_the_sensor(configuration)]
    if events_hz:
        reasons += [
            f"events of the sensor, of which dvs_event_rate_hz lets {events_hz} come each second, "
            f"{where} (leave {switch} as it comes or pass_sensor_events False, or the option "
            f"dvs_event_rate_hz at 0)"
            for switch, where in _beyond_the_sensor(configuration)
        ]
    if reasons:
        raise NotEmulatedError(
            f"The configuration asks for what is not emulated: {'; '.join(reasons)}."
        )
    idle = [f"{switch} ({reason})" for switch, reason in _idle(configuration, board)]
    if events_hz is None and wanted and is_news(board, "the sensor"):
        idle = [f"{', '.join(wanted)} (the sensor sees a scene that stands still)", *idle]
    if idle:
        warn_user(
            f"The configuration switches on what is not emulated: {'; '.join(idle)}. "
            f"{_STANDS_STILL if wanted and events_hz is None else ''}Leak, and what is read, are "
            f"as they would be with it.",
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


def _beyond_the_sensor(configuration: SpeckConfiguration) -> Iterator[tuple[str, str]]:
    """Where events of the sensor, if they come, cannot be followed, and what lets them go there."""
    dvs = configuration.dvs_layer
    if not dvs.pass_sensor_events:
        return
    for number, destination in enumerate(dvs.destinations):
        if destination.enable:
            target = "the readout" if destination.layer == READOUT else f"core {destination.layer}"
            yield f"dvs_layer.destinations[{number}].enable", f"in {target}"
    if dvs.monitor_enable:
        for switch, stands_there in (
            ("dvs_layer.pooling", pair(dvs.pooling) != (1, 1)),
            ("dvs_layer.merge", dvs.merge),
            ("dvs_filter.enable", is_on(configuration, "dvs_filter.enable")),
        ):
            if stands_there:
                yield switch, f"behind {switch}"


def _missing_events(configuration: SpeckConfiguration) -> Iterator[str]:
    """What is not emulated and would be missed, each with what to do."""
    if is_on(configuration, "readout.monitor_enable"):
        yield "events of the readout block (leave readout.monitor_enable False)"
    if all(is_on(configuration, f"readout.{switch}") for switch in _PERIODIC_PINS):
        yield (
            "events of the readout's pins in each period of its clock (leave "
            "readout.readout_pin_monitor_enable False)"
        )
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
