"""What notebooks find in Jupyter besides Python: `display`, `get_ipython`, captured output."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import sys
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import attrs

from speckhal.system.programs.cells import cell_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_SHOWN = (
    "Audio", "HTML", "IFrame", "Image", "JSON", "Javascript", "Latex", "Markdown", "Math", "Pretty",
    "SVG", "Video", "YouTubeVideo",
)  # fmt: skip
"""Classes of `IPython.display` that say how something is to be shown."""


def display(*objects: object, **_options: object) -> None:
    """Print each object as a notebook without pictures shows it."""
    for item in objects:
        shows_itself = getattr(type(item), "_ipython_display_", None)
        if shows_itself is None:
            print(repr(item))  # noqa: T201 - a notebook's output
        else:
            shows_itself(item)


@attrs.frozen
class Shell:
    """What `get_ipython()` gives: it runs Python, and nothing that only IPython knows.

    Attributes:
        user_ns: the notebook's globals.
        passed_over: called with each line that is not run.
    """

    user_ns: dict[str, Any]
    passed_over: Callable[[str], None]

    @property
    def config(self) -> dict[str, object]:
        """No setting; libraries look here for a notebook's window."""
        return {}

    @property
    def events(self) -> SimpleNamespace:
        """Where libraries ask to be called after a cell, in vain: nobody looks at pictures."""
        return SimpleNamespace(register=lambda *_, **__: None, unregister=lambda *_, **__: None)

    def run_line_magic(self, name: str, line: str = "", *_: object) -> None:
        """As `%name line` in a cell."""
        self.run_cell(f"%{name} {line}".strip())

    def run_cell_magic(self, name: str, line: str, cell: str) -> None:
        """As a cell that begins with `%%name line`."""
        self.run_cell(f"%%{name} {line}".strip() + f"\n{cell}")

    def magic(self, line: str) -> None:
        """As `%line` in a cell."""
        self.run_cell(f"%{line}")

    def system(self, command: str) -> None:
        """As `!command` in a cell."""
        self.run_cell(f"!{command}")

    def getoutput(self, command: str) -> list[str]:
        """No lines: the command is passed over."""
        self.system(command)
        return []

    def run_cell(self, source: str) -> None:
        """Run a cell without showing its last expression."""
        cell = cell_of(source)
        for line in cell.passed_over:
            self.passed_over(line)
        exec(compile(cell.code, "<cell>", "exec", dont_inherit=True), self.user_ns)  # noqa: S102 - what a cell asks for


class CapturedOutput:
    """What a cell with `%%capture` printed."""

    def __init__(self) -> None:
        self._stdout, self._stderr = io.StringIO(), io.StringIO()
        self.outputs: list[object] = []

    @property
    def stdout(self) -> str:
        """What went to standard output."""
        return self._stdout.getvalue()

    @property
    def stderr(self) -> str:
        """What went to standard error."""
        return self._stderr.getvalue()

    def show(self) -> None:
        """Print what was captured, where it was printed."""
        sys.stdout.write(self.stdout)
        sys.stderr.write(self.stderr)

    __call__ = show

    @contextlib.contextmanager
    def capturing(self) -> Iterator[None]:
        """Keep in the body what is printed."""
        with contextlib.redirect_stdout(self._stdout), contextlib.redirect_stderr(self._stderr):
            yield


@contextlib.contextmanager
def ipython_to_import(shell: Shell) -> Iterator[None]:
    """Let notebooks import `display` from IPython also where that is not installed."""
    if importlib.util.find_spec("IPython") is not None:
        yield
        return
    package, module = ModuleType("IPython"), ModuleType("IPython.display")
    # those who look at the version need no more than this one says
    vars(package).update(
        get_ipython=lambda: shell, display=module, version_info=(8, 24, 0), __path__=[]
    )
    vars(module).update(display=display, clear_output=lambda *_, **__: None)
    vars(module).update({name: type(name, (_Shown,), {}) for name in _SHOWN})
    stand_ins = {"IPython": package, "IPython.display": module}
    sys.modules.update(stand_ins)
    try:
        yield
    finally:
        for name in stand_ins:
            sys.modules.pop(name, None)


class _Shown:
    """Something to be shown in a way that a terminal does not have."""

    def __init__(self, data: object = None, *_: object, **__: object) -> None:
        self.data = data

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: not shown on a terminal>"
