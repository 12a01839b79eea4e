"""Which rates the slow clock takes; a rate that it does not take leaves it as it was."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from speckhal.contract.errors import DeviceFailed
from speckhal_characterise import ticks
from speckhal_characterise.workbench import RateEffect, Workbench

if TYPE_CHECKING:
    from collections.abc import Iterator

LOWEST_HZ: Final = 1
REACH_HZ: Final = 1_000_000
"""The fastest rate that is tried: a hundred times what the vendor calls typical."""

ALIKE: Final = 0.15
"""A rate is taken for the one that was set if it differs by less, for clocks that are off."""

_CANDIDATES: Final = (
    *(step * 10**decade for decade in range(6) for step in (1, 2, 5)),
    REACH_HZ,
)
_APART: Final = 2.5
"""Ticks by which counts at two rates must differ; each count is off by less than one."""

_ENOUGH: Final = 4
"""Ticks that suffice to see that a rate is a wholly different one."""

_DENSITY: Final = 1.005
"""Ratio of neighbours in the series that is searched where no candidate is taken."""

_AT_ONCE: Final = 32
"""Rates of that series that are written before the clock is looked at."""


class Rates:
    """Finds out which rates a board takes; the bench remembers them.

    Args:
        bench: the board, on which a counter is set up now.
    """

    def __init__(self, bench: Workbench) -> None:
        ticks.set_up(bench)
        self._bench = bench
        self._known = bench.rates_known
        self._present: ticks.CountedRate | None = None

    def effect(self, rate_hz: int) -> RateEffect | None:
        """What setting that rate does; None if the clock may have it already."""
        if rate_hz in self._known.effects:
            return self._known.effects[rate_hz]
        taken = self._known.taken_hz()
        if taken:
            before_hz = max(taken, key=lambda other: max(other / rate_hz, rate_hz / other))
            self._bench.set_rate(before_hz)
        else:
            present = self._look_at_present()
            if not present.is_whole:
                return self._effect_on_unknown(rate_hz, present.hz)
            before_hz = max(1, round(present.hz))
            if before_hz == rate_hz:
                return None
        effect = self._effect_after(rate_hz, before_hz)
        if effect is None:
            return RateEffect.UNSURE  # until a rate is known that differs enough to compare with
        is_near = abs(rate_hz - before_hz) <= ALIKE * rate_hz
        if effect is RateEffect.REFUSED and is_near and not taken:
            return None  # or the clock is off, and has that rate already
        if not taken and effect is not RateEffect.REFUSED:
            self._present = None
        self._known.effects[rate_hz] = effect
        return effect

    def near(self, preferred_hz: int) -> int:
        """The rate that is asked for, or else a taken one that is near it; it is set now.

        Raises:
            DeviceFailed: the board takes none of the rates that were tried, or none at which a
                neuron counts every tick.
        """
        rate_hz = self._find(preferred_hz)
        self._bench.set_rate(rate_hz)
        return rate_hz

    def near_or_present(self, preferred_hz: int) -> int:
        """As `near`; or the rate that the clock has, if it cannot be set but counted."""
        try:
            return self.near(preferred_hz)
        except DeviceFailed:
            present = self._look_at_present()
            if not present.is_whole or present.uncertainty_hz > 0.5:
                raise
            return round(present.hz)

    def fastest(self, most_hz: int) -> int:
        """The fastest rate that is taken up to this one, or else one near it; it is set now.

        Raises:
            DeviceFailed: as for `near`.
        """
        rate_hz = self.near_or_present(most_hz)
        if rate_hz in self._known.taken_hz() and rate_hz < most_hz:
            rate_hz, _ = self.edge(most_hz, rate_hz)
            self._bench.set_rate(rate_hz)
        return rate_hz

    def two(self) -> tuple[int, int] | None:
        """Two taken rates that differ, not too fast if possible; None if there is but one."""
        first_hz = self.near(50)
        for preferred_hz in (300, 2):
            if (second_hz := self.near(preferred_hz)) != first_hz:
                return first_hz, second_hz
        for limit_hz in (LOWEST_HZ, REACH_HZ):
            if (second_hz := self.edge(limit_hz, first_hz)[0]) != first_hz:
                return first_hz, second_hz
        return None

    def edge(self, other_hz: int, taken_hz: int) -> tuple[int, RateEffect]:
        """The last taken rate on the way from a taken one to another, and what the next does."""
        last = self.effect(other_hz)
        if last is RateEffect.TAKEN:
            return other_hz, last
        while abs(taken_hz - other_hz) > 1:
            middle = (taken_hz + other_hz) // 2
            effect = self.effect(middle)
            if effect is RateEffect.TAKEN:
                taken_hz = middle
            else:
                other_hz, last = middle, effect
        return taken_hz, last or RateEffect.UNSURE

    def _find(self, preferred_hz: int) -> int:
        nearest = sorted(_CANDIDATES, key=lambda hz: max(hz / preferred_hz, preferred_hz / hz))
        for candidate_hz in (preferred_hz, *nearest):
            if self.effect(candidate_hz) is RateEffect.TAKEN:
                # what the clock had already shows only from another rate
                is_taken = self.effect(preferred_hz) is RateEffect.TAKEN
                return preferred_hz if is_taken else candidate_hz
        if not self._known.taken_hz():
            self._search()
        if self._known.taken_hz():
            nearest_hz = min(
                self._known.taken_hz(), key=lambda hz: abs(math.log(hz / preferred_hz))
            )
            return self.edge(preferred_hz, nearest_hz)[0]
        raise DeviceFailed(
            "Asked for a slow clock that can be set, and no rate that was tried had any effect."
            if RateEffect.UNSURE not in self._known.effects.values()
            else "Asked for a slow clock that can be set and counted, and at no rate that was "
            f"tried did a neuron count what was set: {ticks.LOST}.",
            hint="Set the rate by hand and watch a neuron leak.",
        )

    def _search(self) -> None:
        """Try rates so close to each other that no wide range is missed."""
        present = self._look_at_present()
        if self._known.all_tried or not present.is_whole:
            return
        self._known.all_tried = True
        # those that are too close to the present rate to look different do not count
        apart_hz = max(1.0, _APART * present.hz / ticks.SAFE_TICKS)
        series = [hz for hz in _dense_series() if abs(hz - present.hz) >= apart_hz]
        for start in range(0, len(series), _AT_ONCE):
            group = series[start : start + _AT_ONCE]
            apart_hz = min(abs(hz - present.hz) for hz in group)
            before = ticks.run(self._bench, _APART / apart_hz)
            for rate_hz in group:
                self._try_to_set(rate_hz)
            after = ticks.run(self._bench, _APART / apart_hz)
            if after.is_whole and abs(after.hz - before.hz) < apart_hz / 2:
                continue
            self._present = None
            now = self._look_at_present()
            nearest_hz = min(group, key=lambda hz: abs(hz - now.hz))
            # it is not one of them if the clock is off by more than they are apart
            if now.is_whole and abs(now.hz - nearest_hz) <= now.uncertainty_hz + nearest_hz / 300:
                self._known.effects[nearest_hz] = RateEffect.TAKEN
            return

    def _look_at_present(self) -> ticks.CountedRate:
        if self._present is None:
            self._present = ticks.present_rate(self._bench, 4.0)
        return self._present

    def _try_to_set(self, rate_hz: int) -> bool:
        try:
            self._bench.set_rate(rate_hz)
        except DeviceFailed:
            return False
        return True

    def _effect_after(self, rate_hz: int, before_hz: int) -> RateEffect | None:
        """What setting a rate does to a clock with the other one; None if they are too close.

        Counts are compared with each other and not with what they should be, since the clock
        may be off.
        """
        apart_hz = rate_hz - before_hz
        wait_s = _APART / abs(apart_hz)
        if wait_s * max(rate_hz, before_hz) > ticks.SAFE_TICKS:
            return None
        before = ticks.run(self._bench, wait_s)
        if not self._try_to_set(rate_hz):
            return RateEffect.REFUSED
        after = ticks.run(self._bench, wait_s)
        if not before.is_whole:
            return None
        if after.is_whole and (after.hz - before.hz) / apart_hz < 0.5:
            return RateEffect.REFUSED
        return self._effect_on_changed(rate_hz, after)

    def _effect_on_unknown(self, rate_hz: int, least_hz: float) -> RateEffect:
        """What setting a rate does to a clock that is too fast to be counted, as far as is known.

        Args:
            rate_hz: to set.
            least_hz: the clock was at least as fast.
        """
        was_another = least_hz > (1 + 2 * ALIKE) * rate_hz
        if self._try_to_set(rate_hz) and was_another:
            effect = self._effect_on_changed(rate_hz, ticks.run(self._bench, 0.0))
            if effect is RateEffect.TAKEN:
                self._known.effects[rate_hz] = effect
            return effect
        return RateEffect.UNSURE

    def _effect_on_changed(self, rate_hz: int, seen: ticks.CountedRun) -> RateEffect:
        if seen.is_whole and seen.ticks < _ENOUGH:
            seen = ticks.run(self._bench, _ENOUGH / rate_hz)
        expected = rate_hz * seen.duration_s
        fits = seen.is_whole and abs(seen.ticks - expected) <= 1.5 + ALIKE * expected
        return RateEffect.TAKEN if fits else RateEffect.UNSURE


def _dense_series() -> Iterator[int]:
    rate_hz = LOWEST_HZ
    while rate_hz <= REACH_HZ:
        yield rate_hz
        rate_hz = max(rate_hz + 1, math.ceil(rate_hz * _DENSITY))
