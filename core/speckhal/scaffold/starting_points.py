"""What a new plugin can be like: a device without an SDK, and what installed backends offer."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING, Final, cast

import attrs

from speckhal.contract.errors import BackendBroken, BackendError
from speckhal.contract.plugin_templates import PluginTemplates
from speckhal.discovery.guarded_loading import blamed_on
from speckhal.discovery.registry import registry
from speckhal.discovery.selection import FALLBACK

if TYPE_CHECKING:
    from collections.abc import Mapping

    from speckhal.contract.plugin_templates import ModelBackend
    from speckhal.discovery.entry_points import Offer

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
    found = {DEVICE: _device()}
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


def _device() -> PluginTemplates:
    """Those of the core itself."""
    folder = resources.files("speckhal.scaffold") / "templates" / DEVICE
    return PluginTemplates(
        like=DEVICE,
        files={
            path: (folder / f"{name}.tmpl").read_text(encoding="utf-8")
            for path, name in _DEVICE_FILES.items()
        },
        words={"lint_exceptions": _LINT_EXCEPTIONS},
    )
