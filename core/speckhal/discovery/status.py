"""How each entry point stands: whether its plugin can be used and, where it cannot, why."""

from __future__ import annotations

import enum
import os
from typing import TYPE_CHECKING

import attrs

from speckhal.contract.errors import BackendError
from speckhal.discovery.entry_points import BACKENDS, DISABLE_VARIABLE, PLUGINS, installed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from speckhal.discovery.entry_points import Offer
    from speckhal.discovery.registry import Registry


class State(enum.Enum):
    """What becomes of a plugin that is asked for."""

    LOADS = "loads"
    """It can be used."""

    DISABLED = "disabled"
    """It is left alone: `SPECKHAL_DISABLE_PLUGINS` names it."""

    FAILS = "fails"
    """It cannot be imported, or is not what it should be."""

    CLASHES = "clashes"
    """It could be used, if no other distribution offered a backend of that name."""


@attrs.frozen
class Standing:
    """How one entry point stands.

    Attributes:
        offer: the entry point, and the distribution that it came with.
        state: whether its plugin can be used.
        reason: why it cannot, as a sentence; empty where it can.
        hooks: names of the hooks that it implements, in order; none where that is not known.
    """

    offer: Offer
    state: State
    reason: str = ""
    hooks: tuple[str, ...] = ()


def standings(registry: Registry) -> list[Standing]:
    """How every installed entry point stands, backends first. Imports all that are enabled."""
    offers = [*installed(BACKENDS), *installed(PLUGINS)]
    return [_standing(offer, offers, registry) for offer in offers]


def _standing(offer: Offer, offers: Sequence[Offer], registry: Registry) -> Standing:
    if offer.is_disabled:
        value = os.environ.get(DISABLE_VARIABLE, "")
        return Standing(offer, State.DISABLED, f"{DISABLE_VARIABLE}={value} names it.")
    try:
        hooks = tuple(sorted(registry.examine(offer)))
    except BackendError as error:
        return Standing(offer, State.FAILS, str(error))
    rivals = [
        other.owner
        for other in offers
        if other != offer and (other.group, other.name) == (BACKENDS, offer.name)
        if not other.is_disabled
    ]
    if rivals and offer.group == BACKENDS:
        reason = f"{' and '.join(rivals)} offers a backend of that name too."
        return Standing(offer, State.CLASHES, reason, hooks)
    return Standing(offer, State.LOADS, hooks=hooks)
