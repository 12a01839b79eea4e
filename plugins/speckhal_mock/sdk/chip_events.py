"""Each chip's own event classes, and the variants that its streams carry."""

from __future__ import annotations

import functools
import operator
from typing import TYPE_CHECKING, Any, Final, NoReturn

from speckhal_mock.emulation.errors import NotEmulatedError
from speckhal_mock.pybind.binder import Binder
from speckhal_mock.sdk import events as templates
from speckhal_mock.sdk.enums import flash_erase_type, flash_status_type
from speckhal_mock.sdk.records import DROPPED_EVENTS_NUM, DroppedEventsNum

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class ChipEvents:
    """What the event module of one chip has.

    Args:
        name: the vendor's name of the chip.
        variants: templates of what a stream carries, in its order, by the vendor's name.
        functions: first line of what each function of the module says of itself, by name.

    Attributes:
        name: the vendor's name of the chip.
        erase_type: how much of the flash to erase, an enum of the chip's own.
        status_type: whether the flash is at work, another one.
        variants: the chip's own classes, by the name of the variant.
        names: all that the module shows: classes, variants and functions.
    """

    def __init__(
        self,
        name: str,
        variants: Mapping[str, tuple[type[Any], ...]],
        functions: Mapping[str, str],
    ) -> None:
        self.name = name
        self.erase_type = flash_erase_type(f"samna.{name}")
        self.status_type = flash_status_type(f"samna.{name}")
        defaults: dict[str, dict[str, object]] = {
            "FlashErase": {"type": self.erase_type["SECTOR_4KB"]},
            "FlashStatus": {"status": self.status_type["IDLE"]},
        }
        bind = Binder(f"samna.{name}.event")
        own = {
            template: bind(template, name=None, **defaults.get(template.__name__, {}))
            for template in dict.fromkeys(sum(variants.values(), ()))
            if template is not DroppedEventsNum
        }
        classes = {**own, DroppedEventsNum: DROPPED_EVENTS_NUM}  # which is the FPGA's
        self.variants = {
            name: tuple(classes[template] for template in given) for name, given in variants.items()
        }
        self.names: dict[str, object] = {
            **{made.__name__: made for made in own.values()},
            **{
                name: functools.reduce(operator.or_, kinds) for name, kinds in self.variants.items()
            },
            **{name: _refusing(bind.module, name, doc) for name, doc in functions.items()},
        }


def _refusing(module: str, name: str, doc: str) -> Callable[[object], NoReturn]:
    """A function that would say where the chip keeps something."""

    def refuse(arg0: object, /) -> NoReturn:
        raise NotEmulatedError(
            f"{module}.{name} was asked about {arg0!r}. It is not emulated: where the chip keeps "
            f"what is not published."
        )

    refuse.__module__, refuse.__name__, refuse.__qualname__ = module, name, name
    refuse.__doc__ = f"{doc}\n\nRaises:\n    NotEmulatedError: always."
    return refuse


_ADDRESS: Final = "The memory address that an event is about; the formula was never published."
_EVENT: Final = "The event that a memory address is about, which is not published either."

SPECK2E: Final = ChipEvents(
    "speck2e",
    {
        "Speck2etInputEvent": (*templates.INPUTS, templates.REQUEST_SPI_MON),
        "Speck2eInputEvent": (*templates.INPUTS, templates.REQUEST_SPI_MON, templates.FRAME),
        "OutputEvent": (*templates.OUTPUTS, templates.SPI_MON),
    },
    {
        "compute_sram_address": _ADDRESS,
        "compute_sram_address_t": f"For a Speck2e-t. {_ADDRESS}",
        "determine_sram_eventrom_address": _EVENT,  # the vendor spells it like this
    },
)
SPECK2F: Final = ChipEvents(
    "speck2f",
    {
        "InputEvent": templates.INPUTS,
        "OutputEvent": (*templates.OUTPUTS, DroppedEventsNum),
    },
    {"compute_sram_address": _ADDRESS, "determine_sram_eventrom_address": _EVENT},
)
