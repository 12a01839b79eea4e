"""Tables in terminals of any width: nothing of a number is ever cut off."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.table import Table
from rich.text import Text

from speckhal.cli.terminal.console import PlainConsole

NUMBERS = ["0.4125", "-52", "10,000,000", "12 %"]


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def _table() -> Table:
    table = Table(pad_edge=False)
    for name in ("", "wanted", "bias", "updates per s", "of budget"):
        table.add_column(name, no_wrap=True)
    table.add_row("->", *map(Text, NUMBERS))
    return table


def _printed(stream: io.StringIO, columns: int | None) -> str:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdout", stream)
        patch.setenv("TERM", "dumb")
        patch.delenv("COLUMNS", raising=False)
        if columns is not None:
            patch.setenv("COLUMNS", str(columns))
        PlainConsole().show_table(_table())
    return stream.getvalue()


@given(columns=st.integers(22, 120))
def test_every_number_is_whole_on_a_terminal_of_any_width(columns: int) -> None:
    printed = _printed(_Terminal(), columns)

    assert all(number in printed for number in NUMBERS)
    assert "…" not in printed
    assert max(map(len, printed.splitlines())) <= columns


def test_where_a_table_has_no_room_its_rows_name_their_cells() -> None:
    assert _printed(_Terminal(), 40).splitlines() == [
        "",
        "-> wanted 0.4125; bias -52; updates",
        "  per s 10,000,000; of budget 12 %",
        "",
    ]


def test_in_a_pipe_a_table_is_whole_and_no_line_ends_in_blanks() -> None:
    printed = _printed(io.StringIO(), None)

    assert all(number in printed for number in NUMBERS)
    assert all(line == line.rstrip() for line in printed.splitlines())
