"""From the profile of a measured board to options of the emulation that behave like it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from speckhal.contract.characterise import Comparison
from speckhal.contract.warn import warn_user
from speckhal_characterise.results import ASSUMED
from speckhal_mock.boards.option_table import EMULATED, kind_of, read_option
from speckhal_mock.emulation.errors import EmulationWarning

if TYPE_CHECKING:
    from collections.abc import Mapping

    from speckhal.contract.characterise import Result
    from speckhal.runs.profile import Profile

_NO_MONITOR: Final = "The driver opens no power monitor of a kit yet;"

NOT_MEASURED: Final[Mapping[str, str]] = {
    "chip_survives_close": "The driver stops the chip's own slow clock before it closes a board, "
    "and writes all states anew when it deploys: nothing that it does depends on this.",
    "dvs_event_rate_hz": "What the sensor sees is a matter of the scene and not of the board.",
    "dvs_scene": "What the sensor sees is a matter of the scene and not of the board.",
    "order_seed": "It names one of many orders, and what a board shuffles it shuffles each time.",
    "leak_vs_event": "A stop watch shows whole microseconds, and nothing shows at which moment "
    "within one of them a tick comes.",
    "idle_power_w": f"{_NO_MONITOR} it would be the mean of its samples at rest.",
    **dict.fromkeys(
        ("energy_per_operation_j", "energy_per_spike_j"),
        f"{_NO_MONITOR} what a known load adds to the mean at rest would show it, as far as that "
        "is more than the 50 uA by which each supply's measurement can be off.",
    ),
    **dict.fromkeys(
        ("power_burst", "power_stamps"), f"{_NO_MONITOR} the stamps of its samples would show it."
    ),
    "power_offset_seed": "It draws errors of a monitor, and nothing separates what a supply takes "
    "from what its monitor adds to that.",
    **dict.fromkeys(
        (
            "specksim_spikes",
            "specksim_reset",
            "specksim_zero_weights",
            "specksim_order",
            "specksim_outside",
        ),
        "They are of the vendor's simulator, and not of a board.",
    ),
    "errata": "It warns, and changes nothing that could be measured.",
}
"""Options of which no measurement is made, and why."""

_FOLLOWS: Final = frozenset({"ticks_before_rate"})
"""Results that no option gives and that follow from others: from the rate at first, and from
what a command costs."""


def options_of(profile: Profile) -> dict[str, object]:
    """The options of `EmulationOptions` under which the mock behaves like the measured board.

    What was not measured, or could not be settled, is left out.

    Raises:
        ValueError: an option cannot have its value; or a result has a value that it says was not
            settled, or assumes what no mock does.

    Warns:
        EmulationWarning: the board did something that the mock cannot do; it keeps to its own
            assumption there.
    """
    options: dict[str, object] = {}
    beyond: list[Result] = []
    for result in profile.results:
        if result.name in EMULATED and not _can_be(result.name, result.assumed):
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
        is_option = result.name in EMULATED
        if is_option and _can_be(result.name, result.value):
            options[result.name] = read_option(result.name, result.value)
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
    return not isinstance(value, str) or value in kind_of(name).choices
