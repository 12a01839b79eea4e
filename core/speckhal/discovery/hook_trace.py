"""Hook calls as they happen, on stderr, for whoever wonders which plugin does what.

`SPECKHAL_TRACE_HOOKS=1` switches it on for the plugins that are loaded from then on.
"""

from __future__ import annotations

import os
import sys
import textwrap
import time
from typing import TYPE_CHECKING, Final

from speckhal.system.printable import printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pluggy

VARIABLE: Final = "SPECKHAL_TRACE_HOOKS"
"""Environment variable that switches tracing on; empty and 0 leave it off."""

_WIDTH: Final = 160  # of what a call gave; a list of many things need not be read in full


def is_wanted() -> bool:
    """Whether hook calls are to be traced."""
    return os.environ.get(VARIABLE, "") not in {"", "0"}


def trace_hooks(manager: pluggy.PluginManager, plugin: str) -> None:
    """Print a line for each hook of one plugin that is called.

    Args:
        manager: the plugin's own, so that its hooks alone are traced.
        plugin: what the lines call it.
    """
    starts_ns: list[int] = []  # a hook may call a hook

    def before(
        _hook: str, _implementations: Sequence[pluggy.HookImpl], _arguments: Mapping[str, object]
    ) -> None:
        starts_ns.append(time.perf_counter_ns())

    def after(
        outcome: pluggy.Result[object],
        hook: str,
        implementations: Sequence[pluggy.HookImpl],
        _arguments: Mapping[str, object],
    ) -> None:
        duration_ms = (time.perf_counter_ns() - starts_ns.pop()) / 1e6
        if implementations:
            line = f"{plugin}: {hook} took {duration_ms:.3f} ms and {_ending(outcome)}"
            print(printable(f"speckhal hook: {line}"), file=sys.stderr)  # noqa: T201 - what it is for

    manager.add_hookcall_monitoring(before, after)


def _ending(outcome: pluggy.Result[object]) -> str:
    """What a call gave, or how it failed, on one line."""
    error = outcome.exception
    try:
        said = f"raised {error!r}" if error is not None else f"gave {outcome.get_result()!r}"
    except Exception as crash:  # noqa: BLE001 - tracing must change nothing
        said = f"gave or raised something whose repr raises {type(crash).__name__}"
    return textwrap.shorten(said, _WIDTH, placeholder="...")
