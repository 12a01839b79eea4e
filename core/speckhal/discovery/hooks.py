"""The hooks that a plugin may implement, and the same hooks with types for the core to call.

A plugin marks its functions or methods with `hookimpl`; `HookSpecs` says which there are. What
pluggy returns is `Any` to a type checker, so the core calls hooks through `PluginHooks` only.

A new hook is a method in `HookSpecs` and its typed call in `PluginHooks`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import pluggy

from speckhal.discovery import hook_trace

if TYPE_CHECKING:
    from collections.abc import Iterable

    from speckhal.contract.backend import Backend, Emulator
    from speckhal.contract.characterise import Characteriser
    from speckhal.contract.device import DeviceInfo
    from speckhal.contract.health import HealthCheck
    from speckhal.contract.reading import Reading
    from speckhal.opened.observers import RunInfo

PROJECT = "speckhal"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


class HookSpecs(Protocol):
    """Every hook. An implementation may leave out arguments that it does not need."""

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

        A crash here is reported as a warning and costs nobody else the reading.
        """

    @hookspec
    def speckhal_run_started(self, info: DeviceInfo, run: RunInfo) -> None:
        """Take note that a run starts, with the deployed layers and which of them it reads.

        A crash here is reported as a warning and costs nobody else the run.
        """

    @hookspec
    def speckhal_run_ended(self, info: DeviceInfo, run: RunInfo, problem: str | None) -> None:
        """Take note that a run has ended; `problem` says what ended it early, None for nothing.

        A crash here is reported as a warning and costs nobody else the run.
        """


class PluginHooks:
    """The hooks of one plugin, with types.

    Each plugin has a pluggy manager of its own: a backend is asked of the plugin that its entry
    point names and of no other, and one plugin's crash reaches no other's hooks.

    Attributes:
        plugin: the module or object that implements hooks.

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
        if hook_trace.is_wanted():
            hook_trace.trace_hooks(self._manager, name)

    def backend(self) -> object:
        """What the plugin offers as its backend, not yet checked; None if it offers none."""
        offered: object = self._manager.hook.speckhal_backend()
        return offered

    def emulator(self) -> object:
        """What the plugin offers as an emulator, not yet checked; None if it offers none."""
        offered: object = self._manager.hook.speckhal_emulator()
        return offered

    def characteriser(self, backend: Backend) -> object:
        """What the plugin offers to measure that backend's boards with, not yet checked."""
        offered: object = self._manager.hook.speckhal_characteriser(backend=backend)
        return offered

    def health_checks(self) -> object:
        """What the plugin offers as health checks, not yet checked; None if it offers none."""
        offered: object = self._manager.hook.speckhal_health_checks()
        return offered

    def reading(self, info: DeviceInfo, reading: Reading, run: RunInfo | None) -> None:
        """Inform the plugin of a reading."""
        self._manager.hook.speckhal_reading(info=info, reading=reading, run=run)

    def run_started(self, info: DeviceInfo, run: RunInfo) -> None:
        """Inform the plugin of the start of a run."""
        self._manager.hook.speckhal_run_started(info=info, run=run)

    def run_ended(self, info: DeviceInfo, run: RunInfo, problem: str | None) -> None:
        """Inform the plugin of the end of a run."""
        self._manager.hook.speckhal_run_ended(info=info, run=run, problem=problem)

    @property
    def implemented(self) -> frozenset[str]:
        """Names of the hooks that the plugin implements."""
        callers = self._manager.get_hookcallers(self.plugin) or []
        return frozenset(caller.name for caller in callers)
