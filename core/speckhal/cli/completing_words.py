"""The one shape of all completions: words and what they are, of which those begun are offered.

Completion never fails and never speaks: where a plugin cannot be loaded there is nothing to offer,
and what plugins and libraries print is dropped.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import attrs
from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import click

Word: TypeAlias = "tuple[str, str] | CompletionItem"
"""A whole word and what it is, or empty where that needs no words; or an item as shells take it."""

Complete: TypeAlias = "Callable[[click.Context, click.Parameter, str], list[CompletionItem]]"
"""What click asks."""


@attrs.frozen
class Typed:
    """What stands on the command line as the Tab key is pressed.

    Attributes:
        ctx: of the command, with the values of the options before.
        param: that the word is for.
        begun: the word as far as it is typed.
    """

    ctx: click.Context
    param: click.Parameter
    begun: str


def completes(words: Callable[[Typed], Iterable[Word]]) -> Complete:
    """Offer those of the words that go on as it was begun, up to where finding them fails.

    Args:
        words: all that there are, in their order; it may leave out what does not go on so.
    """

    def complete(
        ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        found: list[CompletionItem] = []
        with _silent():
            try:
                for word in words(Typed(ctx, param, incomplete)):
                    if isinstance(word, CompletionItem):
                        found.append(word)
                    elif word[0].startswith(incomplete):
                        found.append(CompletionItem(word[0], help=_line(word[1]) or None))
            except KeyboardInterrupt:
                raise
            except BaseException:  # noqa: BLE001 - plugins may raise anything, SystemExit included
                return found
        return found

    return complete


def either(*kinds: Complete) -> Complete:
    """Offer words of several kinds, one kind after the other, whichever of them fails."""

    def complete(
        ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        return [item for kind in kinds for item in kind(ctx, param, incomplete)]

    return complete


def _line(text: str) -> str:
    """One line without escape codes, which is what shells take."""
    from speckhal.system.printable import printable  # noqa: PLC0415 - --help must stay light

    return " ".join(printable(text).split())


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
