"""How a chip describes itself to the driver."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from speckhal.contract.capabilities import Capability
from speckhal_samna.chip_classes import ChipClasses, SamnaNames
from speckhal_samna.speck_facts import with_known_conditions

if TYPE_CHECKING:
    from collections.abc import Callable

    from speckhal.contract.chip import ChipFacts
    from speckhal.contract.facts import Fact
    from speckhal_samna.bindings import Vendor

__all__ = ["CAPABILITIES", "ChipClasses", "Kit", "RefusedBoard", "SamnaChip", "SamnaNames"]

CAPABILITIES: Final = frozenset(
    {
        Capability.EXTERNAL_CLOCK,
        Capability.STEPPED_CLOCK,
        Capability.INTERNAL_CLOCK,
        Capability.WRITE_V_MEM,
        Capability.WRITE_BIASES,
        Capability.RESET_STATES,
        Capability.DIRECT_BIASES,
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
    """

    facts: ChipFacts = attrs.field(converter=with_known_conditions)
    kits: tuple[Kit, ...]
    classes: Callable[[Vendor], ChipClasses]
    settle_after_apply_s: Fact[float]
    updates_per_s: Fact[int]
    refused: tuple[RefusedBoard, ...] = ()

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What boards with this chip can do: `CAPABILITIES`, but what its facts rule out."""
        if self.facts.internal_clock_divider_range is None:
            return CAPABILITIES - {Capability.INTERNAL_CLOCK}
        return CAPABILITIES
