"""A leak plan as tables: of what each channel gets, and of what other rates would give."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Final

import attrs
import numpy as np

from speckhal.leak.planning.planned_layer import percent

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    from speckhal.contract.facts import Fact
    from speckhal.leak.planning.planned_layer import PlannedLayer, TradeOff

MOST_ROWS: Final = 12
"""Of more distinct channels than this, a layer has one row, with ranges."""

LEAK_COLUMNS: Final = ("layer", "channels", "wanted*", "obtained*", "error", "bias", "floor")
TRADE_OFF_COLUMNS: Final = ("", "rate", "error", "ripple", "updates per s", "of budget")

LEAK_LEGEND: Final = (
    "* thresholds per s; floor: time from the upper threshold to the lower one. A potential that "
    "rises never gets there."
)


TRADE_OFF_LEGEND: Final = (
    "A sample of the rates: what a plan would take for coarser or finer ticks, and what has the "
    "least error."
)


@attrs.frozen
class Table:
    """Texts in rows under the names of their columns."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def as_html(self) -> str:
        """The table, for a notebook."""
        head = "".join(f"<th>{html.escape(name)}</th>" for name in self.columns)
        rows = [
            "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>"
            for row in self.rows
        ]
        return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def leak_table(layers: Sequence[PlannedLayer]) -> Table:
    """A row for each layer and group of channels with the same leak."""
    return Table(LEAK_COLUMNS, tuple(row for layer in layers for row in _rows(layer)))


def trade_off_table(trade_offs: Sequence[TradeOff], budget: Fact[int] | None) -> Table:
    """A row for each rate that is worth a look, with a mark at the chosen one.

    Args:
        trade_offs: the rates.
        budget: updates that a core can make in a second; None where that is not known.
    """
    return Table(
        TRADE_OFF_COLUMNS,
        tuple(
            (
                "->" if one.is_chosen else "",
                f"{one.rate_hz} Hz",
                percent(one.error),
                percent(one.ripple),
                f"{one.updates_per_s:,}",
                "?" if budget is None else percent(one.updates_per_s / budget.value),
            )
            for one in trade_offs
        ),
    )


def _rows(layer: PlannedLayer) -> Iterator[tuple[str, ...]]:
    pairs = np.stack([layer.wanted_per_s, layer.biases.astype(np.float64)], axis=1)
    _, firsts, group = np.unique(pairs, axis=0, return_index=True, return_inverse=True)
    group = group.reshape(-1)
    if len(firsts) > MOST_ROWS:
        yield _row(layer, np.arange(layer.shape[0]))
        return
    for first in sorted(firsts.tolist()):
        yield _row(layer, np.flatnonzero(group == group[first]))


def _row(layer: PlannedLayer, channels: npt.NDArray[np.intp]) -> tuple[str, ...]:
    errors, floors = layer.errors[channels], layer.ticks_to_floor[channels] / layer.rate_hz
    worst = errors[int(np.argmax(np.abs(errors)))]
    return (
        str(layer.index),
        _numbers(channels.tolist()),
        _range(layer.wanted_per_s[channels]),
        _range(layer.obtained_per_s[channels]),
        f"{'+' if worst > 0 else ''}{percent(worst)}",
        _range(layer.biases[channels].astype(np.float64)),
        _range(floors, " s") if np.isfinite(floors).all() else "never",
    )


def _range(values: npt.NDArray[np.float64], unit: str = "") -> str:
    lowest, highest = float(values.min()), float(values.max())
    if lowest == highest:
        return f"{lowest:.4g}{unit}"
    return f"{lowest:.3g} .. {highest:.3g}{unit}"


def _numbers(numbers: Sequence[int]) -> str:
    """Ascending numbers with what follows each other as ranges, no more than three of those."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    said = [f"{first}" if first == last else f"{first}-{last}" for first, last in runs]
    return ", ".join(said) if len(said) <= 3 else f"{len(numbers)} channels"
