"""The backends that are installed, and one of them when it is asked for.

Missing, disabled, broken, incompatible and ambiguous are five different errors, and none of them
costs the user another backend.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, cast

import attrs

from speckhal.contract.backend import Emulator
from speckhal.contract.characterise import Characteriser
from speckhal.contract.errors import BackendBroken, BackendError, CapabilityUnsupported
from speckhal.contract.warn import warn_user
from speckhal.discovery.entry_points import (
    BACKENDS,
    PLUGINS,
    THIS_PROCESS,
    Offer,
    enabled,
    forget_what_was_seen,
    installed,
)
from speckhal.discovery.guarded_loading import (
    backend_of,
    health_checks_of,
    hooks_of,
    load,
    offered,
)
from speckhal.discovery.observing_plugins import ObservingPlugins
from speckhal.discovery.refusals import ambiguous, disabled, unavailable, unmeasured

if TYPE_CHECKING:
    from speckhal.contract.backend import Backend
    from speckhal.contract.health import HealthCheck
    from speckhal.discovery.hooks import PluginHooks


class Registry(ObservingPlugins):
    """Finds plugins by entry point, and imports one only when it is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self._registered: dict[str, Offer] = {}

    def offers(self) -> list[Offer]:
        """Every backend that can be asked for, by name; imports none."""
        registered = (offer for offer in self._registered.values() if offer.group == BACKENDS)
        return sorted([*enabled(BACKENDS), *registered])

    def plugins(self) -> list[Offer]:
        """Every enabled plugin, whether it offers a backend or not, by name; imports none."""
        return sorted([*enabled(BACKENDS), *enabled(PLUGINS), *self._registered.values()])

    def offers_of(self, name: str) -> list[Offer]:
        """Who offers a backend of that name: one, unless distributions clash; imports none.

        Raises:
            BackendNotFound: nothing offers it.
            BackendDisabled: what offers it is disabled.
        """
        found = [offer for offer in self.offers() if offer.name == name]
        if not found:
            forget_what_was_seen()
            found = [offer for offer in self.offers() if offer.name == name]
        if not found:
            raise unavailable(name, [offer.name for offer in self.offers()])
        return found

    def plugins_of(self, name: str) -> list[Offer]:
        """Every plugin of that name, whether it offers a backend or not; imports none.

        Raises:
            BackendNotFound: no plugin has that name.
            BackendDisabled: the plugin is disabled.
        """
        found = [offer for offer in self.plugins() if offer.name == name]
        if found:
            return found
        found = [offer for offer in installed(PLUGINS) if offer.name == name]
        if found:
            raise disabled(found, [offer.name for offer in self.plugins()], "plugin")
        return self.offers_of(name)

    def offer(self, name: str) -> Offer:
        """Where the backend of that name comes from; imports none.

        Raises:
            BackendNotFound, BackendDisabled: as for `offers_of`.
            BackendAmbiguous: two distributions offer it.
        """
        found = self.offers_of(name)
        if len(found) > 1:
            raise ambiguous(name, found)
        return found[0]

    def backend(self, name: str) -> Backend:
        """The backend of that name; its plugin is imported now, if it was not before.

        Raises:
            BackendNotFound, BackendDisabled, BackendAmbiguous: as for `offer`.
            BackendBroken: importing it, or asking it what it offers, failed in whatever way.
            BackendIncompatible: it was written for another version of the plugin API.
        """
        _, backend = self.offered_backend(name)
        return backend

    def offered_backend(self, name: str) -> tuple[Offer, Backend]:
        """Where the backend of that name comes from, and the backend itself.

        Raises:
            BackendError: as for `backend`.
        """
        offer, _, backend = self._load(name)
        return offer, backend

    def emulator(self, name: str) -> Emulator:
        """What runs vendor scripts on the emulated boards of the backend of that name.

        Raises:
            CapabilityUnsupported: the backend offers no emulator.
            BackendError: as for `backend`.
        """
        offer, hooks, _ = self._load(name)
        emulator = cast("Emulator | None", offered(offer, Emulator, hooks.call.speckhal_emulator))
        if emulator is None:
            raise CapabilityUnsupported(
                f"{offer.title} does not run scripts that were written for the vendor's SDK.",
                hint="Choose a backend that emulates boards, such as 'mock'.",
            )
        return emulator

    def characteriser(self, name: str) -> Characteriser:
        """What measures the boards of the backend of that name.

        The backend's own plugin is asked first, then every plugin that offers no backend.

        Raises:
            CapabilityUnsupported: no plugin measures its boards.
            BackendError: as for `backend`.

        Warns:
            RuntimeWarning: another plugin could not be asked.
        """
        own, hooks, backend = self._load(name)
        registered = (offer for offer in self._registered.values() if offer.group == PLUGINS)
        others = sorted([*enabled(PLUGINS), *registered])
        found = _characteriser_of(own, hooks, backend)
        found = found or next(filter(None, (self._ask(other, backend) for other in others)), None)
        if found is None:
            raise unmeasured(own)
        return found

    def _ask(self, offer: Offer, backend: Backend) -> Characteriser | None:
        """What a plugin offers to measure another's boards with; warns if it cannot be asked."""
        try:
            return _characteriser_of(offer, self._hooks(offer), backend)
        except BackendError as error:
            warn_user(f"{error.message} It was not asked to measure boards.", RuntimeWarning)
            return None

    def health_checks(self, offer: Offer) -> list[HealthCheck]:
        """The health checks of a plugin, which is imported now if it was not before.

        Raises:
            BackendError: the plugin cannot be used, for whatever reason.
        """
        return health_checks_of(offer, self._examined(offer))

    def examine(self, offer: Offer) -> frozenset[str]:
        """The hooks that a plugin implements, once it is known to load and to offer what it should.

        Raises:
            BackendError: the plugin cannot be used, for whatever reason.
        """
        return self._examined(offer).implemented

    def register(self, name: str, plugin: object) -> None:
        """Add a plugin of this process, in place of one that was registered under that name.

        Args:
            name: what users type.
            plugin: a module or an object that implements hooks.

        Raises:
            BackendBroken: it implements none, or not as speckhal calls them.
        """
        value = str(getattr(plugin, "__name__", type(plugin).__qualname__))
        offer = Offer(name, THIS_PROCESS, version="", value=value, group=PLUGINS)
        hooks = hooks_of(offer, plugin)
        if not hooks.implemented:
            raise BackendBroken(f"{offer.title} implements none of speckhal's hooks.")
        if "speckhal_backend" in hooks.implemented:
            offer = attrs.evolve(offer, group=BACKENDS)
        self.unregister(name)
        self._registered[name] = offer
        self._loaded[offer] = hooks

    def unregister(self, name: str) -> None:
        """Forget what was registered in this process under that name, if anything was."""
        offer = self._registered.pop(name, None)
        if offer is not None:
            del self._loaded[offer]

    def _load(self, name: str) -> tuple[Offer, PluginHooks, Backend]:
        offer = self.offer(name)
        hooks = self._hooks(offer)
        backend = backend_of(offer, hooks)
        self._loaded[offer] = hooks
        return offer, hooks, backend

    def _examined(self, offer: Offer) -> PluginHooks:
        """The hooks of a plugin whose backend, if it is to have one, is what it should be."""
        hooks = self._hooks(offer)
        if offer.group == BACKENDS:
            backend_of(offer, hooks)
        return hooks

    def _hooks(self, offer: Offer) -> PluginHooks:
        return self._loaded.get(offer) or load(offer)


@functools.cache
def registry() -> Registry:
    """The registry of this process."""
    return Registry()


def _characteriser_of(offer: Offer, hooks: PluginHooks, backend: Backend) -> Characteriser | None:
    answer = offered(
        offer, Characteriser, lambda: hooks.call.speckhal_characteriser(backend=backend)
    )
    return cast("Characteriser | None", answer)
