"""How a chip describes itself to the driver."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from speckhal_samna.board.request_reply import Question

if TYPE_CHECKING:
    from collections.abc import Callable

    from speckhal.contract.chip import ChipFacts
    from speckhal.contract.facts import Fact
    from speckhal_samna.bindings import (
        BiasAnswer,
        Configuration,
        NeuronAnswer,
        NeuronEvents,
        SinkNode,
        SourceNode,
        Vendor,
    )


@attrs.frozen
class Kit:
    """A board that carries the chip.

    Attributes:
        target: what users type behind the colon.
        board: the vendor's `device_type_name` of it.
        summary: what it is, in a few words.
        sinabs_device: the name under which sinabs knows it; None where sinabs does not, and is
            told of the chip by the driver.
        source: where these names are documented.
    """

    target: str
    board: str
    summary: str
    sinabs_device: str | None
    source: str


@attrs.frozen
class RefusedBoard:
    """A board that looks like one with the chip, and carries another.

    Attributes:
        board: the vendor's `device_type_name` of it.
        refusal: why it is not opened, as a sentence.
        source: where that is documented.
    """

    board: str
    refusal: str
    source: str


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
        """Asks for biases."""
        return Question(
            "biases",
            self.event.ReadBiasValue,
            self.event.BiasValue,
            "bias",
        )


@attrs.frozen
class SamnaChip:
    """Everything the driver must know of a chip.

    Attributes:
        facts: what the chip is.
        kits: boards that carry it; the first is what a bare backend name opens.
        classes: picks the chip's classes out of a samna module.
        settle_after_apply_s: wait after applying a configuration before relying on it.
        updates_per_s: neurons that one core can update in a second, which bounds how fast
            ticks may follow each other.
        refused: boards to explain to whoever has one of them and asks for this chip.
    """

    facts: ChipFacts
    kits: tuple[Kit, ...]
    classes: Callable[[Vendor], ChipClasses]
    settle_after_apply_s: Fact[float]
    updates_per_s: Fact[int]
    refused: tuple[RefusedBoard, ...] = ()
