"""The classes of samna that a chip has its own of, and the names by which a chip's are found."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

import attrs

from speckhal.contract.errors import VendorUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from speckhal_samna.bindings import (
        Addressed,
        Configuration,
        NeuronEvents,
        SinkNode,
        SourceNode,
        Vendor,
    )


def _left_to_the_board(_configuration: Any) -> tuple[bool, str]:
    """Nothing against any configuration: a board validates it when it is applied."""
    return True, ""


@attrs.frozen
class Question:
    """What can be read of an address of a core, and set there.

    Attributes:
        what: it is, in the plural, for messages.
        request: makes a request for it.
        answer: class of the answers.
        setting: makes what sets it.
        field: of an answer, and of what sets it, that holds the value.
    """

    what: str
    request: Callable[[], Addressed]
    answer: type[Addressed]
    setting: Callable[[], Addressed]
    field: str


@attrs.frozen
class ChipClasses:
    """The classes of samna that a chip has its own of, out of one samna module.

    Attributes:
        input_node: takes events for the chip.
        output_node: buffers events from it.
        event: its event module.
        new_configuration: makes a default configuration.
        validate: whether samna takes a configuration and, if not, why; asked before a board is,
            for chips that sinabs does not know.
    """

    input_node: Callable[[], SourceNode]
    output_node: Callable[[], SinkNode]
    event: NeuronEvents
    new_configuration: Callable[[], Configuration]
    validate: Callable[[Any], tuple[bool, str]] = _left_to_the_board

    @property
    def neuron_question(self) -> Question:
        """Membrane potentials."""
        event = self.event
        return Question(
            "membrane potentials",
            event.ReadNeuronValue,
            event.NeuronValue,
            event.WriteNeuronValue,
            "neuron_state",
        )

    @property
    def bias_question(self) -> Question:
        """The biases of channels, of which the index is the address."""
        event = self.event
        return Question(
            "biases", event.ReadBiasValue, event.BiasValue, event.WriteBiasValue, "bias"
        )


@attrs.frozen
class SamnaNames:
    """What samna calls a chip's classes; a chip's description has them as data.

    `SamnaChip(classes=names.classes, ...)` finds them in the samna module that a board is opened
    with.

    Attributes:
        module: the chip's module, without "samna.".
        input_node: class of the node that takes events for the chip.
        output_node: class of the node that buffers events from it.
        configuration: class in the module's `configuration`.
        validate: function of the module that judges a configuration; None to leave that to the
            board.
    """

    module: str
    input_node: str
    output_node: str
    configuration: str = "SpeckConfiguration"
    validate: str | None = None

    def classes(self, samna: Vendor) -> ChipClasses:
        """The classes, out of one samna module.

        Raises:
            VendorUnavailable: this samna lacks one of them.
        """
        names = [self.input_node, self.output_node, f"{self.module}.event"]
        names.append(f"{self.module}.configuration.{self.configuration}")
        if self.validate is not None:
            names.append(f"{self.module}.{self.validate}")
        return ChipClasses(*(_find(samna, name) for name in names))


def _find(samna: Vendor, name: str) -> Any:
    try:
        return operator.attrgetter(name)(samna)
    except AttributeError as error:
        raise VendorUnavailable(
            f"Asked samna for its {name}, and this samna has none.",
            hint="Install a version of samna that supports the chip, or correct the name in the "
            "chip's description.",
        ) from error
