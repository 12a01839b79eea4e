"""From a notebook's cell to Python: what IPython has besides is run, or passed over."""

from __future__ import annotations

import io
import re
import tokenize
from typing import Final

import attrs

_RUN_BODY: Final = frozenset({"time", "timeit", "capture", "prun"})
"""Magics whose cell, or rest of the line, is Python that is to run."""

_RUN_LINE: Final = re.compile(r"%(?:timeit(?:\s+-\S+(?:\s+\d+)?)*|time|prun(?:\s+-\S+)*)\s+(?=\S)")
_LINE: Final = re.compile(r"[%!?]|(?:pip|conda|mamba)\s+install\b")
_HELP: Final = re.compile(r"%{0,2}[\w.*]+\?{1,2}")
_ASSIGNED: Final = re.compile(r"[\w\s,.\[\]*]+=\s*[%!]")
_CELL: Final = re.compile(r"%%(!|\w+)[ \t]*(.*)")


@attrs.frozen
class Cell:
    """A cell of a notebook.

    Attributes:
        source: as it stands in the notebook.
        code: Python, with as many lines.
        passed_over: lines that only IPython knows, and that are not run.
        captures: name of what `%%capture` keeps its output in, "" for nowhere; None without it.
        may_fail: whether the notebook expects an error, by the tag `raises-exception`.
    """

    source: str
    code: str
    passed_over: tuple[str, ...] = ()
    captures: str | None = None
    may_fail: bool = False


def cell_of(source: str, *, may_fail: bool = False) -> Cell:
    """The Python of a cell with that source, and the lines that only IPython knows."""
    lines = source.splitlines()
    captures: str | None = None
    for number, line in enumerate(lines):
        magic = _CELL.fullmatch(line.strip())
        if magic is None:
            if line.strip() and not line.lstrip().startswith("#"):
                break
            continue
        name, rest = magic.groups()
        if name not in _RUN_BODY:
            return Cell(source, "\n" * number, (line.strip(),), may_fail=may_fail)
        if name == "capture":
            captures = " ".join(word for word in rest.split() if not word.startswith("-"))
        # `%%time statement` and `%%timeit set-up` run what is beside them first
        beside = rest if name in {"time", "timeit"} and not rest.startswith("-") else ""
        lines[number] = beside
    code, passed_over = _without_magics(lines)
    return Cell(source, code, passed_over, captures, may_fail)


def _without_magics(lines: list[str]) -> tuple[str, tuple[str, ...]]:
    """Python with as many lines, and the lines that are left out."""
    if not any(map(_is_suspect, lines)):
        return "\n".join(lines), ()
    code: list[str] = []
    passed_over: list[str] = []
    statement = ""  # the unfinished one that the line goes on with
    continued = False  # whether the line goes on with one that is left out
    for line in lines:
        text = line.strip()
        indent = line[: len(line) - len(line.lstrip())]
        if continued:
            code.append("")
            continued = text.endswith("\\")
            continue
        if not statement and _is_suspect(line):
            python = _RUN_LINE.sub("", text)
            if _is_suspect(python):
                passed_over.append(text)
                code.append(f"{indent}pass")
                continued = text.endswith("\\")
                continue
            line = indent + python  # noqa: PLW2901 - the line as Python has it
        code.append(line)
        statement += f"{line}\n"
        if not _is_unfinished(statement):
            statement = ""
    return "\n".join(code), tuple(passed_over)


def _is_suspect(line: str) -> bool:
    """Whether no statement of Python's could begin like that."""
    text = line.strip()
    return (
        _LINE.match(text) is not None
        or _HELP.fullmatch(text) is not None
        or _ASSIGNED.match(text) is not None
    )


def _is_unfinished(statement: str) -> bool:
    """Whether the next line belongs to it: it has open brackets, an open string, a backslash."""
    try:
        for _ in tokenize.generate_tokens(io.StringIO(statement).readline):
            pass
    except tokenize.TokenError as error:
        said = str(error)
        return "EOF" in said or "triple-quoted" in said
    except SyntaxError:  # Python will say so when it compiles the cell
        return False
    return False
