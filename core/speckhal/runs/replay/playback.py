"""One pass over a record, from its start: where it stands, and which reading answers there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from speckhal.contract.errors import NotRecorded
from speckhal.runs.replay.shown_sampling import ROUNDING_S

if TYPE_CHECKING:
    from speckhal.runs.replay.clock import ReplayClock
    from speckhal.runs.replay.samples import RecordedSamples


@attrs.define
class Playback:
    """One pass over a record. Every deployment begins a new one, and `rewind` this one anew.

    Attributes:
        samples: of the record.
        clock: of the device that replays it.
        is_stepped: whether its ticks were made one by one, rather than by a clock that runs.
        begins_deployed: whether the record begins with the states of the deployment, as far as it
            says; only then can they be restored.
        origin_s: when the leak was started, on the clock; None before.
        ticks: that were made since.
        earlier_ticks: that were made before it began anew.
        runs: whether the slow clock runs.
        stopped_s: how long it ran before it was stopped.
        held: the sample of that moment; None where the record has none.
    """

    samples: RecordedSamples
    clock: ReplayClock
    is_stepped: bool
    begins_deployed: bool
    origin_s: float | None = attrs.field(default=None, init=False)
    ticks: int = attrs.field(default=0, init=False)
    earlier_ticks: int = attrs.field(default=0, init=False)
    runs: bool = attrs.field(default=False, init=False)
    stopped_s: float = attrs.field(default=0.0, init=False)
    held: int | None = attrs.field(default=None, init=False)

    def rewind(self) -> None:
        """Begin anew, with the states that the record begins with; the ticks are counted on."""
        self.stop()
        self.earlier_ticks += self.ticks
        self.origin_s, self.ticks, self.stopped_s, self.held = None, 0, 0.0, None

    def start(self) -> None:
        """Let the recorded slow clock run, which takes as long as it took.

        Raises:
            NotRecorded: it ran before, in this pass, or its ticks were made one by one.
        """
        if self.runs:
            return
        if self.is_stepped:
            raise NotRecorded(
                "Asked to start the slow clock, and the record is of ticks that were made one by "
                f"one: {self.samples.last_tick} of them.",
                hint=f"Make them, with tick() or run_leak(ticks={self.samples.last_tick}).",
            )
        if self.origin_s is not None:
            raise NotRecorded(
                "Asked to start the slow clock again, and the record is of one run of it.",
                hint=self._anew(),
            )
        self.origin_s = self.clock.now_s()
        self.clock.wait_until(self.origin_s + self.samples.starting_s)
        self.runs = True

    def stop(self) -> None:
        """Stop the slow clock: from now on the sample of this moment answers."""
        if not self.runs or self.origin_s is None:
            return
        self.stopped_s = self.clock.now_s() - self.origin_s
        self.held = self.samples.at(self.stopped_s)
        self.runs = False
        if self.held is not None:
            self.clock.wait_until(self.origin_s + self.samples.end_s(self.held))

    def tick(self, count: int) -> None:
        """Make ticks.

        Raises:
            NotRecorded: the record has fewer.
        """
        if self.ticks + count > self.samples.last_tick:
            raise NotRecorded(
                f"Asked for tick {self.ticks + count} since the network was deployed, and the "
                f"record ends after {self.samples.last_tick}.",
                hint=f"Make fewer ticks. {self._anew()}",
            )
        if self.origin_s is None:
            self.origin_s = self.clock.now_s()
        self.ticks += count

    def _anew(self) -> str:
        """How to replay the record from its start."""
        if not self.begins_deployed:
            return "Deploy the network again, which replays the record from its start."
        return (
            "Give run_leak restore=True, or deploy the network again: either replays the record "
            "from its start."
        )

    def woken_s(self, time_s: float) -> float:
        """When a sleep ends that is to end at that time of the clock."""
        if not self.runs or self.origin_s is None:
            return time_s
        sample = self.samples.at(time_s - self.origin_s)
        return time_s if sample is None else self.origin_s + self.samples.moment_s(sample)

    def read(self, layer: int) -> tuple[int, float, float]:
        """The reading of a layer that answers now, when it was asked for, and how long it took.

        Time passes as it did when it was recorded.

        Raises:
            NotRecorded: there is none of now.
        """
        sample, duration_s = self._sample(layer), 0.0
        trace = self.samples.traces[layer]
        if self.origin_s is not None and (self.is_stepped or self.runs):
            recorded_s = self.origin_s + float(trace.time_s[sample])
            if recorded_s >= self.clock.now_s() - ROUNDING_S:
                self.clock.wait_until(recorded_s)
                duration_s = float(trace.duration_s[sample])
        time_s = self.clock.now_s()
        self.clock.wait_until(time_s + duration_s)
        return sample, time_s, duration_s

    def _sample(self, layer: int) -> int:
        if self.is_stepped:
            return self.samples.reading_after(layer, self.ticks)
        if self.origin_s is None:
            return 0
        if self.runs:
            return self.samples.reading_at(layer, self.clock.now_s() - self.origin_s)
        if self.held is None or self.held >= len(self.samples.traces[layer]):
            raise self.samples.refusal(layer, self.stopped_s, "its clock was stopped")
        return self.held
