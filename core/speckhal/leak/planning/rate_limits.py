"""The rates among which a plan may choose, with what limits them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import attrs
import numpy as np

from speckhal.contract.errors import ConfigurationError, InputError
from speckhal.leak.planning.asked_numbers import asked_whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from speckhal.contract.chip import ChipFacts
    from speckhal.leak.planning.clock_rates import Demand, Rates

RatesHz: TypeAlias = "int | tuple[int, int] | None"
"""One rate, the lowest and the highest of a range, or None for those known to work."""


@attrs.frozen
class RateLimits:
    """Whole numbers of Hz from `lowest` to `highest`, and why not less or more."""

    lowest: int
    highest: int
    why_lowest: str
    why_highest: str

    def all(self) -> Rates:
        """Each of them, ascending."""
        return np.arange(self.lowest, self.highest + 1)


def rate_limits(asked: RatesHz, demands: Sequence[Demand], chip: ChipFacts) -> RateLimits:
    """The rates among which a plan may choose.

    Args:
        asked: by the user.
        demands: of the layers.
        chip: that it is for.

    Raises:
        InputError: what is asked is not one positive whole number, or two in order.
        ConfigurationError: nothing is asked, and the chip has no rates that are known to work.
    """
    if asked is not None:
        lowest, highest = _checked(asked)
        most = chip.slow_clock_highest_rate_hz
        if most is not None and highest > most.value >= lowest:
            fact = chip.limit("slow_clock_highest_rate_hz").fact
            return RateLimits(
                lowest,
                most.value,
                "the lowest rate that was asked for",
                f"slow_clock_highest_rate_hz of the {chip.name}, {fact.certainty.value}",
            )
        return RateLimits(
            lowest,
            highest,
            "the lowest rate that was asked for",
            "the highest rate that was asked for",
        )
    dts = {float(demand.dt_rate_hz) for demand in demands if demand.dt_rate_hz is not None}
    if dts:
        return _of_dt(dts)
    return _within_budget(_known_to_work(chip), demands, chip)


def _checked(asked: object) -> tuple[int, int]:
    pair = asked if isinstance(asked, tuple | list) else (asked, asked)
    numbers = [asked_whole(one) for one in pair]
    if len(numbers) != 2 or any(one is None or one < 1 for one in numbers):
        raise InputError(
            f"Asked to plan for the rates {asked!r}, which are not whole numbers of Hz from 1 up.",
            hint="Give one rate, or a lowest and a highest one: (10, 1000), or --rate-hz 10..1000.",
        )
    lowest, highest = (one or 0 for one in numbers)
    if lowest > highest:
        raise InputError(
            f"Asked to plan for rates from {lowest} to {highest} Hz, and no rate is between.",
            hint=f"Give the lower one first: ({highest}, {lowest}), or --rate-hz "
            f"{highest}..{lowest}.",
        )
    return lowest, highest


def _of_dt(rates: set[float]) -> RateLimits:
    """The whole rates on both sides of one tick per step."""
    if len(rates) > 1:
        raise ConfigurationError(
            f"Asked for steps of {' and '.join(f'{1 / rate:g}' for rate in sorted(rates))} s, and "
            "one clock ticks for all layers.",
            hint="Use one dt.",
        )
    (rate,) = rates
    lowest = int(rate) if not np.isclose(rate, round(rate), rtol=1e-9) else round(rate)
    highest = lowest if np.isclose(rate, lowest, rtol=1e-9) else lowest + 1
    why = f"one tick per step of {1 / rate:g} s" if lowest else "the slowest clock of whole Hz"
    return RateLimits(max(lowest, 1), max(highest, 1), why, why)


def _known_to_work(chip: ChipFacts) -> RateLimits:
    """Typical rates, those that were seen to work, and what lies between."""
    typical, seen = chip.slow_clock_typical_rate_hz, chip.slow_clock_seen_rate_hz
    known = [
        (name, fact)
        for name, fact in (
            ("slow_clock_typical_rate_hz", typical),
            ("slow_clock_seen_rate_hz", seen),
        )
        if fact is not None
    ]
    if not known:
        raise ConfigurationError(
            f"Asked for a leak plan for a {chip.name}, of whose slow clock no rates are known.",
            hint="Say which ones to choose among: rates_hz=(10, 1000), or --rate-hz 10..1000.",
        )
    low, least = min(known, key=lambda pair: pair[1].value.lowest)
    high, most = max(known, key=lambda pair: pair[1].value.highest)
    return RateLimits(
        least.value.lowest,
        most.value.highest,
        f"{low} of the {chip.name}, {least.certainty.value}",
        f"{high} of the {chip.name}, {most.certainty.value}",
    )


def _within_budget(limits: RateLimits, demands: Sequence[Demand], chip: ChipFacts) -> RateLimits:
    """The rates at which every core can follow."""
    budget, neurons = chip.updates_per_s, max(demand.neurons for demand in demands)
    if budget is None or neurons * limits.highest <= budget.value:
        return limits
    return attrs.evolve(
        limits,
        highest=max(budget.value // neurons, limits.lowest),
        why_highest=f"updates_per_s of the {chip.name}, {budget.certainty.value}, for a layer of "
        f"{neurons} neurons",
    )
