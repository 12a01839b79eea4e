"""A run: everything that one leak experiment gathered, and where it comes from."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import attrs

from speckhal.contract.errors import LayerNotFound
from speckhal.leak.channel_verdict import Answer
from speckhal.leak.verdict import judge

if TYPE_CHECKING:
    from collections.abc import Mapping

    from speckhal.contract.deployment import DeployedLayer, Deployment
    from speckhal.contract.device import DeviceInfo
    from speckhal.contract.reading import Trace
    from speckhal.leak.verdict import Verdict


@attrs.frozen(eq=False)
class Provenance:
    """Where a run comes from, as plain data that any JSON holds.

    Attributes:
        run_id: a name that no other run has.
        started_at: when it started, UTC, as ISO 8601 writes it; empty where nobody knows.
        selection: what opened the device, as `backend:target`; empty where nobody knows.
        options: that the device was opened with, and the text of the mock's profile.
        capabilities: of the device, by the names of `Capability`, sorted.
        input_shape: (channels, height, width) of the network's input; None where nobody knows.
        network_hash: SHA-256 of the network's parameters, in hexadecimal; empty where the network
            has none that could be read.
        sampling: `every_s` and `for_s`, or `ticks`, as they were asked for.
        versions: of speckhal, sinabs, samna, torch and numpy, as far as they are installed; that
            of an emulated samna ends in " (emulated)".
        plan: the leak that was wanted, as `speckhal plan --json` prints it; None without a plan.
        seeds: of what is random in it, by name.
        states: "deployed" where the neurons started as they were deployed, "restored" where they
            were brought back to that before the run, "leaked" where an earlier run, or anything
            else, had moved them.
    """

    run_id: str
    started_at: str = ""
    selection: str = ""
    options: Mapping[str, object] = attrs.field(factory=dict)
    capabilities: tuple[str, ...] = ()
    input_shape: tuple[int, int, int] | None = None
    network_hash: str = ""
    sampling: Mapping[str, float] = attrs.field(factory=dict)
    versions: Mapping[str, str] = attrs.field(factory=dict)
    plan: Mapping[str, object] | None = None
    seeds: Mapping[str, int] = attrs.field(factory=dict)
    states: str = "deployed"


@attrs.frozen(eq=False)
class Run:
    """Everything that one leak experiment gathered.

    Attributes:
        info: the device that it was measured on.
        deployment: all layers that were deployed, those that were not read among them.
        traces: one for each layer that was read, in the order in which they were asked for.
        provenance: where it comes from.
        problem: what ended it early, as its kind and text; None where nothing did.
        is_partial: whether it is of a record that nobody finished: the process died.
    """

    info: DeviceInfo
    deployment: Deployment
    traces: tuple[Trace, ...]
    provenance: Provenance
    problem: str | None = None
    is_partial: bool = False

    @property
    def layers(self) -> tuple[DeployedLayer, ...]:
        """The layers that were read, as they were deployed, in the order of `traces`."""
        return tuple(self.deployment.layer(trace.layer) for trace in self.traces)

    def trace(self, layer: int = 0) -> Trace:
        """What was read of a layer.

        Args:
            layer: index of the network layer.

        Raises:
            LayerNotFound: the run did not read it.
        """
        for trace in self.traces:
            if trace.layer == layer:
                return trace
        there = ", ".join(str(trace.layer) for trace in self.traces) or "none"
        raise LayerNotFound(
            f"Asked a run for layer {layer!r}, which it did not read.",
            hint=f"It read these layers: {there}.",
        )

    @functools.cached_property
    def verdicts(self) -> tuple[Verdict | None, ...]:
        """Whether each layer leaked as deployed; None of one with fewer than two readings."""
        pairs = zip(self.traces, self.layers, strict=True)
        return tuple(judge(trace, layer) if len(trace) > 1 else None for trace, layer in pairs)

    @property
    def answer(self) -> Answer:
        """Whether all layers leaked as deployed; it disagrees if one does."""
        answers = {
            Answer.CANNOT_TELL if verdict is None else verdict.answer for verdict in self.verdicts
        }
        for answer in (Answer.DISAGREES, Answer.CANNOT_TELL):
            if answer in answers:
                return answer
        return Answer.AGREES if answers else Answer.CANNOT_TELL
