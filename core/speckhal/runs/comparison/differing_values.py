"""Which neurons of a layer read otherwise in two runs, and where first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs
import numpy as np

from speckhal.runs.comparison.standing_neurons import stands_from
from speckhal.runs.comparison.torn_readings import Leak, explained

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from speckhal.contract.deployment import DeployedLayer
    from speckhal.contract.reading import VMem
    from speckhal.leak.step_inference import Flags, Floats, Integers
    from speckhal.runs.comparison.tick_counts import TickCounts
    from speckhal.runs.comparison.tick_pairs import TickPairs
    from speckhal.runs.comparison.tolerance import Tolerance

_AT_ONCE: Final = 2_000_000
"""Membrane potentials that are compared in one go, so that memory does not grow with the run."""

_ENOUGH: Final = 1
"""Ticks by which those that show a neuron apart outnumber those that show it alike."""

_NEVER: Final = int(np.iinfo(np.int64).max)
_ROUNDING: Final = 1e-9


@attrs.frozen(eq=False)
class DifferingValues:
    """What two runs read otherwise of a layer, neuron by neuron.

    Attributes:
        counts: in how many pairs of readings each neuron differs, (neurons,).
        largest: by how many chip units at most, (neurons,).
        open_neurons: neurons that were apart by no more than the ticks that came while they were
            read, and that may have stayed apart from there on, (neurons,).
        open_from: the first tick at which a neuron may be apart; None where none was before the
            first that differs, or none is open.
        first: the first pair in which a neuron differs, and the first neuron of it; None where none
            does.
    """

    counts: Integers
    largest: Integers
    open_neurons: Flags
    open_from: int | None
    first: tuple[int, int] | None


@attrs.frozen(eq=False)
class ValuePairs:
    """The readings of two runs, as pairs, and what two of them may be apart by.

    Attributes:
        v_mem: of both runs, each (samples, neurons).
        pairs: of readings.
        leaks: that the neurons follow.
        highs: spike thresholds of both; 0 where nobody knows.
        tolerance: how far two values may be apart.
        stands_from: the reading from which each neuron stands, of both, each (neurons,); None
            where none does.
    """

    v_mem: tuple[npt.NDArray[np.int16], npt.NDArray[np.int16]]
    pairs: TickPairs
    leaks: Sequence[Leak]
    highs: tuple[int, int]
    tolerance: Tolerance
    stands_from: tuple[Integers, Integers] | None = None

    @classmethod
    def of(
        cls,
        v_mem: tuple[VMem, VMem],
        pairs: TickPairs,
        steps: tuple[Integers, Integers],
        layers: tuple[DeployedLayer | None, DeployedLayer | None],
        tolerance: Tolerance,
        counts: tuple[TickCounts, TickCounts] | None = None,
    ) -> ValuePairs:
        """Those of a layer.

        Args:
            v_mem: of both runs, each (samples, channels, height, width).
            pairs: of readings.
            steps: what a tick adds in both, for each channel.
            layers: as they were deployed; None where nobody knows.
            tolerance: how far two values may be apart.
            counts: by which tick each reading was taken, of both; None where neurons that stand
                excuse nothing less.
        """
        channels = v_mem[0].shape[1]
        neurons = int(np.prod(v_mem[0].shape[1:]))
        a, b = (each.reshape(len(each), neurons) for each in v_mem)
        high_a, high_b = (0 if layer is None else layer.threshold_high for layer in layers)
        leaks = Leak.of(steps, layers, neurons // channels)
        stands = None
        if counts is not None and pairs.slack.any():
            stands = stands_from(a, counts[0]), stands_from(b, counts[1])
        return cls((a, b), pairs, leaks, (high_a, high_b), tolerance, stands)

    @property
    def neurons(self) -> int:
        """How many there are."""
        return int(self.v_mem[0].shape[1])

    def of_rows(self, part: slice, which: Integers | None = None) -> tuple[Integers, Flags, Flags]:
        """Of some pairs, and of all neurons or some, each (pairs, neurons).

        Returns:
            By how much they are apart; where that is more than any tick explains; and where ticks
            that came while they were read explain it.
        """
        rows_a, rows_b = self.pairs.a[part], self.pairs.b[part]
        if which is None:
            of_a, of_b = self.v_mem[0][rows_a], self.v_mem[1][rows_b]
        else:
            of_a = self.v_mem[0][rows_a[:, None], which]
            of_b = self.v_mem[1][rows_b[:, None], which]
        a, b = of_a.astype(np.int64), of_b.astype(np.int64)
        slack = self.pairs.slack[part]
        differs, allowed = self._differs(a, b, self.pairs.ticks[part])
        alike_b = b
        if self._is_by_fraction and self.highs[0] != self.highs[1]:
            alike_b = np.rint(b * (self.highs[0] / self.highs[1])).astype(np.int64)
        torn = np.zeros(differs.shape, np.bool_)
        candidates = np.flatnonzero((slack > 0) & differs.any(axis=1))
        if len(candidates):
            leaks = self.leaks if which is None else [one.of_neurons(which) for one in self.leaks]
            torn[candidates] = differs[candidates] & explained(
                a[candidates], alike_b[candidates], slack[candidates], allowed[candidates], leaks
            )
            torn[candidates] &= ~self._stand(rows_a[candidates], rows_b[candidates], which)
        return a - b, differs & ~torn, torn

    def at_rest(self, part: slice, which: Integers) -> Flags:
        """Where both values of some neurons are at the floor that ticks take them to."""
        rows_a, rows_b = self.pairs.a[part], self.pairs.b[part]
        higher = np.maximum(
            self.v_mem[0][rows_a[:, None], which], self.v_mem[1][rows_b[:, None], which]
        )
        found = np.zeros(higher.shape, np.bool_)
        for leak in self.leaks:
            found |= (leak.steps[which] < 0) & (higher <= leak.low)
        return found

    def _stand(self, rows_a: Integers, rows_b: Integers, which: Integers | None) -> Flags:
        """Where both values are of neurons that fall no further, so that no tick explains them."""
        every = np.arange(self.neurons) if which is None else which
        found = np.zeros((len(rows_a), len(every)), np.bool_)
        if self.stands_from is None:
            return found
        falls = np.all([leak.steps[every] < 0 for leak in self.leaks], axis=0)
        from_a, from_b = (each[every] for each in self.stands_from)
        found |= falls & (rows_a[:, None] >= from_a) & (rows_b[:, None] >= from_b)
        return found

    @property
    def _is_by_fraction(self) -> bool:
        return self.tolerance.thresholds is not None and min(self.highs) > 0

    def _differs(self, a: Integers, b: Integers, ticks: Integers) -> tuple[Flags, Floats]:
        """Where two values are further apart than is allowed, and how far is, in units of a."""
        tolerance, highs = self.tolerance, self.highs
        allowed: Floats
        if tolerance.thresholds is not None and self._is_by_fraction:
            fraction = np.abs(a / highs[0] - b / highs[1])
            beyond: Flags = fraction > tolerance.thresholds + _ROUNDING
            rounded = float(highs[0] != highs[1])
            allowed = np.full(len(ticks), tolerance.thresholds * highs[0] + rounded)
            return beyond, allowed
        allowed = np.asarray(tolerance.v_mem + tolerance.step * ticks + _ROUNDING, np.float64)
        further: Flags = np.abs(a - b) > allowed[:, None]
        return further, allowed


def differing_values(values: ValuePairs) -> DifferingValues:
    """Compare the readings of all pairs.

    A value that no tick explains differs. Where the ticks that came while a neuron was read do, and
    it was alike in a later reading into which none can have come, it was not apart. Else it may
    have stayed apart, which other readings hide: it is open if, from some tick on, more ticks show
    it apart than alike.
    """
    pairs, neurons = values.pairs, values.neurons
    counts, largest = np.zeros(neurons, np.int64), np.zeros(neurons, np.int64)
    was_torn = np.zeros(neurons, np.bool_)
    first: tuple[int, int] | None = None
    rows = max(1, _AT_ONCE // neurons)
    for start in range(0, len(pairs), rows):
        part = slice(start, min(start + rows, len(pairs)))
        apart, differs, torn = values.of_rows(part)
        was_torn |= torn.any(axis=0)
        if differs.any():
            counts += differs.sum(axis=0)
            largest = np.maximum(largest, np.where(differs, np.abs(apart), 0).max(axis=0))
            if first is None:
                row, neuron = divmod(int(differs.argmax()), neurons)
                first = (part.start + row, neuron)
    is_open = np.zeros(neurons, np.bool_)
    open_from: int | None = None
    suspects = np.flatnonzero(was_torn)
    columns = max(1, _AT_ONCE // max(1, len(pairs)))
    for start in range(0, len(suspects), columns):
        which = suspects[start : start + columns]
        is_open[which], from_tick = _open(values, which)
        earliest = int(from_tick.min())
        if earliest != _NEVER and (first is None or earliest < pairs.ticks[first[0]]):
            open_from = earliest if open_from is None else min(open_from, earliest)
    return DifferingValues(counts, largest, is_open, open_from, first)


def _open(values: ValuePairs, which: Integers) -> tuple[Flags, Integers]:
    """Which of these neurons may have stayed apart, and from which tick on each may be apart.

    The second is `_NEVER` for those that do not differ and are not open.
    """
    pairs = values.pairs
    _, differs, torn = values.of_rows(slice(0, len(pairs)), which)
    # neurons at rest are alike whether one of them lost a tick or not
    alike = ~differs & ~torn & ~values.at_rest(slice(0, len(pairs)), which)
    ticks, starts = np.unique(pairs.ticks, return_index=True)  # pairs are by tick

    def at_any(flags: Flags) -> Flags:
        found: Flags = np.logical_or.reduceat(flags, starts, axis=0)
        return found

    number = np.arange(len(ticks))[:, None]
    is_alike, is_torn = at_any(alike), at_any(torn)
    is_apart = is_torn & ~is_alike
    differs_at = at_any(differs)
    ever_differs = differs_at.any(axis=0)
    end = np.where(ever_differs, differs_at.argmax(axis=0), len(ticks))
    surely_alike = at_any(alike & (pairs.slack == 0)[:, None])
    last_sure = np.where(surely_alike & (number < end), number, -1).max(axis=0)
    since = (number > last_sure) & (number < end)
    # the most by which ticks that show it apart outnumber the others, from any tick to the end
    score = np.cumsum(np.where(since, is_torn.astype(np.int64) - is_alike, 0), axis=0)
    longest = score[-1] - np.minimum(score.min(axis=0), 0)
    is_apart &= since
    never_alike = is_apart.any(axis=0) & ~(is_alike & (ticks > 0)[:, None]).any(axis=0)
    is_open = ((longest >= _ENOUGH) | never_alike) & ~ever_differs
    counts = is_apart.any(axis=0) & (is_open | ever_differs)
    from_tick = np.where(counts, ticks[is_apart.argmax(axis=0)], _NEVER)
    return is_open, from_tick
