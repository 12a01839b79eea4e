"""What click says of wrong words on the command line, in the form of speckhal's own errors."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Final

import click

from speckhal.contract.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

_EXAMPLES: Final = {
    "FILE": "leak.h5",
    "BACKEND[:TARGET]": "mock",
    "A": "mock:speck2e",
    "B": "mock:speck2f",
    "SCRIPT": "my_script.py",
    "NAME": "speck9x",
}
"""What may stand for an argument, by the name that help gives it."""

_MAY_HAVE_BLANKS: Final = ("FILE", "A", "B", "SCRIPT")
"""Arguments that are names of files."""


def in_sentences(error: click.UsageError, command: click.Command, path: str) -> InputError:
    """The same error with what was asked, what is true, and what would work.

    Args:
        error: of click, about words for the command.
        command: which was asked.
        path: how it is called, such as "speckhal leak".
    """
    match error:
        case click.NoSuchOption():
            return _unknown_option(error.option_name, command, path)
        case click.BadOptionUsage():
            return _value_or_none(error, command, path)
        case click.BadParameter(param=click.Option() as option):
            name, flaw = _longest(option), error.message.rstrip(".")
            is_missing = isinstance(error, click.MissingParameter)
            said = f"{path} without {name}" if is_missing else f"{name}, and {flaw}"
            return InputError(f"Asked for {said}.", hint=_written(option))
        case click.MissingParameter(param=click.Argument() as argument):
            return _missing_argument(_name(argument), command, path)
    return _other(error.format_message().rstrip("."), command, path)


def unknown_command(name: str, names: Iterable[str]) -> InputError:
    """That no command has that name; names the nearest."""
    near = difflib.get_close_matches(name.lower(), names, 1)
    return InputError(
        f"Asked for the command {name!r}, and speckhal has no command of that name.",
        hint=(f"Did you mean speckhal {near[0]}? " if near else "") + _all_of("speckhal"),
    )


def _all_of(path: str) -> str:
    return f"{path} --help lists what there is."


def _unknown_option(name: str, command: click.Command, path: str) -> InputError:
    said = f"Asked {path} for {name}, and it has no option of that name."
    root = click.get_current_context(silent=True)
    if root is None:  # the words before the command are being read
        near = _near(name, command)
        hint = (
            f"Did you mean {near}?"
            if near
            else "What belongs to a command comes behind its name, as in speckhal leak --ticks 20."
        )
        return InputError(said, hint=f"{hint} {_all_of(path)}")
    if any(name in option.opts for option in root.command.params):
        behind = path.removeprefix(f"{root.command_path} ")
        return InputError(
            f"Asked {path} for {name}, and that is an option of {root.command_path} itself.",
            hint=f"Write it before the command: {root.command_path} {name} {behind}",
        )
    near = _near(name, command)
    return InputError(said, hint=(f"Did you mean {near}? " if near else "") + _all_of(path))


def _near(name: str, command: click.Command) -> str | None:
    known = [one for parameter in command.params for one in parameter.opts if one[:1] == "-"]
    begun = [one for one in known if len(name) > len("--") and one.startswith(name.lower())]
    near = [*begun, *difflib.get_close_matches(name.lower(), known, 1)]
    return near[0] if near else None


def _value_or_none(error: click.BadOptionUsage, command: click.Command, path: str) -> InputError:
    name = error.option_name
    for option in command.params:
        if isinstance(option, click.Option) and name in option.opts:
            if option.is_flag:
                return InputError(
                    f"Asked for {name} with a value, and it takes no value.", hint=f"Write {name}."
                )
            return InputError(f"Asked for {name} without a value.", hint=_written(option, name))
    return InputError(f"{error.message.rstrip('.')}.", hint=_all_of(path))


def _missing_argument(missing: str, command: click.Command, path: str) -> InputError:
    names = [_name(one) for one in command.params if isinstance(one, click.Argument)]
    needed = [name for name in names if not name.startswith("[")]
    written, example = (
        " ".join([path, *words]) for words in (needed, [_EXAMPLES.get(n, n) for n in needed])
    )
    such = f", such as: {example}" if example != written else "."
    return InputError(f"Asked for {path} without {missing}.", hint=f"Write {written}{such}")


def _other(said: str, command: click.Command, path: str) -> InputError:
    """What click has no class of its own for: most often more arguments than a command takes."""
    before, bracket, extra = said.partition("(")
    if said == "Missing command":
        return InputError(f"Asked {path} for no command.", hint=_all_of(path))
    if not before.startswith("Got unexpected extra argument") or not bracket:
        return InputError(f"{path}: {said}.", hint=_all_of(path))
    extra = extra.removesuffix(")")
    takes = [_name(one) for one in command.params if isinstance(one, click.Argument)]
    known = " and ".join(takes) or "no argument"
    said = f"Asked {path} for {extra!r} too, and it takes {known} besides its options."
    if not extra.strip():
        return InputError(
            said,
            hint=f"Leave the empty word out; a shell variable may have nothing in it. "
            f"{_all_of(path)}",
        )
    if takes and takes[-1] in _MAY_HAVE_BLANKS:
        return InputError(said, hint=f"Put quotes around a name with blanks. {_all_of(path)}")
    if any("--backend" in one.opts for one in command.params):
        return InputError(said, hint=f"A board is chosen with --backend. {_all_of(path)}")
    return InputError(said, hint=_all_of(path))


def _name(parameter: click.Parameter) -> str:
    if isinstance(parameter.type, click.Choice):
        return "|".join(map(str, parameter.type.choices))
    return parameter.metavar or str(parameter.name).upper()


def _longest(option: click.Option) -> str:
    return max(option.opts, key=len)


def _written(option: click.Option, name: str | None = None) -> str:
    """How the option is written, and what it is about, as its help says it."""
    about = (option.help or "").partition("  [")[0]
    written = f"Write {name or _longest(option)} {_name(option)}"
    if ":" in about:
        return f"{written}. {about}"
    return f"{written}: {about[:1].lower()}{about[1:]}"
