"""What a new plugin is to be called, and what it is to be like."""

from __future__ import annotations

import re
from importlib import resources
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final, cast

import attrs

from speckhal.contract.errors import BackendBroken, BackendError, InputError
from speckhal.contract.plugin_templates import PluginTemplates
from speckhal.discovery.entry_points import BACKENDS, installed
from speckhal.discovery.guarded_loading import blamed_on
from speckhal.discovery.registry import registry
from speckhal.discovery.selection import FALLBACK

if TYPE_CHECKING:
    from collections.abc import Mapping

    from speckhal.contract.plugin_templates import ModelBackend
    from speckhal.discovery.entry_points import Offer

LICENSES: Final = ("Apache-2.0", "MIT")
"""Licences to choose from, by the names that SPDX gives them."""

_NAME: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_LONGEST_NAME: Final = 20  # as much as generated lines have room for

DEVICE: Final = "device"
"""What is typed for a board that is like no other: it brings its own way to talk to the host."""

_DEVICE_FILES: Final[Mapping[str, str]] = {
    "README.md": "README.md",
    "src/$package/__init__.py": "init.py",
    "src/$package/board.py": "board.py",
    "src/$package/device.py": "device.py",
    "src/$package/facts.py": "facts.py",
    "src/$package/simulated.py": "simulated.py",
}
_LINT_EXCEPTIONS: Final = '"src/**" = ["D102", "D105", "D107"] # Protocols say what is meant\n'


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


@attrs.frozen
class StartingPoints:
    """What a new plugin can be written from.

    Attributes:
        by_like: templates by what users type for them.
        failures: why a backend could not be asked, for each that could not.
    """

    by_like: Mapping[str, PluginTemplates]
    failures: tuple[BackendError, ...]


def starting_points() -> StartingPoints:
    """Ask every backend that is installed; one that fails costs no other."""
    files = {path: template(DEVICE, name) for path, name in _DEVICE_FILES.items()}
    words = {"lint_exceptions": _LINT_EXCEPTIONS}
    found = {DEVICE: PluginTemplates(like=DEVICE, files=files, words=words)}
    failures = []
    for offer in registry().offers():
        try:
            templates = _offered(offer)
        except BackendError as error:  # noqa: PERF203 - the next one may be healthy
            failures.append(error)
        else:
            if templates is not None:
                found.setdefault(templates.like, templates)
    return StartingPoints(found, tuple(failures))


def usual_like() -> str | None:
    """The chip that an emulated board has where nobody says which; None if that is not known."""
    try:
        return registry().backend(FALLBACK).chip().name
    except BackendError:
        return None


def _offered(offer: Offer) -> PluginTemplates | None:
    """What the backend offers, if it offers anything.

    Raises:
        BackendError: it cannot be asked, or what it offers is of another kind.
    """
    backend: object = registry().backend(offer.name)
    if not hasattr(backend, "plugin_templates"):
        return None
    with blamed_on(offer, "failed when it was asked for templates of a plugin"):
        answer: object = cast("ModelBackend", backend).plugin_templates()
    if answer is None or isinstance(answer, PluginTemplates):
        return answer
    raise BackendBroken(
        f"{offer.title} offers {answer!r} as templates of a plugin, and not PluginTemplates."
    )


def template(folder: str, name: str) -> str:
    """The text of a template of the core's own."""
    source = resources.files("speckhal.scaffold") / "templates" / folder / f"{name}.tmpl"
    return source.read_text(encoding="utf-8")
