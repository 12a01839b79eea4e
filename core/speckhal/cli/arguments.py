"""What users type, from text to values, or to a sentence on what is wrong with it."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

import click

from speckhal.contract.errors import InputError

if TYPE_CHECKING:
    import os

    from speckhal.contract.address import Shape

    _Type = click.ParamType[float]
else:
    _Type = click.ParamType  # which older versions of click have no items of


class UserPath(click.Path):
    """Takes any path: `speckhal.system.paths` examines it, in sentences and without crashes.

    Click's own type asks the system about a path in ways that fail for some.
    """

    def convert(
        self,
        value: str | os.PathLike[str],
        param: click.Parameter | None,
        ctx: click.Context | None,  # noqa: ARG002 - click's signature
    ) -> Path:
        """The text as a path; whether it can be used is asked later.

        Raises:
            InputError: it is empty, which as a path is the working folder.
        """
        if value == "":
            metavar = "FILE" if param is None else param.metavar or "FILE"
            is_option = isinstance(param, click.Option)
            name = max(param.opts, key=len) if param and is_option else metavar
            raise InputError(
                f"Asked for {name} '', which is no name of a file or folder.",
                hint=f"Write {name} {metavar}." if is_option else f"Write a name for {metavar}.",
            )
        return Path(value)


class Number(_Type):
    """Takes a number, or says in a sentence that the text is not one.

    Args:
        what: is taken, such as "a number of seconds".
        example: one of these.
        whole: take whole numbers only.
        least: the lowest that is taken; None where commands check it themselves.
    """

    name = "number"

    def __init__(
        self, what: str, example: str, *, whole: bool = False, least: int | None = None
    ) -> None:
        self._what, self._example, self._least = what, example, least
        self._number: type[int | float] = int if whole else float

    def convert(
        self,
        value: str | float,
        param: click.Parameter | None,
        ctx: click.Context | None,  # noqa: ARG002 - click's signature
    ) -> float:
        """The text as a number.

        Raises:
            InputError: it is not one, or below the least.
        """
        with contextlib.suppress(ValueError):
            number = self._number(value)
            if self._least is None or number >= self._least:
                return number
        option = "" if param is None else f"{max(param.opts, key=len)} "
        raise InputError(
            f"Asked for {option}{value!r}, which is not {self._what}.",
            hint=f"Write {option}{self._example}, or another number of that kind.",
        )


def parse_shape(text: str) -> Shape:
    """(channels, height, width) from "C,H,W".

    Raises:
        InputError: the text is not three whole numbers of at least 1.
    """
    try:
        channels, height, width = (int(size) for size in text.split(","))
    except ValueError:
        channels = height = width = 0
    if min(channels, height, width) < 1:
        raise InputError(
            f"Asked for an input of shape {text!r}, which is not three whole numbers from 1 up.",
            hint="Write --input-shape C,H,W (channels, height, width), such as 1,2,2.",
        )
    return channels, height, width


def parse_rate_hz(text: str) -> int:
    """A number of Hz, as an int where it is whole; any other rate is for the device to refuse.

    Raises:
        InputError: the text is not a number.
    """
    try:
        rate_hz = float(text)
    except ValueError:
        raise InputError(
            f"Asked for a slow clock of {text!r} Hz, and that is no number.",
            hint="Write --rate-hz 1, or another whole number of Hz.",
        ) from None
    # a fraction, or what has too many digits to print, is passed on as it is: the device's
    # refusal says what would work
    return int(rate_hz) if rate_hz.is_integer() and abs(rate_hz) < 1e15 else cast("int", rate_hz)


def parse_layers(text: str) -> list[int] | Literal["all"]:
    """Indices of layers from "0" or "0,2", or "all".

    Raises:
        InputError: the text is something else, or names a layer twice.
    """
    if text == "all":
        return "all"
    with contextlib.suppress(ValueError):
        layers = [int(index) for index in text.split(",")]
        if len(set(layers)) == len(layers):
            return layers
    raise InputError(
        f"Asked for layer {text!r}, which is not the index of a layer, nor several different ones.",
        hint="Write --layer 0, --layer 0,2 or --layer all.",
    )
