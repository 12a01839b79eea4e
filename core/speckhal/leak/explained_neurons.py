"""Sorts the neurons of a channel by whether its step explains them, or they show none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from speckhal.leak.step_inference import steps_that_explain

if TYPE_CHECKING:
    from collections.abc import Iterable

    from speckhal.leak.channel_trace import ChannelTrace, Trajectory


@attrs.frozen(eq=False)
class ExplainedNeurons:
    """The neurons of a channel, by what explains them.

    Attributes:
        steps: each that explains every neuron of `showing`; None where that is empty.
        showing: moved as the channel should.
        silent: show no step: they had no tick, or were at the floor or about to fire.
        wrong: moved as the step of the channel does not explain.
    """

    steps: frozenset[int] | None
    showing: tuple[Trajectory, ...]
    silent: tuple[Trajectory, ...]
    wrong: tuple[Trajectory, ...]

    @classmethod
    def of(cls, read: ChannelTrace, trajectories: Iterable[Trajectory]) -> ExplainedNeurons:
        """Sort them, at the ticks that there can have been."""
        common: frozenset[int] | None = None
        showing: list[Trajectory] = []
        silent: list[Trajectory] = []
        wrong: list[Trajectory] = []
        for each in trajectories:
            steps = None
            if each.end > 1:
                steps = steps_that_explain(each.trusted, read.ticks.until(each.end))
            if steps is None:
                silent.append(each)
            elif read.step in steps:
                showing.append(each)
                common = steps if common is None else common & steps
            else:
                wrong.append(each)
        return cls(common, tuple(showing), tuple(silent), tuple(wrong))
