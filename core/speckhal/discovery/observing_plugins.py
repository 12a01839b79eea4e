"""Plugins as observers of readings and runs: what goes wrong in one costs the others nothing."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from speckhal.contract.errors import BackendBroken
from speckhal.contract.warn import warn_user
from speckhal.discovery.entry_points import PLUGINS, enabled
from speckhal.discovery.guarded_loading import load, note_who_was_at_work
from speckhal.opened.observers import Observers
from speckhal.system.error_text import cause_of
from speckhal.system.interrupts import let_interrupts_pass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from speckhal.contract.device import DeviceInfo
    from speckhal.contract.reading import Reading
    from speckhal.discovery.entry_points import Offer
    from speckhal.discovery.hooks import HookSpecs, PluginHooks
    from speckhal.opened.observers import RunInfo


class ObservingPlugins(Observers):
    """Informs every loaded plugin, and those that offer no backend, which it loads for that."""

    def __init__(self) -> None:
        self._loaded: dict[Offer, PluginHooks] = {}
        self._observers_are_loaded = False
        self._tried: set[Offer] = set()

    def publish(self, info: DeviceInfo, reading: Reading, run: RunInfo | None = None) -> None:
        """Inform every loaded plugin, and every one in the group `speckhal.plugins`, of a reading.

        Warns:
            RuntimeWarning: a plugin could not be loaded, or crashed. All others saw the reading.
        """
        self._inform(
            lambda call: call.speckhal_reading(info=info, reading=reading, run=run), "a reading"
        )

    def run_started(self, info: DeviceInfo, run: RunInfo) -> None:
        """Inform the same plugins that a run starts.

        Warns:
            RuntimeWarning: as for `publish`.
        """
        self._inform(
            lambda call: call.speckhal_run_started(info=info, run=run), "the start of a run"
        )

    def run_ended(self, info: DeviceInfo, run: RunInfo, problem: str | None) -> None:
        """Inform the same plugins that a run has ended.

        Warns:
            RuntimeWarning: as for `publish`.
        """
        self._inform(
            lambda call: call.speckhal_run_ended(info=info, run=run, problem=problem),
            "the end of a run",
        )

    def _inform(self, inform: Callable[[HookSpecs], None], what: str) -> None:
        complaints = list(self._load_observers())
        # one module may stand behind several entry points, and another thread may load more now
        loaded = self._loaded.copy()
        observers = {id(hooks.plugin): (offer, hooks) for offer, hooks in loaded.items()}
        for offer, hooks in observers.values():
            complaints.extend(_complaints(offer, hooks, inform, what))
        for complaint in complaints:
            warn_user(complaint, RuntimeWarning)

    def _load_observers(self) -> Iterator[str]:
        """Load the plugins that offer no backend, once; yields what went wrong."""
        if self._observers_are_loaded:
            return
        for offer in enabled(PLUGINS):
            if offer in self._tried:
                continue
            try:
                self._loaded[offer] = load(offer)
            except BackendBroken as error:
                yield f"{error.message} It will see no readings."
            self._tried.add(offer)
        # last, so that what an interrupt leaves undone is done with the next reading
        self._observers_are_loaded = True


def _complaints(
    offer: Offer, hooks: PluginHooks, inform: Callable[[HookSpecs], None], what: str
) -> Iterator[str]:
    """Inform a plugin; yields what went wrong, as one crash must not stop the rest."""
    handled = sys.exc_info()[1]
    try:
        inform(hooks.call)
    except BaseException as error:  # noqa: BLE001 - whatever it is, it becomes a warning
        note_who_was_at_work(error, offer)
        let_interrupts_pass(error, handled)
        yield (
            f"{offer.title} failed to take note of {what}: {cause_of(error)}. "
            "What was read is not lost."
        )
