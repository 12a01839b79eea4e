"""What a new plugin is to be called, and what it is to be like."""

from __future__ import annotations

import re
from importlib.util import find_spec
from typing import Final

import attrs

from speckhal.contract.errors import InputError
from speckhal.discovery.entry_points import BACKENDS, installed
from speckhal.scaffold.starting_points import starting_points, usual_like

LICENSES: Final = ("Apache-2.0", "MIT")
"""Licences to choose from, by the names that SPDX gives them."""

_NAME: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_LONGEST_NAME: Final = 20  # as much as generated lines have room for


@attrs.frozen
class PluginOrder:
    """A plugin that is to be written.

    Attributes:
        name: of the chip, which is the name that users will type.
        like: what it starts from, one of `starting_points`.
        license: one of `LICENSES`.
        author: who holds the copyright; empty for "the authors of" the distribution.
    """

    name: str
    like: str
    license: str = LICENSES[0]
    author: str = ""

    @property
    def distribution(self) -> str:
        """Name of the distribution, as `pip install` takes it."""
        return f"speckhal-{self.name}"

    @property
    def package(self) -> str:
        """Name of the package, as `import` takes it."""
        return self.distribution.replace("-", "_")

    @property
    def emulated_name(self) -> str:
        """What users type for its emulated board."""
        return f"{self.name}-mock"

    @property
    def board(self) -> str:
        """A name for its board until it is looked up; no other chip's is the same."""
        return f"{self.title.replace('-', '_')}DevKit"

    @property
    def title(self) -> str:
        """The chip's name in a sentence."""
        return self.name.capitalize()


def take_order(name: str, *, like: str | None, license_name: str, author: str) -> PluginOrder:
    """The order, if a plugin of that name can be written.

    Args:
        name: of the chip.
        like: what it starts from; None for the chip that the mock emulates by default.
        license_name: one of `LICENSES`.
        author: who holds the copyright.

    Raises:
        InputError: the name is malformed or taken, there is nothing to start from by that name, or
            the author is not one line of text.
    """
    if not _NAME.fullmatch(name) or len(name) > _LONGEST_NAME:
        raise InputError(
            f"Asked for a plugin named {name!r}, and a name begins with a small letter, goes on "
            f"with small letters, digits and single hyphens, and has at most {_LONGEST_NAME} of "
            f"them.",
            hint="Take the chip's name, such as mychip.",
        )
    if name.startswith("speckhal-"):
        raise InputError(
            f"Asked for a plugin named {name!r}, and 'speckhal-' is put before the name anyway.",
            hint=f"Type: speckhal new-plugin {name.removeprefix('speckhal-')}",
        )
    if not author.isprintable():
        raise InputError(
            f"Asked for the author {author!r}, and that is not one line of text.",
            hint="Give a name, such as --author 'Ada Lovelace'.",
        )
    order = PluginOrder(name, _known(like), license_name, author)
    _refuse_taken_names(order)
    return order


def _known(like: str | None) -> str:
    """What the plugin starts from, if there is such a thing."""
    points = starting_points()
    wanted = usual_like() if like is None else like
    if wanted is not None and wanted in points.by_like:
        return wanted
    asked = (
        "Asked for a plugin without saying what it is to be like, and the mock does not say it"
        if like is None
        else f"Asked for a plugin like {like!r}, and no installed backend offers that"
    )
    failures = [f"Not all could be asked: {failure.message}" for failure in points.failures]
    raise InputError(
        " ".join([f"{asked}.", *failures]),
        hint=f"Give one of these as --like: {', '.join(sorted(points.by_like))}.",
    )


def _refuse_taken_names(order: PluginOrder) -> None:
    for offer in installed(BACKENDS):
        if offer.name in {order.name, order.emulated_name}:
            raise InputError(
                f"Asked for a plugin named {order.name!r}, which offers {order.name!r} and "
                f"{order.emulated_name!r}, and {offer.owner} offers {offer.name!r} already.",
                hint="Take another name, or uninstall that distribution first.",
            )
    if find_spec(order.package) is not None:
        raise InputError(
            f"Asked for a plugin named {order.name!r}, and there is a package {order.package!r} "
            f"already.",
            hint="Take another name.",
        )
