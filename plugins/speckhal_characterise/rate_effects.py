"""What setting the slow clock to a rate does, and what is known of it so far."""

from __future__ import annotations

import enum

import attrs


class RateEffect(enum.Enum):
    """What setting a rate does."""

    TAKEN = "the clock ticks at that rate"
    REFUSED = "the clock is as it was"
    UNSURE = "the clock is not as it was, and does not count as that rate either"


@attrs.define
class RatesKnown:
    """What the measurements found out about rates, for those that come later.

    Attributes:
        effects: by rate in Hz.
        all_tried: whether all rates of the dense series were tried already.
    """

    effects: dict[int, RateEffect] = attrs.field(factory=dict)
    all_tried: bool = False

    def taken_hz(self) -> list[int]:
        """The rates that the clock is known to take, in Hz."""
        return [hz for hz, effect in self.effects.items() if effect is RateEffect.TAKEN]
