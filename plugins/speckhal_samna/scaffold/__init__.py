"""Templates of a plugin for a chip that speaks samna, written after a chip that does."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING, Any, Final, cast

from speckhal.contract.plugin_templates import PluginTemplates

if TYPE_CHECKING:
    from collections.abc import Mapping

    from speckhal_samna.bindings import Vendor
    from speckhal_samna.chip import SamnaChip

_FILES: Final[Mapping[str, str]] = {
    "README.md": "README.md",
    "src/$package/__init__.py": "init.py",
    "src/$package/chip.py": "chip.py",
    "src/$package/facts.py": "facts.py",
}


def chip_templates(chip: SamnaChip) -> PluginTemplates | None:
    """What a plugin for a chip like this one is made of.

    None for a chip that samna keeps otherwise than most, which the templates do not know.
    """
    names = _names_in_samna(chip)
    if names is None:
        return None
    folder = resources.files(__name__) / "templates"
    return PluginTemplates(
        like=chip.facts.name,
        files={
            path: (folder / f"{name}.tmpl").read_text(encoding="utf-8")
            for path, name in _FILES.items()
        },
        words=names,
        chip=chip.facts,
    )


class _Path:
    """Stands for whatever is asked of samna, and knows by which names it was reached."""

    def __init__(self, *names: str) -> None:
        self.names = names

    def __getattr__(self, name: str) -> _Path:
        return _Path(*self.names, name)


def _names_in_samna(chip: SamnaChip) -> dict[str, str] | None:
    """The names that the templates need; None if the chip takes others besides, or instead."""
    classes: Any = chip.classes(cast("Vendor", _Path()))
    module, *_ = classes.event.names
    if (
        classes.event.names != (module, "event")
        or classes.new_configuration.names != (module, "configuration", "SpeckConfiguration")
        or isinstance(classes.validate, _Path)
    ):
        return None
    (input_node,), (output_node,) = classes.input_node.names, classes.output_node.names
    return {"module": module, "input_node": input_node, "output_node": output_node}
