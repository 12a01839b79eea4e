"""What `speckhal plan` prints: the leak of each channel, and what other rates would give."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.table import Table
from rich.text import Text

from speckhal.cli.terminal.console import PlainConsole
from speckhal.leak.planning.plan_tables import (
    LEAK_LEGEND,
    TRADE_OFF_LEGEND,
    leak_table,
    trade_off_table,
)

if TYPE_CHECKING:
    from speckhal.leak.planning.leak_plan import LeakPlan
    from speckhal.leak.planning.plan_tables import Table as Rows


def show_plan(plan: LeakPlan, network: str) -> None:
    """Print the plan, and the trade-offs below it.

    Args:
        plan: to print.
        network: what it is for, in a few words.
    """
    console = PlainConsole()
    console.say(f"{plan.summary}.", style="bold")
    if plan.shortfall:
        console.say(plan.shortfall)
    console.say(f"For {network}.")
    console.show_table(_table(leak_table(plan.layers), left={"channels"}))
    console.say(LEAK_LEGEND)
    console.say("")
    console.say(TRADE_OFF_LEGEND)
    console.show_table(_table(trade_off_table(plan.trade_offs, plan.budget), left=set()))
    if plan.budget is not None:
        console.say(
            f"Budget: {plan.budget.value:,} updates per s and core, "
            f"{plan.budget.certainty.value} (updates_per_s of the {plan.chip})."
        )


def _table(rows: Rows, *, left: set[str]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for name in rows.columns:
        table.add_column(name, justify="left" if name in left else "right", no_wrap=True)
    for row in rows.rows:
        table.add_row(*(Text(cell) for cell in row))
    return table
