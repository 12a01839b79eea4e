"""The Markdown pages of this project, taken apart into blocks and carried out in this process.

A page is Markdown alone. How a block is treated follows from its language and from the comment on
the line before it, which readers of the rendered page do not see:

* `python` is executed, in one namespace for the page; `sh` a line at a time; `toml` is parsed.
* `text` is what the block before it printed. A line of three dots stands for lines left out.
* `<!-- file: NAME -->`: the block is written to that file, in the folder where the page runs.
* `<!-- output of COMMAND, shortened -->`: `text` is what that command prints.
* `<!-- exits with N -->`: the last command of the block does.
* `<!-- executed by FILE -->`: FILE, a test or a script of the repository, carries the block out.
* `<!-- not executed: REASON -->`: nothing does.
* `<!-- commands executed by FILE -->`: for all blocks of `sh` of the page.
"""

from __future__ import annotations

import contextlib
import io
import re
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import pytest
from click.testing import CliRunner

from speckhal.cli import main

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT = Path(__file__).resolve().parents[2]
BUILT = PROJECT / "docs" / "_build"
PAGES = [
    *sorted(PROJECT.glob("*.md")),
    *sorted((PROJECT / "examples").glob("*/README.md")),
    *sorted(page for page in (PROJECT / "docs").rglob("*.md") if BUILT not in page.parents),
]

_BLOCK = re.compile(
    r"(?:^ *<!-- (?P<mark>[^\n]*) -->\n)?"
    r"^(?P<indent> *)```(?P<language>[^\n]*)\n(?P<text>.*?)^ *```$",
    flags=re.MULTILINE | re.DOTALL,
)
_MARK_OF_CI = re.compile(r"(first|second) command")


@attrs.frozen
class Block:
    """A fenced block of a page, with the comment above it."""

    where: str
    language: str
    text: str
    mark: str

    def is_marked(self, kind: str) -> str | None:
        """What the mark says after these words; None if it does not begin with them."""
        return self.mark[len(kind) :].strip() if self.mark.startswith(kind) else None


def blocks_of(page: Path) -> Iterator[Block]:
    """The blocks of a page, in order."""
    text = page.read_text(encoding="utf-8")
    for found in _BLOCK.finditer(text):
        line = text[: found.start("language")].count("\n") + 1
        yield Block(
            where=f"{page.relative_to(PROJECT)}:{line}",
            language=found["language"].strip(),
            text=re.sub(rf"^{found['indent']}", "", found["text"], flags=re.MULTILINE),
            mark=found["mark"] or "",
        )


def commands_by(page: Path) -> str:
    """The test that carries out the commands of a page; empty where the page itself is run.

    Raises:
        AssertionError: that test does not exist, or does not name the page.
    """
    marked = re.search(r"^<!-- commands executed by (.*) -->$", page.read_text(), re.MULTILINE)
    if marked is None:
        return ""
    assert page.name in (PROJECT / marked[1]).read_text(encoding="utf-8")
    return marked[1]


class PageRun:
    """Carries out the blocks of one page in the current folder, one after the other."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, commands_by: str = "") -> None:
        self._namespace: dict[str, object] = {"__name__": "__main__"}
        self._monkeypatch = monkeypatch
        self._commands_by = commands_by
        self._printed: str | None = None

    def run(self, block: Block) -> None:
        """Carry out a block, or compare it with what the one before it printed.

        Raises:
            AssertionError: it printed something else, failed, or is of a kind that nobody executes.
        """
        if block.language.startswith("{"):
            return  # a directive, which the build of the site carries out
        if block.is_marked("not executed:") is not None:
            assert block.is_marked("not executed:"), f"{block.where}: say why it is not executed"
        elif (by := block.is_marked("executed by")) is not None:
            assert (PROJECT / by).is_file(), f"{block.where}: there is no {by}"
        elif self._commands_by and block.language == "sh":
            pass
        elif _MARK_OF_CI.fullmatch(block.mark):
            assert block.language == "sh"  # .ci/run carries these two out
        elif (name := block.is_marked("file:")) is not None:
            Path(name).write_text(block.text, encoding="utf-8")
            self._printed = None
        elif (command := block.is_marked("output of")) is not None:
            assert block.language == "text", block.where
            _compare(self._command(command.removesuffix(", shortened"), 0), block)
        else:
            self._by_language(block)

    def _by_language(self, block: Block) -> None:
        if block.language == "python":
            self._printed = self._python(block)
        elif block.language == "sh":
            code = int(block.is_marked("exits with") or 0)
            *lines, last = block.text.splitlines()
            before = [self._command(line, 0, block.where) for line in lines]
            self._printed = "".join([*before, self._command(last, code, block.where)])
        elif block.language == "toml":
            tomllib.loads(block.text)
        elif block.language == "text":
            assert self._printed is not None, f"{block.where}: nothing printed this"
            _compare(self._printed, block)
            self._printed = None
        else:
            pytest.fail(f"{block.where}: nobody executes a block of {block.language!r}")

    def _python(self, block: Block) -> str:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(block.text, block.where, "exec"), self._namespace)  # noqa: S102 - our own page
        return printed.getvalue()

    def _command(self, line: str, code: int, where: str = "") -> str:
        """What a command prints, with the variables that are set in front of it."""
        words = shlex.split(line, comments=True)
        with self._monkeypatch.context() as variables:
            for name in ("COLUMNS", "FORCE_COLOR"):  # pages show what goes into a pipe
                variables.delenv(name, raising=False)
            while words and (setting := re.fullmatch(r"([A-Z_]+)=(.*)", words[0])):
                variables.setenv(*setting.groups())
                words.pop(0)
            if words[:1] == ["cat"]:
                return "".join(Path(name).read_text(encoding="utf-8") for name in words[1:])
            into = words[-1] if words[-2:-1] == [">"] else ""
            words = words[:-2] if into else words
            assert words[:1] == ["speckhal"], f"{where}: nobody executes {line!r}"
            done = CliRunner().invoke(main, words[1:])
        assert done.exit_code == code, f"{where}: {line!r} gave\n{done.output}"
        if into:
            Path(into).write_text(done.stdout, encoding="utf-8")
            return ""
        return done.stdout


def _compare(printed: str, block: Block) -> None:
    """Compare line by line; three dots stand for any number of lines."""
    shown, real = (
        "".join(f"{line.rstrip()}\n" for line in text.rstrip().splitlines())
        for text in (block.text, printed)
    )
    parts = re.split(r"^ *\.\.\.\n", shown, flags=re.MULTILINE)
    pattern = r"(?:.*\n)+?".join(map(re.escape, parts))
    assert re.fullmatch(pattern, real), f"{block.where} shows\n{shown}\n\nand printed was\n{real}"
