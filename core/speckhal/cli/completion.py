"""What shells offer after the Tab key, in place of what a user has begun to type.

Completion never fails and never speaks: where a plugin cannot be loaded there is nothing to offer,
and what plugins print is dropped. Only the backend that is named is imported, and only for what it
alone knows, such as its targets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from click.shell_completion import CompletionItem

from speckhal.cli.completing_files import RECORDS, complete_record, offer_files
from speckhal.cli.completing_quietly import without_a_word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import click

    from speckhal.contract.option_description import OptionDescription

_COLON = ":"
_REPLAY = "replay"  # the backend whose targets are files


@without_a_word
def complete_selection(
    ctx: click.Context,  # noqa: ARG001 - click's signature
    param: click.Parameter,  # noqa: ARG001 - click's signature
    incomplete: str,
) -> Iterable[CompletionItem]:
    """Backends, or behind a colon the targets of the backend before it, each with what it is."""
    from speckhal.discovery.entry_points import BACKENDS, enabled  # noqa: PLC0415 - --help must stay light

    name, colon, begun = incomplete.partition(_COLON)
    if not colon:
        for offer in enabled(BACKENDS):
            if offer.name.startswith(name):
                yield CompletionItem(offer.name, help=_line(f"of {offer.owner}"))
        return
    from speckhal.discovery.registry import registry  # noqa: PLC0415 - it needs pluggy

    for target in registry().backend(name).targets:
        if target.name.startswith(begun):
            yield CompletionItem(f"{name}{_COLON}{target.name}", help=_line(target.summary))
    if name == _REPLAY:
        for item in offer_files(begun, RECORDS):
            if item.type == "plain":  # shells look for no file behind a colon
                yield CompletionItem(f"{name}{_COLON}{item.value}")


def complete_backend(
    ctx: click.Context,
    param: click.Parameter,
    incomplete: str,
) -> list[CompletionItem]:
    """Backends alone, where no board is chosen."""
    return [] if _COLON in incomplete else complete_selection(ctx, param, incomplete)


@without_a_word
def complete_plugin(
    ctx: click.Context,  # noqa: ARG001 - click's signature
    param: click.Parameter,  # noqa: ARG001 - click's signature
    incomplete: str,
) -> Iterable[CompletionItem]:
    """Names of plugins, whether they offer a backend or not; none is imported."""
    from speckhal.discovery.registry import registry  # noqa: PLC0415 - it needs pluggy

    for offer in registry().plugins():
        if offer.name.startswith(incomplete):
            yield CompletionItem(offer.name, help=_line(f"of {offer.owner}"))


def complete_selection_or_record(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Backends with their targets, and records, where a command takes either."""
    return [
        *complete_selection(ctx, param, incomplete),
        *complete_record(ctx, param, incomplete),
    ]


@without_a_word
def complete_like(
    ctx: click.Context,  # noqa: ARG001 - click's signature
    param: click.Parameter,  # noqa: ARG001 - click's signature
    incomplete: str,
) -> Iterable[CompletionItem]:
    """What a new plugin can be like."""
    from speckhal.scaffold.plugin_spec import starting_points  # noqa: PLC0415 - it asks all backends

    return [
        CompletionItem(like) for like in starting_points().by_like if like.startswith(incomplete)
    ]


@without_a_word
def complete_board(
    ctx: click.Context,
    param: click.Parameter,  # noqa: ARG001 - click's signature
    incomplete: str,
) -> Iterable[CompletionItem]:
    """Boards that an emulator plugs in: targets of the backend of its name."""
    from speckhal.discovery.registry import registry  # noqa: PLC0415 - it needs pluggy

    for target in registry().backend(ctx.params.get("name") or "mock").targets:
        if target.name.startswith(incomplete):
            yield CompletionItem(target.name, help=_line(target.summary))


