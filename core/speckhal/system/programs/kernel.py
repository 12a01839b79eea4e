"""Runs the cells of a notebook one after the other, as the kernel behind Jupyter does."""

from __future__ import annotations
import __future__

import ast
import asyncio
import contextlib
import functools
import inspect
import linecache
import operator
import os
import sys
import warnings
from typing import TYPE_CHECKING, Any

from speckhal.system.programs.jupyter import CapturedOutput, display

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import CodeType

    from speckhal.system.programs.cells import Cell

_FUTURES = functools.reduce(
    operator.or_, (getattr(__future__, name).compiler_flag for name in __future__.all_feature_names)
)
"""Flags of the compiler that a cell hands on to the next ones."""


class Kernel:
    """Runs cells that share their globals, the features of `__future__`, and an event loop.

    Args:
        names: the globals.
        cells: all that are to run. If one of them awaits something, they all find a running event
            loop, as in Jupyter; else no loop runs, and `asyncio.run` works.
    """

    def __init__(self, names: dict[str, Any], cells: Iterable[Cell]) -> None:
        self._names = names
        self._flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        self._loop = asyncio.new_event_loop() if any(map(_awaits, cells)) else None

    def run(self, cell: Cell, name: str) -> None:
        """Run a cell under that name.

        Raises:
            SyntaxError: the cell is not Python.
        """
        codes = self._compiled(cell.code, name)
        output = CapturedOutput()
        with contextlib.nullcontext() if cell.captures is None else output.capturing():
            if self._loop is None:
                for code in codes:
                    eval(code, self._names)  # noqa: S307 - what the user asked for
            else:
                self._loop.run_until_complete(self._run(codes))
        if cell.captures:
            self._names[cell.captures] = output

    async def _run(self, codes: list[CodeType]) -> None:
        for code in codes:
            result = eval(code, self._names)  # noqa: S307 - what the user asked for
            if code.co_flags & inspect.CO_COROUTINE:
                await result

    def _compiled(self, code: str, name: str) -> list[CodeType]:
        """The cell's statements, and its last expression, which shows its value."""
        try:
            flags = self._flags | ast.PyCF_ONLY_AST
            tree = compile(code, name, "exec", flags, dont_inherit=True)
            pieces: list[tuple[ast.Module | ast.Interactive, str]] = [(tree, "exec")]
            last = tree.body[-1] if tree.body else None
            if isinstance(last, ast.Expr) and not code.rstrip().endswith(";"):
                del tree.body[-1]
                pieces.append((ast.Interactive([last]), "single"))
            codes: list[CodeType] = []
            for piece, mode in pieces:
                codes.append(compile(piece, name, mode, self._flags, dont_inherit=True))
                self._flags |= codes[-1].co_flags & _FUTURES
        except SyntaxError as error:
            if error.text is None and error.lineno is not None:
                error.text = linecache.getline(name, error.lineno)
            raise
        except ValueError as error:  # null bytes, up to Python 3.11
            raise SyntaxError(str(error)) from None
        return codes

    def close(self) -> None:
        """Give up what still waits, and end the event loop."""
        if self._loop is None:
            return
        try:
            left = asyncio.all_tasks(self._loop)
            for task in left:
                task.cancel()
            if left:
                self._loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        finally:
            self._loop.close()


def _awaits(cell: Cell) -> bool:
    try:
        flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        code = compile(cell.code, "<cell>", "exec", flags, dont_inherit=True)
    except (SyntaxError, ValueError):  # shown when the cell runs
        return False
    return bool(code.co_flags & inspect.CO_COROUTINE)


@contextlib.contextmanager
def results_in(names: dict[str, Any]) -> Iterator[None]:
    """Show the value of an expression as Jupyter does, and keep it under the name `_`."""

    def show(value: object) -> None:
        if value is not None:
            names["_"] = value
            display(value)

    hook, sys.displayhook = sys.displayhook, show
    try:
        yield
    finally:
        sys.displayhook = hook


@contextlib.contextmanager
def pictures_not_shown() -> Iterator[None]:
    """Let matplotlib draw without windows, which would wait for somebody to close them."""
    if "MPLBACKEND" in os.environ:
        yield
        return
    os.environ["MPLBACKEND"] = "agg"
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "FigureCanvasAgg is non-interactive")
            yield
    finally:
        os.environ.pop("MPLBACKEND", None)
