"""What a report says of the plan that a run was deployed by: wanted and obtained leak."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from speckhal.contract.errors import InputError
from speckhal.leak.planning.leak_plan import LeakPlan
from speckhal.leak.planning.plan_picture import plan_figure
from speckhal.leak.planning.plan_tables import LEAK_LEGEND, leak_table, trade_off_table
from speckhal.runs.report.drawn import Picture, picture_of
from speckhal.runs.report.html_table import HtmlTable

if TYPE_CHECKING:
    from speckhal.runs.run import Run


@attrs.frozen
class ShownPlan:
    """A leak plan.

    Attributes:
        summary: what it comes to, as a sentence; or why it cannot be shown.
        wanted: the leak of each layer, as it was asked for.
        legend: what is to be known of the tables.
        tables: of the leaks, and of the rates that could have been chosen.
        picture: obtained against wanted leak; None where it cannot be drawn.
    """

    summary: str
    wanted: dict[str, str] = attrs.field(factory=dict)
    legend: str = ""
    tables: tuple[HtmlTable, ...] = ()
    picture: Picture | None = None


def plan_of(run: Run) -> ShownPlan | None:
    """The plan that the record keeps; None where it has none."""
    if run.provenance.plan is None:
        return None
    try:
        plan = LeakPlan.from_json(run.provenance.plan)
    except InputError:
        return ShownPlan("The record keeps a plan that this version of speckhal cannot read.")
    leaks, rates = leak_table(plan.layers), trade_off_table(plan.trade_offs, plan.budget)
    return ShownPlan(
        summary=f"{plan.summary}.",
        wanted={f"layer {layer.index}": layer.wanted for layer in plan.layers},
        legend=LEAK_LEGEND,
        tables=(
            HtmlTable(
                "leaks",
                "Wanted and obtained leak",
                leaks.columns,
                leaks.rows,
                frozenset({2, 3, 4, 5, 6}),
            ),
            HtmlTable(
                "rates",
                "Rates that could be chosen, and what they would trade",
                ("rate", "error", "ripple", "updates per s", "of budget", "chosen"),
                tuple((*row[1:], "chosen" if row[0] else "") for row in rates.rows),
                frozenset(range(5)),
            ),
        ),
        picture=_picture(plan),
    )


def _picture(plan: LeakPlan) -> Picture:
    return picture_of(
        lambda: plan_figure(plan.layers, plan.summary),
        alt=f"Obtained leak against wanted leak of each channel, with the error below: "
        f"{plan.summary}",
        caption="Obtained against wanted leak of each channel; on the line they are equal.",
    )
