"""The hooks that a plugin may implement, and those of one plugin for the core to call.

A plugin marks its functions or methods with `hookimpl`; `HookSpecs` says which there are.
"""

from __future__ import annotations

import os
import sys
import textwrap
import time
from typing import TYPE_CHECKING, Final, Protocol, cast

import pluggy

from speckhal.system.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from speckhal.contract.backend import Backend, Emulator
    from speckhal.contract.characterise import Characteriser
    from speckhal.contract.device import DeviceInfo
    from speckhal.contract.health import HealthCheck
    from speckhal.contract.reading import Reading
    from speckhal.opened.observers import RunInfo

PROJECT = "speckhal"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)

TRACE_VARIABLE: Final = "SPECKHAL_TRACE_HOOKS"
"""Environment variable that lets the hook calls of plugins be printed on stderr as they happen, for
whoever wonders which plugin does what: of those that are loaded from then on. Empty and 0 leave it
off."""

_LONGEST: Final = 160  # of what a call gave; a list of many things need not be read in full


class HookSpecs(Protocol):
    """Every hook. An implementation may leave out arguments that it does not need.

    A crash of one that takes note of a reading or a run is reported as a warning, and costs nobody
    else the reading or the run.
    """

    # What a plugin offers: asked of the plugin of the backend that was chosen.

    @hookspec(firstresult=True)
    def speckhal_backend(self) -> Backend | None:
        """Offer a backend; its name is the entry point's name.

        Asked of what an entry point in the group `speckhal.backends` names.
        """

    @hookspec(firstresult=True)
    def speckhal_emulator(self) -> Emulator | None:
        """Offer to run scripts, written for the vendor's SDK, on emulated boards."""

    @hookspec(firstresult=True)
    def speckhal_characteriser(self, backend: Backend) -> Characteriser | None:
        """Offer to measure the boards of a backend, for `speckhal characterise`; None if it cannot.

        Asked of the backend's own plugin first, and then of every plugin in the group
        `speckhal.plugins`, by name, until one offers it. Offering it must be quick and import
        nothing heavy.
        """

    # What a plugin knows of its own health: asked of every plugin, or of the one that was named.

    @hookspec(firstresult=True)
    def speckhal_health_checks(self) -> Iterable[HealthCheck] | None:
        """Offer checks of what the plugin needs, for `speckhal doctor` to run.

        Offering them must be quick and import nothing heavy; running them need not be.
        """

    # What a plugin observes: called for every plugin, whether or not it offers a backend.

    @hookspec
    def speckhal_reading(self, info: DeviceInfo, reading: Reading, run: RunInfo | None) -> None:
        """Take note of a reading, to export it for example; it cannot be changed.

        Called once for each reading of every probe of a device that `open_device` has opened, those
        of `measure_leak` included. `run` is None for what is read outside a run.
        """

    @hookspec
    def speckhal_run_started(self, info: DeviceInfo, run: RunInfo) -> None:
        """Take note that a run starts, with the deployed layers and which of them it reads."""

    @hookspec
    def speckhal_run_ended(self, info: DeviceInfo, run: RunInfo, problem: str | None) -> None:
        """Take note that a run has ended; `problem` says what ended it early, None for nothing."""


class PluginHooks:
    """The hooks of one plugin.

    Each plugin has a pluggy manager of its own: a backend is asked of the plugin that its entry
    point names and of no other, and one plugin's crash reaches no other's hooks.

    Attributes:
        plugin: the module or object that implements hooks.
        call: its hooks, to be called with keywords. What it has not implemented gives None. Nobody
            has checked what it gives, whatever the types say.

    Raises:
        pluggy.PluginValidationError: the plugin implements a hook that does not exist, or asks
            for arguments that the hook does not have.
    """

    def __init__(self, name: str, plugin: object) -> None:
        self.plugin = plugin
        self._manager = pluggy.PluginManager(PROJECT)
        self._manager.add_hookspecs(HookSpecs)
        self._manager.register(plugin, name)
        self._manager.check_pending()
        self.call = cast("HookSpecs", self._manager.hook)
        if os.environ.get(TRACE_VARIABLE, "") not in {"", "0"}:
            _trace(self._manager, name)

    @property
    def implemented(self) -> frozenset[str]:
        """Names of the hooks that the plugin implements."""
        callers = self._manager.get_hookcallers(self.plugin) or []
        return frozenset(caller.name for caller in callers)


def _trace(manager: pluggy.PluginManager, plugin: str) -> None:
    """Print a line for each call of a plugin's hooks, which are those of its own manager."""
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
            line = f"{plugin}: {hook} took {duration_ms:.3f} ms and {_outcome(outcome)}"
            print(printable(f"speckhal hook: {line}"), file=sys.stderr)  # noqa: T201 - what it is for

    manager.add_hookcall_monitoring(before, after)


def _outcome(outcome: pluggy.Result[object]) -> str:
    """What a call gave, or how it failed, on one line."""
    error = outcome.exception
    try:
        said = f"raised {error!r}" if error is not None else f"gave {outcome.get_result()!r}"
    except Exception as crash:  # noqa: BLE001 - tracing must change nothing
        said = f"gave or raised something whose repr raises {type(crash).__name__}"
    return textwrap.shorten(said, _LONGEST, placeholder="...")
