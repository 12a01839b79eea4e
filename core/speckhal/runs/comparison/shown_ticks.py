"""What the neurons of one layer show of a clock that ran by itself: its ticks, and one it lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from speckhal.leak.trace_check import flaw_of
from speckhal.leak.verification.clock_polygon import RateInterval, Windows, rates_that_explain
from speckhal.leak.verification.evidence_gathering import gather

if TYPE_CHECKING:
    from speckhal.contract.deployment import DeployedLayer
    from speckhal.contract.reading import Trace
    from speckhal.leak.step_inference import Floats, Integers
    from speckhal.leak.verification.evidence import LayerEvidence
    from speckhal.leak.verification.tick_consensus import Consensus


@attrs.frozen
class LostTick:
    """A tick that a clock lost, or made too many.

    Attributes:
        is_extra: whether it is too many.
        ticks: of the last reading that is surely before it, and of the first surely after it.
        time_s: of these two readings.
    """

    is_extra: bool
    ticks: tuple[int, int]
    time_s: tuple[float, float]

    def __str__(self) -> str:
        """What the clock did, as the end of a sentence."""
        done = "made a tick too many" if self.is_extra else "lost a tick"
        return f"{done} between {self.time_s[0]:.3f} s and {self.time_s[1]:.3f} s"


@attrs.frozen
class Floor:
    """The first reading at the floor, which no neuron counts but which took a tick to come there.

    Attributes:
        reading: number of it.
        ticks: at least, by this reading.
        time_s: of it.
        latest_s: when it was taken at the latest.
    """

    reading: int
    ticks: int
    time_s: float
    latest_s: float


@attrs.frozen(eq=False)
class ShownTicks:
    """What the neurons of one layer show of the clock.

    Attributes:
        ticks: that they count, (readings that count,); as the clock should have made them where
            one was lost.
        readings: numbers of these readings, (readings that count,).
        windows: of them.
        evidence: that they are of.
        lost: the tick that the clock lost, or made too many; None where it shows none.
        floor: where the neurons that counted last came to the floor in the reading after that;
            None where they did not, or may have fired instead.
        is_fixed: whether a clock of a fixed rate makes these ticks, and should.
    """

    ticks: Integers
    readings: Integers
    windows: Windows
    evidence: LayerEvidence
    lost: LostTick | None
    floor: Floor | None
    is_fixed: bool

    @property
    def average(self) -> RateInterval:
        """Between which rates the clock ran on average, whether its rate was fixed or not."""
        made, windows = int(self.ticks[-1] - self.ticks[0]), self.windows
        longest_s = float(windows.latest_s[-1] - windows.earliest_s[0])
        shortest_s: Floats = windows.earliest_s[-1] - windows.latest_s[0]
        most = (made + 1) / float(shortest_s) if shortest_s > 0 else np.inf
        return RateInterval(max(made - 1, 0) / longest_s, most)

    @property
    def irregular_s(self) -> float:
        """When the first reading was taken that no clock of a fixed rate explains any more."""
        good, bad = 1, len(self.ticks) + 1
        while bad - good > 1:
            middle = (good + bad) // 2
            if rates_that_explain(self.ticks[:middle], self.windows.until(middle)) is None:
                bad = middle
            else:
                good = middle
        at = min(good, len(self.ticks) - 1)
        return float(self.windows.earliest_s[at] + self.windows.jitter_s)


def shown_ticks(
    trace: Trace, layer: DeployedLayer | None, jitter_s: float, *, counts_lost: bool
) -> ShownTicks | None:
    """What the neurons show; None where they show nothing, or the clock was stepped.

    Args:
        trace: of the layer.
        layer: as it was deployed; None where nobody knows.
        jitter_s: how far the moments of requests may be off.
        counts_lost: whether a tick that the clock lost counts all the same.
    """
    if (
        trace.ticks is not None
        or len(trace) < 2
        or flaw_of(trace) is not None
        or not np.isfinite(trace.time_s).all()
        or not (np.diff(trace.time_s) > 0).all()
    ):
        return None
    evidence = gather(trace, layer, jitter_s)
    consensus = evidence.consensus
    if consensus is None or not consensus.ticks.any():
        return None
    kept = np.flatnonzero(np.isin(trace.time_s, evidence.trace.time_s))
    ticks, count = consensus.ticks.copy(), len(consensus.ticks)
    readings, lost = np.arange(count), None
    jump = evidence.jump if counts_lost else None
    if jump is not None:
        # the clock should have made it, and between these readings nothing says when
        ticks[jump.until :] -= jump.ticks
        until = min(jump.until, count - 1)
        readings = np.concatenate(
            [np.arange(min(jump.after + 1, count)), np.arange(min(jump.until, count), count)]
        )
        times_s = evidence.trace.time_s
        lost = LostTick(
            jump.ticks > 0,
            (int(ticks[max(jump.after, 0)]), int(ticks[until])),
            (float(times_s[jump.after]), float(times_s[min(jump.until, len(times_s) - 1)])),
        )
    windows = Windows(
        evidence.windows.earliest_s[readings], evidence.windows.latest_s[readings], jitter_s
    )
    is_fixed = layer is None or layer.rate_hz is not None
    return ShownTicks(
        ticks[readings],
        kept[readings],
        windows,
        evidence,
        lost,
        _floor(evidence, consensus, kept, 0 if jump is None else jump.ticks),
        is_fixed and rates_that_explain(ticks[readings], windows) is not None,
    )


def _floor(
    evidence: LayerEvidence, consensus: Consensus, kept: Integers, too_many: int
) -> Floor | None:
    """Where the neurons that count to the end came to the floor next.

    Args:
        evidence: what the readings show.
        consensus: what most neurons count.
        kept: numbers of the readings that are evidence.
        too_many: ticks that the clock made and should not have; negative where it lost some.
    """
    end = len(consensus.ticks)
    if not evidence.is_expected or evidence.is_inferred or end == len(evidence.trace):
        return None
    layer, last = evidence.layer, int(consensus.ticks[-1])
    steps = layer.biases.astype(np.int64)[:, None, None]
    first, before, after = evidence.trace.v_mem[[0, end - 1, end]].astype(np.int64)
    came = (steps < 0) & (before > layer.threshold_low) & (after <= layer.threshold_low)
    came &= before - first == last * steps  # others are wrong, or were read at another tick
    if not came.any():
        return None
    # the last step may be cut short
    more = -((after - before) // np.maximum(-steps, 1))
    return Floor(
        int(kept[end]),
        last - too_many + int(more[came].max()),
        float(evidence.trace.time_s[end]),
        float(evidence.windows.latest_s[end]),
    )
