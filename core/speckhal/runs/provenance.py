"""Where a run comes from: what opened the device, how it was sampled, and by which versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Mapping


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
            were brought back to that before the run, "reset" where they were set to 0 before it,
            "written" where the run began by writing them, "leaked" where an earlier run, or
            anything else, had moved them; empty where nobody knows.
        written: membrane potential that all neurons of a layer were written before the clock ran,
            in chip units, by the layer's index as a text; empty where the run wrote none.
        start: membrane potential of all neurons before the clock ran, in chip units, where it ran
            before the first reading; None where the first reading is of the start, as in every
            run of `run_leak`.
        notes: what one must know of the numbers, as sentences by name: `source`, where others
            published them; `inferred`, what was computed and not measured; `uncertain`, what
            nobody knows.
        direct_biases: indices of the layers that were deployed with biases in place of the
            network's own, those of a plan too; None where nobody knows.
        has_all_layers: whether the run has all layers that were deployed; False where it has those
            alone that were read, as in arrays of `leak --save`, and nobody knows of others.
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
    written: Mapping[str, int] = attrs.field(factory=dict)
    start: int | None = None
    notes: Mapping[str, str] = attrs.field(factory=dict)
    direct_biases: tuple[int, ...] | None = None
    has_all_layers: bool = True
