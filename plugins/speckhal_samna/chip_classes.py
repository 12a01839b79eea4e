"""The classes of samna that a chip has its own of, and the names by which a chip's are found."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

import attrs

from speckhal.contract.errors import VendorUnavailable
from speckhal_samna.board.question import Question

if TYPE_CHECKING:
    from collections.abc import Callable

    from speckhal_samna.bindings import (
        BiasAnswer,
        Configuration,
        NeuronAnswer,
        NeuronEvents,
        SinkNode,
        SourceNode,
        Vendor,
    )


def _left_to_the_board(_configuration: Any) -> tuple[bool, str]:
    """Nothing against any configuration: a board validates it when it is applied."""
    return True, ""


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
    def neuron_question(self) -> Question[NeuronAnswer]:
        """Asks for membrane potentials."""
        return Question(
            "membrane potentials",
            self.event.ReadNeuronValue,
            self.event.NeuronValue,
            "neuron_state",
        )

    @property
    def bias_question(self) -> Question[BiasAnswer]:
        """Asks for the biases of channels, by their index."""
        return Question(
            "biases",
            self.event.ReadBiasValue,
            self.event.BiasValue,
            "bias",
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
