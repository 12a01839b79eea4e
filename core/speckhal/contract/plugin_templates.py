"""What a backend offers to start a new plugin from, for `speckhal new-plugin NAME --like LIKE`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import attrs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from speckhal.contract.chip import ChipFacts


@attrs.frozen(eq=False)
class PluginTemplates:
    """The files of a new plugin, but for those that every plugin has.

    Every plugin has a licence, `.gitignore`, `py.typed`, a `pyproject.toml` and a workflow, and
    two backends: `$package:backend` opens real boards, `$package:emulated` emulated ones. A file
    that is named here replaces the one that every plugin has.

    Attributes:
        like: what users type after `--like`, such as the name of a chip.
        files: templates for `string.Template`, by the path of the file in the plugin's folder. A
            path is a template too, such as "src/$package/chip.py". Each may use the words $name,
            $emulated_name, $distribution, $package, $title, $board, $like, $license, $author and
            $year, those in `words`, and $facts.
        words: what else the templates leave open. "lint_exceptions" is a line for each kind of
            file in which ruff should let something pass; the `pyproject.toml` that every plugin
            has takes it.
        chip: whose facts are inherited as $facts, each marked for the author to check; None for
            templates that do not use $facts.
    """

    like: str
    files: Mapping[str, str]
    words: Mapping[str, str] = attrs.field(factory=dict)
    chip: ChipFacts | None = None


class ModelBackend(Protocol):
    """A backend that a new plugin can be written after. No backend must be one."""

    def plugin_templates(self) -> PluginTemplates | None:
        """What a plugin like this one is made of; None where there is no such plugin."""
