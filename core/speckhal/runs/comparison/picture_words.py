"""What the picture of a comparison says: the verdict in its title, and what was compared."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from speckhal.leak.channel_verdict import Answer
from speckhal.runs.pictures.wording import date_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from speckhal.runs.comparison.layer_comparison import LayerComparison
    from speckhal.runs.comparison.sides import Side
    from speckhal.runs.comparison.tolerance import Tolerance

WIDTH: Final = 84
"""Characters of a line of the title."""

SAID: Final = {
    Answer.AGREES: "\N{CHECK MARK} a and b agree",
    Answer.DISAGREES: "\N{BALLOT X} a and b disagree",
    Answer.CANNOT_TELL: "? cannot tell whether a and b agree",
}


class DrawnComparison(Protocol):
    """What is drawn of a `speckhal.RunComparison` besides its layers."""

    @property
    def answer(self) -> Answer:
        """Of the three."""

    @property
    def problems(self) -> tuple[str, ...]:
        """What differs and what is not clear, as sentences."""

    @property
    def clocks(self) -> tuple[str, ...]:
        """What differs between the clocks, as sentences."""

    @property
    def tolerance(self) -> Tolerance:
        """How far the two may be apart."""

    @property
    def sides(self) -> tuple[Side, Side]:
        """What was compared."""


def title(comparison: DrawnComparison, layer: LayerComparison, lines: int, shown: int) -> str:
    """The verdict on the layer, how much was compared, and how many neurons are drawn."""
    neurons = int(np.prod(layer.shape))
    answer = layer.answer
    verdict = SAID[answer]
    if comparison.clocks and answer is Answer.AGREES:
        verdict = "values agree, \N{BALLOT X} the clocks of a and b disagree"
    said = [
        (f"Layer {layer.layer}: {verdict} ({layer.ticks} tick{'s' * (layer.ticks != 1)} compared)")
    ]
    differing = layer.differing_neurons
    if differing:
        said.append(
            f"{differing} of {neurons} neurons differ{'s' * (differing == 1)}, by up to "
            f"{int(layer.largest.max())}"
        )
    said += comparison.clocks
    if answer is Answer.CANNOT_TELL:
        said.append(layer.reason)
    wanted = differing or neurons
    if shown < wanted:
        drawn = f"{lines} line{'s' * (lines != 1)}"
        of_those = "that differ" if differing else "of the layer"
        said.append(f"{drawn} for {shown} of the {wanted} neurons {of_those}")
    elif differing and shown < neurons:
        what = "the one that differs" if differing == 1 else "those that differ"
        said.append(f"drawn: {what}; below, in grey, the range of all")
    return wrapped(said)


def wrapped(said: Sequence[str]) -> str:
    """Sentences, each on lines of its own that are about equally long."""
    return "\n".join(_balanced(one) for one in said)


def _balanced(text: str) -> str:
    """On as few lines as fit, about equally long, so that no word stands alone on the last."""
    lines = len(textwrap.wrap(text, WIDTH))
    narrow, wide = min(WIDTH, len(text) // max(lines, 1) or 1), WIDTH
    for width in range(narrow, wide):
        if len(textwrap.wrap(text, width)) <= lines:
            return textwrap.fill(text, width)
    return textwrap.fill(text, wide)


def who(side: Side) -> str:
    """What was compared, in a few words."""
    if side.run is None:
        return f"{side.name}: a trace"
    info, provenance = side.run.info, side.run.provenance
    said = [
        f"{side.name}: {info.board}{' (emulated)' * info.emulated}",
        info.chip.name,
        f"serial number {info.serial_number}" if info.serial_number else "no serial number",
        date_of(info.recorded_at or provenance.started_at) or "date unknown",
    ]
    return " \N{MIDDLE DOT} ".join(said)
