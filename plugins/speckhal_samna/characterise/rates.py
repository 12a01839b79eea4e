"""Which rates the slow clock takes; a rate that it does not take leaves it as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from speckhal.errors import DeviceFailed
from speckhal_samna.characterise import ticks
from speckhal_samna.characterise.findings import COUNTED, finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from speckhal.characterise import Result
    from speckhal_samna.characterise.bench import Bench

LOWEST_HZ: Final = 1
REACH_HZ: Final = 1_000_000
"""The fastest rate that is tried: a hundred times what the vendor calls typical."""

TRUSTED_HZ: Final = 10_000
"""Up to the fastest rate that the vendor calls typical, one neuron is taken to lose no tick."""

_CANDIDATES: Final = (
    *(step * 10**decade for decade in range(6) for step in (1, 2, 5)),
    REACH_HZ,
)
_APART: Final = 4
"""Ticks by which two rates must differ to be told apart; counting is off by one at most."""


class Rates:
    """Finds out which rates a board takes, and remembers them.

    Args:
        bench: the board; a counter must be set up on it.
    """

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._taken: set[int] = set()
        self._present_hz: int | None = None

    def takes(self, rate_hz: int) -> bool | None:
        """Whether the board takes that rate; None if it has it already, and no other is known."""
        if rate_hz in self._taken:
            return True
        known = [other for other in self._taken if other != rate_hz]
        if known:
            # above the trusted rates a core might lose ticks, and look slower than the clock is
            trusted = [other for other in known if other <= TRUSTED_HZ] or known
            before_hz = max(trusted, key=lambda other: max(other / rate_hz, rate_hz / other))
            self._bench.set_rate(before_hz)
        else:
            before_hz = self._present()
        if before_hz == rate_hz:
            return None
        took = self._set_and_look(rate_hz, before_hz)
        if took:
            self._taken.add(rate_hz)
        self._present_hz = rate_hz if took else before_hz
        return took

    def near(self, preferred_hz: int) -> int:
        """The rate that is asked for, or else a taken one that is near it; it is set now.

        Raises:
            DeviceFailed: the board takes none of the rates that were tried.
        """
        for candidate_hz in (preferred_hz, *_nearest_first(preferred_hz)):
            if self.takes(candidate_hz):
                # what the clock had already could not be told before there was another one
                rate_hz = preferred_hz if self.takes(preferred_hz) else candidate_hz
                self._bench.set_rate(rate_hz)
                self._present_hz = rate_hz
                return rate_hz
        raise DeviceFailed(
            "Asked for a slow clock that can be set, and no rate that was tried had any effect.",
            hint="Set the rate by hand and watch a neuron leak.",
        )

    def fastest(self, most_hz: int) -> int:
        """The fastest rate that is taken up to this one, or else one near it; it is set now.

        Raises:
            DeviceFailed: as for `near`.
        """
        rate_hz = self.near(most_hz)
        if rate_hz < most_hz:
            rate_hz = self.edge(most_hz, rate_hz)
            self._bench.set_rate(rate_hz)
            self._present_hz = rate_hz
        return rate_hz

    def edge(self, refused_hz: int, taken_hz: int) -> int:
        """The taken rate next to those that are not, between one of each."""
        while abs(taken_hz - refused_hz) > 1:
            middle = (taken_hz + refused_hz) // 2
            if self.takes(middle):
                taken_hz = middle
            else:
                refused_hz = middle
        return taken_hz

    def _present(self) -> int:
        if self._present_hz is None:
            self._present_hz = round(ticks.present_rate(self._bench, 4.0).hz)
        return self._present_hz

    def _set_and_look(self, rate_hz: int, before_hz: int) -> bool:
        try:
            self._bench.set_rate(rate_hz)
        except DeviceFailed:
            return False
        seen = ticks.run(self._bench, _APART / abs(rate_hz - before_hz))
        expected, unchanged = (hz * seen.duration_s for hz in (rate_hz, before_hz))
        if rate_hz > TRUSTED_HZ:
            return abs(seen.ticks - unchanged) > _APART / 2
        return abs(seen.ticks - expected) < abs(seen.ticks - unchanged)


def rates_of(bench: Bench) -> Rates:
    """The rates of a board, on which a counter is set up now."""
    ticks.set_up(bench)
    return Rates(bench)


def measure_accepted_rates(bench: Bench) -> Iterator[Result]:
    """The lowest and the highest rate, if all between them are taken."""
    rates = rates_of(bench)
    taken = rates.near(100)
    lowest = LOWEST_HZ if rates.takes(LOWEST_HZ) else rates.edge(LOWEST_HZ, taken)
    highest = REACH_HZ if rates.takes(REACH_HZ) else rates.edge(REACH_HZ, taken)
    bench.set_rate(taken)  # at the fastest, the next count could overflow
    yield finding(
        "accepted_rate_hz",
        [lowest, highest],
        "Rates were set one after the other, halving the gap between a taken and a refused one, "
        f"and ticks were counted to see whether each had any effect, up to {REACH_HZ} Hz.",
        uncertainty="exact; more was not tried" if highest == REACH_HZ else COUNTED,
    )


def _nearest_first(preferred_hz: int) -> list[int]:
    return sorted(_CANDIDATES, key=lambda hz: max(hz / preferred_hz, preferred_hz / hz))
