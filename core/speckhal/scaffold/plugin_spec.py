"""What a new plugin is to be called, and which chip it starts from."""

from __future__ import annotations

import re
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

import attrs

from speckhal.contract.errors import InputError
from speckhal.discovery.entry_points import BACKENDS, installed

if TYPE_CHECKING:
    from collections.abc import Mapping

LICENSES: Final = ("Apache-2.0", "MIT")
"""Licences to choose from, by the names that SPDX gives them."""

_NAME: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_LONGEST_NAME: Final = 20  # as much as generated lines have room for


@attrs.frozen
class VendorNames:
    """What a chip has of its own in samna, by name.

    Attributes:
        module: its module, such as "speck2f".
        input_node: class of the node that takes events for it.
        output_node: class of the node that gives its events.
    """

    module: str
    input_node: str
    output_node: str


LIKES: Final[Mapping[str, VendorNames]] = {
    "speck2e": VendorNames(
        "speck2e",
        "BasicSourceNode_speck2e_event_speck2e_input_event",
        "BasicSinkNode_speck2e_event_output_event",
    ),
    "speck2f": VendorNames(
        "speck2f",
        "BasicSourceNode_speck2f_event_input_event",
        "BasicSinkNode_speck2f_event_output_event",
    ),
}
"""The chips that a new plugin can start from."""


@attrs.frozen
class PluginOrder:
    """A plugin that is to be written.

    Attributes:
        name: of the chip, which is the name that users will type.
        like: the chip that it starts from.
        license: one of `LICENSES`.
        author: who holds the copyright; empty for "the authors of" the distribution.
    """

    name: str
    like: str = "speck2f"
    license: str = LICENSES[0]
    author: str = ""

    @property
    def distribution(self) -> str:
        """What is installed."""
        return f"speckhal-{self.name}"

    @property
    def package(self) -> str:
        """What is imported."""
        return self.distribution.replace("-", "_")

    @property
    def emulated_name(self) -> str:
        """What users type for its emulated board."""
        return f"{self.name}-mock"

    @property
    def board(self) -> str:
        """The vendor's name of its board, to be looked up; no other chip's is the same."""
        return f"{self.title.replace('-', '_')}DevKit"

    @property
    def title(self) -> str:
        """The chip's name in a sentence."""
        return self.name.capitalize()


def take_order(name: str, *, like: str, license_name: str, author: str) -> PluginOrder:
    """The order, if a plugin of that name can be written.

    Raises:
        InputError: the name is malformed or taken, there is no such chip or licence, or the author
            is not one line of text.
    """
    if not _NAME.fullmatch(name) or len(name) > _LONGEST_NAME:
        raise InputError(
            f"Asked for a plugin named {name!r}, and a name begins with a small letter, goes on "
            f"with small letters, digits and single hyphens, and has at most {_LONGEST_NAME} of "
            f"them.",
            hint="Take the chip's name, such as speck2et.",
        )
    if name.startswith("speckhal-"):
        raise InputError(
            f"Asked for a plugin named {name!r}, and 'speckhal-' is put before the name anyway.",
            hint=f"Type: speckhal new-plugin {name.removeprefix('speckhal-')}",
        )
    for what, value, known in (
        ("a plugin like", like, tuple(LIKES)),
        ("the licence", license_name, LICENSES),
    ):
        if value not in known:
            raise InputError(
                f"Asked for {what} {value!r}, and there is none.",
                hint=f"Known: {', '.join(known)}.",
            )
    if not author.isprintable():
        raise InputError(
            f"Asked for the author {author!r}, and that is not one line of text.",
            hint="Give a name, such as --author 'Ada Lovelace'.",
        )
    order = PluginOrder(name, like, license_name, author)
    _refuse_taken_names(order)
    return order


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