@without_a_word
def complete_setting(
    ctx: click.Context,
    param: click.Parameter,
    incomplete: str,
) -> Iterable[CompletionItem]:
    """Settings of a sweep, options of the mock among them, or behind backend= the backends."""
    from speckhal.runs.sweep.settings import OPTION, SETTINGS  # noqa: PLC0415 - it needs numpy

    name, equals, values = incomplete.partition("=")
    before, comma, begun = values.rpartition(",")
    if not equals:
        for setting, what in SETTINGS.items():
            if setting.startswith(name):
                yield CompletionItem(f"{setting}=", help=_line(what))
    elif name == "backend":
        for item in complete_selection(ctx, param, begun):
            yield CompletionItem(f"{name}={before}{comma}{item.value}", help=item.help)
    if name.startswith(OPTION):
        typed = f"{name.removeprefix(OPTION)}{equals}{begun}"
        for item in complete_option(ctx, param, typed):
            option, _, word = item.value.partition("=")
            yield CompletionItem(f"{OPTION}{option}={before}{comma}{word}", help=item.help)
    elif not equals and OPTION.startswith(name):
        yield from (
            CompletionItem(f"{OPTION}{item.value}", help=item.help)
            for item in complete_option(ctx, param, "")
        )


@without_a_word
def complete_measurement(
    ctx: click.Context,
    param: click.Parameter,  # noqa: ARG001 - click's signature
    incomplete: str,
) -> Iterable[CompletionItem]:
    """Names of the measurements of the backend that stands on the command line."""
    from speckhal.discovery.registry import registry  # noqa: PLC0415 - it needs pluggy

    # click leaves arguments where it found them if the last option still lacks its value
    left = (word for word in ctx.args if not word.startswith("-"))
    name = str(ctx.params.get("selection") or next(left, "")).partition(_COLON)[0]
    before, comma, begun = incomplete.rpartition(",")
    for item in registry().characteriser(name).measurements():
        if item.name.startswith(begun):
            yield CompletionItem(f"{before}{comma}{item.name}", help=_line(item.summary))


@without_a_word
def complete_option(
    ctx: click.Context,
    param: click.Parameter,
    incomplete: str,
) -> Iterable[CompletionItem]:
    """Options of the chosen board by name, or behind the equals sign the values that are words.

    The board is the one of `--backend`, or for `--option-a` and `--option-b` the argument A or B.
    """
    name, equals, begun = incomplete.partition("=")
    for item in _options_of(ctx, param):
        if equals and item.name == name:
            yield from (
                CompletionItem(f"{name}={word}")
                for word in _words_of(item)
                if word.startswith(begun)
            )
        elif not equals and item.name.startswith(name):
            yield CompletionItem(f"{item.name}=", help=_line(item.summary))


def _options_of(ctx: click.Context, param: click.Parameter) -> Iterator[OptionDescription]:
    """Those that were not given yet, and have no option of the command to themselves."""
    from speckhal.contract.option_description import options_of  # noqa: PLC0415 - --help must stay light
    from speckhal.discovery.registry import registry  # noqa: PLC0415 - it needs pluggy
    from speckhal.discovery.selection import default_selection, parse_selection  # noqa: PLC0415

    given = {each.name for each in ctx.command.params} | {*(ctx.params.get("options") or ())}
    if "script" in given:
        described = options_of(registry().emulator(ctx.params.get("name") or "mock"))
    else:
        text = _argument(ctx, param) or ctx.params.get("selection")
        chosen = parse_selection(text) if text else default_selection()
        described = options_of(registry().backend(chosen.backend), chosen.target)
    return (item for item in described or () if item.name not in given)


def _argument(ctx: click.Context, param: click.Parameter) -> str | None:
    """The argument A or B, which an option of that side is about."""
    sides = ("options_a", "options_b")
    if param.name not in sides:
        return None
    # click leaves arguments where it found them while the last option lacks its value
    words = [word for word in ctx.args if not word.startswith("-")]
    return words[sides.index(param.name)]


def _words_of(item: OptionDescription) -> Iterator[str]:
    """The values of an option that are words."""
    yield from ("true", "false") if item.type == "bool" else item.choices
    if "None" in item.type:
        yield "none"


def _line(text: str) -> str:
    """One line without escape codes, which is what shells take."""
    from speckhal.system.printable import printable  # noqa: PLC0415 - --help must stay light

    return " ".join(printable(text).split())
