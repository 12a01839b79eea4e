"""What a report says of where a run comes from: device, chip, errata, versions, options."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import attrs

from speckhal.contract.fact_lines import value_lines
from speckhal.runs.late_readings import late_readings
from speckhal.runs.pictures.trajectories import in_ranges
from speckhal.runs.pictures.wording import date_of
from speckhal.runs.report.html_table import HtmlTable
from speckhal.runs.written_start import written_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from speckhal.contract.chip import ChipFacts
    from speckhal.runs.run import Run

_STATES = {
    "deployed": "as deployed",
    "restored": "brought back to those of the deployment before the run",
    "reset": "set to 0 before the run",
    "written": "written before the clock ran",
    "leaked": "moved before the run, by an earlier one or otherwise",
}


def about_run(run: Run, *, kept_as: str) -> dict[str, object]:
    """What every page shows, of a leak or of spikes, by the names that its template uses."""
    info = run.info
    facts = (
        info.kind,
        info.chip.name,
        info.serial_number and f"serial number {info.serial_number}",
        date_of("" if info.recorded_at else run.provenance.started_at),
    )
    return {
        "facts": [fact for fact in facts if fact],
        "device": _device_rows(run),
        "chip_name": info.chip.name,
        "chip": _chip_table(info.chip),
        "errata": _errata_of(run),
        "provenance": _provenance_rows(run),
        "kept_as": kept_as,
        "as_argument": shlex.quote(kept_as),
        "as_literal": repr(kept_as),
    }


def _device_rows(run: Run) -> dict[str, str]:
    """What is known of the device, by names."""
    info, about = run.info, run.provenance
    return _known(
        {
            "board": info.board,
            "kind": info.kind,
            "backend": info.backend,
            "opened as": about.selection,
            "serial number": info.serial_number,
            "firmware": info.firmware,
            "options": _pairs(about.options),
            "capabilities": ", ".join(about.capabilities),
            "chip": info.chip.name,
        }
    )


def _chip_table(chip: ChipFacts) -> HtmlTable:
    """The facts of the chip, each with its source."""
    return HtmlTable(
        "facts",
        f"What was known of the {chip.name} when it was measured",
        ("fact", "value", "source"),
        tuple(
            (
                name.replace("_", " "),
                "\n".join(value_lines(name, fact.value)),
                f"{fact.certainty.value}: {fact.source}",
            )
            for name, fact in chip.rows()
        ),
    )


@attrs.frozen
class ShownErratum:
    """A fault of the chip.

    Attributes:
        name: what is at fault.
        consequence: what that means, and what to do.
        source: where it is known from.
        layers: of the run that are of the kind that it affects, in words; empty where it does not
            say of which kind those are.
    """

    name: str
    consequence: str
    source: str
    layers: str


def _errata_of(run: Run) -> list[ShownErratum]:
    """The errata of the chip, each with the layers of this run that it affects."""
    return [
        ShownErratum(
            one.name,
            one.consequence,
            f"{one.certainty.value}: {one.source}",
            ""
            if one.cores is None and one.unless is None
            else _layers(
                [
                    layer.index
                    for layer in run.deployment.layers
                    if one.applies_to(layer.core, layer.shape)
                ]
            ),
        )
        for one in run.info.chip.errata
    ]


def _provenance_rows(run: Run) -> dict[str, str]:
    """Where the run comes from, by names."""
    about = run.provenance
    shape, late = about.input_shape, late_readings(run.traces, about.sampling)
    return _known(
        {
            "run": about.run_id,
            "started": date_of(about.started_at),
            "sampling": _pairs(about.sampling),
            "late": "" if late is None else late.shortly,
            "states at the start": _STATES.get(about.states, about.states),
            "written": written_text(about.written),
            "start": "" if about.start is None else f"membrane potentials of {about.start}",
            "input": "" if shape is None else " x ".join(map(str, shape)),
            "network": about.network_hash and f"SHA-256 {about.network_hash}",
            "seeds": _pairs(about.seeds),
            "versions": _pairs(about.versions),
            **about.notes,
        }
    )


def _layers(indices: list[int]) -> str:
    if not indices:
        return "Affects no layer of this run."
    return f"Affects layer{'s' * (len(indices) > 1)} {in_ranges(sorted(indices))} of this run."


def _pairs(values: Mapping[str, object]) -> str:
    return ", ".join(f"{key} {value}" for key, value in values.items())


def _known(rows: dict[str, str]) -> dict[str, str]:
    return {name: text for name, text in rows.items() if text}
