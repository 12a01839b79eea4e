"""What shells offer after the Tab key, in place of what a user has begun to type.

Only the backend that is named is imported, and only for what it alone knows, such as its targets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from speckhal.cli.completing_files import RECORDS, complete_record, offer_files
from speckhal.cli.completing_words import completes, either

if TYPE_CHECKING:
    from collections.abc import Iterator

    from speckhal.cli.completing_words import Typed
    from speckhal.contract.option_description import OptionDescription

    Words = Iterator[tuple[str, str]]

_COLON = ":"
_REPLAY = "replay"  # the backend whose targets are files


def _selections(typed: Typed) -> Words:
    """Backends, or behind a colon the targets of the backend before it, each with what it is."""
    from speckhal.discovery.entry_points import BACKENDS, enabled  # noqa: PLC0415 - --help must stay light

    name, colon, begun = typed.begun.partition(_COLON)
    if not colon:
        yield from ((offer.name, f"of {offer.owner}") for offer in enabled(BACKENDS))
        return
    from speckhal.discovery.registry import registry  # noqa: PLC0415 - it needs pluggy

    for target in registry().backend(name).targets:
        yield f"{name}{_COLON}{target.name}", target.summary
    if name == _REPLAY:
        for item in offer_files(begun, RECORDS):
            if item.type == "plain":  # shells look for no file behind a colon
                yield f"{name}{_COLON}{item.value}", ""


def _backends(typed: Typed) -> Words:
    """Backends alone, where no board is chosen."""
    return iter(()) if _COLON in typed.begun else _selections(typed)


def _plugins(typed: Typed) -> Words:  # noqa: ARG001 - as all of these
    """Names of plugins, whether they offer a backend or not; none is imported."""
    from speckhal.discovery.registry import registry  # noqa: PLC0415 - it needs pluggy

    return ((offer.name, f"of {offer.owner}") for offer in registry().plugins())


def _likes(typed: Typed) -> Words:  # noqa: ARG001 - as all of these
    """What a new plugin can be like."""
    from speckhal.scaffold.plugin_spec import starting_points  # noqa: PLC0415 - it asks all backends

    return ((like, "") for like in starting_points().by_like)


def _boards(typed: Typed) -> Words:
    """Boards that an emulator plugs in: targets of the backend of its name."""
    from speckhal.discovery.registry import registry  # noqa: PLC0415 - it needs pluggy

    targets = registry().backend(typed.ctx.params.get("name") or "mock").targets
    return ((target.name, target.summary) for target in targets)


def _settings(typed: Typed) -> Words:
    """Settings of a sweep, options of the mock among them, or behind backend= the backends."""
    from speckhal.runs.sweep.settings import OPTION, SETTINGS  # noqa: PLC0415 - it needs numpy

    name, equals, values = typed.begun.partition("=")
    before, comma, begun = values.rpartition(",")
    if not equals:
        yield from ((f"{setting}=", what) for setting, what in SETTINGS.items())
    elif name == "backend":
        for word, about in _selections(attrs.evolve(typed, begun=begun)):
            yield f"{name}={before}{comma}{word}", about
    if name.startswith(OPTION) or (not equals and OPTION.startswith(name)):
        option = f"{name.removeprefix(OPTION)}=" if equals else ""
        for word, about in _options(attrs.evolve(typed, begun=option)):
            named, _, value = word.partition("=")
            yield f"{OPTION}{named}={before}{comma}{value}", about


def _measurements(typed: Typed) -> Words:
    """Names of the measurements of the backend that stands on the command line."""
    from speckhal.discovery.registry import registry  # noqa: PLC0415 - it needs pluggy

    # click leaves arguments where it found them if the last option still lacks its value
    left = (word for word in typed.ctx.args if not word.startswith("-"))
    name = str(typed.ctx.params.get("selection") or next(left, "")).partition(_COLON)[0]
    before, comma, _ = typed.begun.rpartition(",")
    for item in registry().characteriser(name).measurements():
        yield f"{before}{comma}{item.name}", item.summary


def _options(typed: Typed) -> Words:
    """Options of the chosen board by name, or behind the equals sign the values that are words.

    The board is the one of `--backend`, or for `--option-a` and `--option-b` the argument A or B.
    """
    name, equals, _ = typed.begun.partition("=")
    for item in _options_of(typed):
        if not equals:
            yield f"{item.name}=", item.summary
        elif item.name == name:
            yield from ((f"{name}={word}", "") for word in _words_of(item))


def _options_of(typed: Typed) -> Iterator[OptionDescription]:
    """Those that were not given yet, and have no option of the command to themselves."""
    from speckhal.contract.option_description import options_of  # noqa: PLC0415 - --help must stay light
    from speckhal.discovery.registry import registry  # noqa: PLC0415 - it needs pluggy
    from speckhal.discovery.selection import default_selection, parse_selection  # noqa: PLC0415

    ctx = typed.ctx
    given = {each.name for each in ctx.command.params} | {*(ctx.params.get("options") or ())}
    if "script" in given:
        described = options_of(registry().emulator(ctx.params.get("name") or "mock"))
    else:
        text = _argument(typed) or ctx.params.get("selection")
        chosen = parse_selection(text) if text else default_selection()
        described = options_of(registry().backend(chosen.backend), chosen.target)
    return (item for item in described or () if item.name not in given)


def _argument(typed: Typed) -> str | None:
    """The argument A or B, which an option of that side is about."""
    sides = ("options_a", "options_b")
    if typed.param.name not in sides:
        return None
    # click leaves arguments where it found them while the last option lacks its value
    words = [word for word in typed.ctx.args if not word.startswith("-")]
    return words[sides.index(typed.param.name)]


def _words_of(item: OptionDescription) -> Iterator[str]:
    """The values of an option that are words."""
    yield from ("true", "false") if item.type == "bool" else item.choices
    if "None" in item.type:
        yield "none"


complete_selection = completes(_selections)
complete_backend = completes(_backends)
complete_selection_or_record = either(complete_selection, complete_record)
complete_plugin = completes(_plugins)
complete_like = completes(_likes)
complete_board = completes(_boards)
complete_setting = completes(_settings)
complete_measurement = completes(_measurements)
complete_option = completes(_options)
