"""How a chip describes itself to the driver: its facts, its kits, and its classes in samna."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any, Final

import attrs

from speckhal.contract.capabilities import Capability
from speckhal.contract.errors import VendorUnavailable
from speckhal_samna.speck_facts import (
    QUIET_FOR_S,
    STIMULATION_LEAD_S,
    with_known_conditions,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from speckhal.contract.chip import ChipFacts
    from speckhal.contract.facts import Fact
    from speckhal_samna.bindings import (
        Addressed,
        Configuration,
        NeuronEvents,
        SinkNode,
        SourceNode,
        Vendor,
    )

CAPABILITIES: Final = frozenset(
    {
        Capability.EXTERNAL_CLOCK,
        Capability.STEPPED_CLOCK,
        Capability.INTERNAL_CLOCK,
        Capability.WRITE_V_MEM,
        Capability.WRITE_BIASES,
        Capability.RESET_STATES,
        Capability.DIRECT_BIASES,
        Capability.PREVIEW,
        Capability.STIMULATE,
        Capability.RECORD_SPIKES,
        Capability.DESCRIBED_INPUTS,
    }
)
"""What this driver can do, with a chip that has all of it."""


@attrs.frozen
class Kit:
    """A board that carries the chip.

    Attributes:
        target: what users type behind the colon.
        board: the vendor's `device_type_name` of it.
        summary: what it is, in a few words.
        sinabs_device: the name under which sinabs knows it; None where sinabs does not, and the
            driver enters the chip there.
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
            for chips that sinabs does not know. As it comes, that is left to the board.
        spike_filter: the filter that passes events of one class, and what it calls spikes; None
            to sort them out of all that the chip sends.
    """

    input_node: Callable[[], SourceNode]
    output_node: Callable[[], SinkNode]
    event: NeuronEvents
    new_configuration: Callable[[], Configuration]
    validate: Callable[[Any], tuple[bool, str]] = lambda _configuration: (True, "")
    spike_filter: tuple[str, str] | None = None

    @property
    def neuron_question(self) -> Question:
        """Membrane potentials."""
        event = self.event
        return Question(
            "membrane potentials",
            event.ReadNeuronValue,
            event.NeuronValue,
            lambda: event.WriteNeuronValue(),  # noqa: PLW0108 - reading needs no such class
            "neuron_state",
        )

    @property
    def bias_question(self) -> Question:
        """The biases of channels, of which the index is the address."""
        event = self.event
        return Question(
            "biases",
            event.ReadBiasValue,
            event.BiasValue,
            lambda: event.WriteBiasValue(),  # noqa: PLW0108 - reading needs no such class
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
        output_filter: name of the filter that passes output events of one class; None to do
            without.
    """

    module: str
    input_node: str
    output_node: str
    configuration: str = "SpeckConfiguration"
    validate: str | None = None
    output_filter: str | None = None

    def classes(self, samna: Vendor) -> ChipClasses:
        """The classes, out of one samna module.

        Raises:
            VendorUnavailable: this samna lacks one of them.
        """
        names = [self.input_node, self.output_node, f"{self.module}.event"]
        names.append(f"{self.module}.configuration.{self.configuration}")
        if self.validate is not None:
            names.append(f"{self.module}.{self.validate}")
        found = ChipClasses(*(_find(samna, name) for name in names))
        if self.output_filter is None:
            return found
        return attrs.evolve(
            found, spike_filter=(self.output_filter, f"{self.module}::event::Spike")
        )


def _find(samna: Vendor, name: str) -> Any:
    try:
        return operator.attrgetter(name)(samna)
    except AttributeError as error:
        raise VendorUnavailable(
            f"Asked samna for its {name}, and this samna has none.",
            hint="Install a version of samna that supports the chip, or correct the name in the "
            "chip's description.",
        ) from error


@attrs.frozen
class SamnaChip:
    """Everything the driver must know of a chip.

    Attributes:
        facts: what the chip is. An erratum of a Speck's that does not say when it applies, as
            version 0.1.0 wrote them, applies as it does on that.
        kits: boards that carry it; the first is what a bare backend name opens.
        classes: picks the chip's classes out of a samna module; `SamnaNames.classes` does so by
            their names.
        settle_after_apply_s: wait after applying a configuration before relying on it.
        updates_per_s: neurons that one core can update in a second, which bounds how fast
            ticks may follow each other.
        refused: boards to explain to whoever has one of them and asks for this chip.
        stimulation_lead_s: from when the stop watch starts until time 0 of a stimulation, in which
            the first spikes get to the board.
        quiet_for_s: how long nothing must come, besides what the cores need, until a stimulation
            is taken to be at its end.
    """

    facts: ChipFacts = attrs.field(converter=with_known_conditions)
    kits: tuple[Kit, ...]
    classes: Callable[[Vendor], ChipClasses]
    settle_after_apply_s: Fact[float]
    updates_per_s: Fact[int]
    refused: tuple[RefusedBoard, ...] = ()
    stimulation_lead_s: Fact[float] = STIMULATION_LEAD_S
    quiet_for_s: Fact[float] = QUIET_FOR_S

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What boards with this chip can do: `CAPABILITIES`, but what its facts rule out."""
        if self.facts.internal_clock_divider_range is None:
            return CAPABILITIES - {Capability.INTERNAL_CLOCK}
        return CAPABILITIES
