"""From the profile of a measured board to options of the emulation that behave like it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, get_args

import attrs

from speckhal.contract.address import AddressLayout
from speckhal.contract.characterise import Comparison
from speckhal.contract.facts import Range
from speckhal.contract.warn import warn_user
from speckhal_characterise.rates import REACH_HZ
from speckhal_characterise.results import ASSUMED
from speckhal_mock.emulation import options as emulation
from speckhal_mock.emulation.errors import EmulationWarning
from speckhal_mock.emulation.options import FASTEST_RATE_HZ, EmulationOptions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from speckhal.contract.characterise import Result
    from speckhal.runs.profile import Profile

NOT_MEASURED: Final[Mapping[str, str]] = {
    "chip_survives_close": "The driver stops the chip's own slow clock before it closes a board, "
    "and writes all states anew when it deploys: nothing that it does depends on this.",
    "dvs_event_rate_hz": "What the sensor sees is a matter of the scene and not of the board.",
    "errata": "It warns, and changes nothing that could be measured.",
}
"""Options of which no measurement is made, and why."""

_FOLLOWS: Final = frozenset({"ticks_before_rate"})
"""Results that no option gives and that follow from others: from the rate at first, and from
what a command costs."""

_CHOICES: Final[Mapping[str, tuple[object, ...]]] = {
    "overflow": get_args(emulation.Overflow),
    "below_threshold_low": get_args(emulation.BelowThresholdLow),
    "first_tick": get_args(emulation.FirstTick),
    "mixed_leak_sources": get_args(emulation.LeakSource),
}


def options_of(profile: Profile) -> dict[str, object]:
    """The options of `EmulationOptions` under which the mock behaves like the measured board.

    What was not measured, or could not be settled, is left out. The values are as the profile
    has them: whether an option can have them is for `EmulationOptions` to say.

    Raises:
        ValueError: what stands for an address layout or a range of rates is not one; or a result
            has a value that it says was not settled, or assumes what no mock does.

    Warns:
        EmulationWarning: the board did something that the mock cannot do; it keeps to its own
            assumption there.
    """
    known = {field.name for field in attrs.fields(EmulationOptions)}
    options: dict[str, object] = {}
    beyond: list[Result] = []
    for result in profile.results:
        if result.name in known and not _can_be(result.name, result.assumed):
            raise ValueError(
                f"{result.name} has the assumed value {result.assumed!r}, which no mock can have; "
                f"what is assumed is {ASSUMED.get(result.name)!r}."
            )
        if result.verdict is Comparison.NOT_SETTLED:
            if result.value is not None:
                raise ValueError(
                    f"{result.name} has the value {result.value!r} and the verdict "
                    f"{result.verdict.value!r}; to be taken, a value needs another verdict."
                )
            continue
        is_option = result.name in known
        if is_option and _can_be(result.name, result.value):
            options[result.name] = option_value(result.name, result.value)
        elif (
            is_option
            or result.name not in ASSUMED
            or (result.verdict is Comparison.DIFFERS and result.name not in _FOLLOWS)
        ):
            beyond.append(result)
    if beyond:
        unlike = ", ".join(f"{item.name} {item.value} (mock: {item.assumed})" for item in beyond)
        warn_user(
            f"The mock cannot do all that was measured of {profile.board.board}; it keeps to what "
            f"it assumes of: {unlike}.",
            EmulationWarning,
        )
    return options


def _can_be(name: str, value: object) -> bool:
    """Whether the mock has such behaviour; a text is what a measurement says of any other."""
    return not isinstance(value, str) or value in _CHOICES.get(name, ())


def option_value(name: str, value: object) -> object:
    """The value as the option has it, from how a file or a command line has it.

    Raises:
        ValueError: it cannot be made of that; the message names the option.
    """
    try:
        if name == "neuron_address" and isinstance(value, list):
            return AddressLayout(tuple(map(str, value)))
        if name == "accepted_rate_hz" and isinstance(value, list) and len(value) == 2:
            lowest, highest = map(int, value)
            return Range(lowest, FASTEST_RATE_HZ if highest == REACH_HZ else highest)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} is {value!r}. {error}") from error
    return value
