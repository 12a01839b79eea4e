"""Makes a chip's own event classes, and the variants that its streams carry."""

from __future__ import annotations

import functools
import operator
from typing import TYPE_CHECKING, Any, Final

from speckhal_mock.emulation.errors import NotEmulatedError
from speckhal_mock.sdk import events as templates
from speckhal_mock.sdk import peripheral_events as peripherals

if TYPE_CHECKING:
    from speckhal_mock.pybind.binder import Binder
    from speckhal_mock.pybind.casters import Enumeration

# in the vendor's order, to which a chip may add some of its own
_INPUTS: Final[tuple[type[object], ...]] = (
    templates.Spike,
    templates.DvsEvent,
    templates.KillSensorPixel,
    templates.ResetSensorPixel,
    templates.OutputModeSel,
    templates.AverageSel,
    templates.AsiRequest,
    templates.ReadoutRequest,
    templates.ScanChainValue,
    templates.WriteNeuronValue,
    templates.ReadNeuronValue,
    templates.WriteWeightValue,
    templates.ReadWeightValue,
    templates.WriteBiasValue,
    templates.ReadBiasValue,
    peripherals.WriteRegisterValue,
    peripherals.ReadRegisterValue,
    peripherals.WriteFilterValue,
    peripherals.ReadFilterValue,
    peripherals.WriteSramValue,
    peripherals.ReadSramValue,
    peripherals.IdCodeRequest,
    peripherals.FlashRead,
    peripherals.FlashWrite,
    peripherals.FlashErase,
    peripherals.FlashSpiRaw,
    peripherals.FlashWriteEnable,
    peripherals.FlashQueryStatus,
)
_OUTPUTS: Final[tuple[type[object], ...]] = (
    templates.Spike,
    templates.DvsEvent,
    peripherals.InputInterfaceEvent,
    templates.NeuronValue,
    templates.BiasValue,
    templates.WeightValue,
    peripherals.RegisterValue,
    peripherals.ReadoutValue,
    peripherals.FilterValue,
    peripherals.SramValue,
    peripherals.FilterDvsEvent,
    peripherals.FilterValueCurrent,
    peripherals.FilterValuePrevious,
    templates.ScanChainValue,
    peripherals.IdCode,
    peripherals.FlashValue,
    peripherals.FlashSpiRaw,
    peripherals.FlashStatus,
    peripherals.ReadoutPinValue,
)


class ChipEvents:
    """The event classes of one chip.

    Args:
        bind: makes the chip's own classes.
        own: templates of events that not every chip has.
        erase: how much of the flash is erased if an event does not say.
        status: of the flash, if an event does not say.

    Attributes:
        classes: by the vendor's name.
    """

    def __init__(
        self, bind: Binder, *own: type[object], erase: Enumeration, status: Enumeration
    ) -> None:
        defaults: dict[type[object], dict[str, object]] = {
            peripherals.FlashErase: {"type": erase},
            peripherals.FlashStatus: {"status": status},
        }
        every = dict.fromkeys((*_INPUTS, *_OUTPUTS, *own))
        self._module = bind.module
        self.classes = {
            template.__name__: bind(template, name=None, **defaults.get(template, {}))
            for template in every
        }

    def inputs(self, *further: type[object]) -> Any:  # a union, which has no type of its own
        """The union of what the chip takes, and some more of its classes."""
        return self._union(_INPUTS, further)

    def outputs(self, *further: type[object]) -> Any:  # a union, too
        """The union of what the chip sends, and some more classes."""
        return self._union(_OUTPUTS, further)

    def no_formula(self, function: str, given: object) -> NotEmulatedError:
        """The refusal of a function that would say where the chip keeps something."""
        return NotEmulatedError(
            f"{self._module}.{function} was asked about {given!r}. It is not emulated: where the "
            f"chip keeps what is not published."
        )

    def _union(self, common: tuple[type[object], ...], further: tuple[type[object], ...]) -> Any:
        own = [self.classes[template.__name__] for template in common]
        return functools.reduce(operator.or_, [*own, *further])
