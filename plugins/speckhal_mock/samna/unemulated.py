"""What a configuration may ask for that the emulated chip does not have. None of it is ignored."""

from __future__ import annotations

import functools
import warnings
from typing import TYPE_CHECKING, Final

from speckhal_mock.emulation.errors import EmulationWarning, NotEmulatedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from speckhal_mock.samna.readable import Configuration

_READOUT_MONITORS: Final = ("readout.monitor_enable", "readout.readout_pin_monitor_enable")
_SENSOR_MONITORS: Final = ("dvs_layer.monitor_enable", "dvs_layer.raw_monitor_enable")
_WITHOUT_EFFECT: Final = {
    "readout.enable": "nothing of the readout comes out",
    "dvs_filter.enable": "no event of the sensor comes that far",
    "factory_config.fast_output": "output takes no time",
    "factory_config.monitor_dual_channel": "output takes no time",
}
_WITHOUT_EFFECT_ON_CORES: Final = {"input_congestion_balancer_enable": "no input spikes come"}


def check_emulated(configuration: Configuration) -> None:
    """Refuse what the host would see the lack of, and warn of what has no effect.

    Call it from what `apply_configuration` calls: the warning names the line behind that.

    Raises:
        NotEmulatedError: the host or a core would get events that the emulation cannot make.
    """
    reasons = [*_missing_events(configuration)]
    if reasons:
        raise NotEmulatedError(
            f"The configuration asks for what is not emulated: {'; '.join(reasons)}."
        )
    idle = [*_idle(configuration)]
    if idle:
        warnings.warn(
            f"The configuration switches on what is not emulated: {'; '.join(idle)}. Leak, and "
            f"what is read, are as they would be with it.",
            EmulationWarning,
            stacklevel=4,
        )


def _missing_events(configuration: Configuration) -> Iterator[str]:
    """What cannot be had and would be missed, each with what to do."""
    for monitor in _READOUT_MONITORS:
        if _is_on(configuration, monitor):
            yield f"events of the readout block (leave {monitor} False)"
    dvs = configuration.dvs_layer
    if dvs.pass_sensor_events:
        for monitor in _SENSOR_MONITORS:
            if _is_on(configuration, monitor):
                yield f"events of the sensor (leave {monitor} or pass_sensor_events False)"
        for target in (to.layer for to in dvs.destinations if to.enable):
            yield f"events of the sensor on core {target} (leave pass_sensor_events False)"
    for index, core in enumerate(configuration.cnn_layers):
        if core.output_decimator_enable:
            yield (
                f"thinned out spikes of core {index}, and the output decimator is not emulated "
                f"(leave output_decimator_enable False)"
            )


def _idle(configuration: Configuration) -> Iterator[str]:
    """What is switched on without effect, each with the reason."""
    for switch, reason in _WITHOUT_EFFECT.items():
        if _is_on(configuration, switch):
            yield f"{switch} ({reason})"
    for index, core in enumerate(configuration.cnn_layers):
        for switch, reason in _WITHOUT_EFFECT_ON_CORES.items():
            if _is_on(core, switch):
                yield f"cnn_layers[{index}].{switch} ({reason})"


def _is_on(part: object, path: str) -> bool:
    """Whether a switch is on; the vendor's own objects need not have each of them."""
    return bool(
        functools.reduce(lambda inner, name: getattr(inner, name, False), path.split("."), part)
    )
