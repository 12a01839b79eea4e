"""The backend that is examined, and how to find it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from speckhal.errors import BackendError, DeviceNotFound
from speckhal.offers import THIS_PROCESS
from speckhal.registry import registry
from speckhal.selection import parse_selection

if TYPE_CHECKING:
    from speckhal.backend import Backend
    from speckhal.device import Capability


@attrs.frozen(eq=False)
class Subject:
    """A backend, and the board of it that is examined.

    Attributes:
        backend: the backend.
        target: which of its boards; None for its first.
        entry_point: what its entry point names, such as "mychip:backend"; None where it was
            found in no distribution.
    """

    backend: Backend
    target: str | None = None
    entry_point: str | None = None

    @property
    def label(self) -> str:
        """`backend[:target]`."""
        # what has no name is examined all the same, to be told so
        name = getattr(self.backend, "name", type(self.backend).__name__)
        return name if self.target is None else f"{name}:{self.target}"

    @property
    def is_hardware(self) -> bool:
        """Whether it opens real boards, which is what all do that do not say otherwise."""
        return getattr(self.backend, "emulated", False) is not True

    @property
    def declared(self) -> frozenset[Capability]:
        """Capabilities that it declares; none, if it cannot say."""
        try:
            return frozenset(self.backend.capabilities)
        except Exception:  # noqa: BLE001 - a case says so; the others must go on
            return frozenset()


def find_subject(selection: str) -> Subject:
    """The installed backend, or the one of this process, that `backend[:target]` selects.

    Raises:
        InputError: that is no selection.
        BackendError: there is no such backend, or it cannot be used.
        DeviceNotFound: the backend has no such target.
    """
    chosen = parse_selection(selection)
    subject = subject_of(registry().backend(chosen.backend), chosen.target)
    if chosen.target is not None:
        try:
            subject.backend.chip(chosen.target)
        except DeviceNotFound:
            raise
        except Exception:  # noqa: BLE001, S110 - a broken backend is for the cases to tell
            pass
    return subject


def subject_of(backend: Backend, target: str | None = None) -> Subject:
    """The backend as a subject, with its entry point if that is installed."""
    return Subject(backend, target, _entry_point(backend))


def _entry_point(backend: Backend) -> str | None:
    """What the entry point that offers just this backend names."""
    try:
        offer = registry().offer(backend.name)
        if offer.distribution == THIS_PROCESS or registry().backend(offer.name) is not backend:
            return None
    except (BackendError, AttributeError):
        return None
    return offer.value
