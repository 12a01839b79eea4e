"""What keeps completion from failing and from printing, whatever plugins and libraries do."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from click.shell_completion import CompletionItem

P = ParamSpec("P")


def without_a_word(
    complete: Callable[P, Iterable[CompletionItem]],
) -> Callable[P, list[CompletionItem]]:
    """Offer nothing where this fails, whatever happens, and print nothing meanwhile."""

    def completed(*args: P.args, **kwargs: P.kwargs) -> list[CompletionItem]:
        with _silent():
            try:
                return [*complete(*args, **kwargs)]
            except KeyboardInterrupt:
                raise
            except BaseException:  # noqa: BLE001 - plugins may raise anything, SystemExit included
                return []

    return completed


@contextlib.contextmanager
def _silent() -> Iterator[None]:
    """In the body, what is printed goes nowhere, from libraries in C too."""
    with contextlib.ExitStack() as stack:
        nowhere = stack.enter_context(Path(os.devnull).open("w", encoding="utf-8"))
        stack.enter_context(contextlib.redirect_stdout(nowhere))
        stack.enter_context(contextlib.redirect_stderr(nowhere))
        for descriptor in (1, 2):
            with contextlib.suppress(OSError):  # it is closed
                kept = os.dup(descriptor)
                stack.callback(os.close, kept)
                stack.callback(os.dup2, kept, descriptor)
                os.dup2(nowhere.fileno(), descriptor)
        yield
