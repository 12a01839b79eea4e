"""The backend that is examined, and how to find it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import attrs

from speckhal.contract.backend import capabilities_of, describe_board, is_emulated
from speckhal.contract.errors import BackendError, DeviceNotFound, InputError
from speckhal.discovery.entry_points import THIS_PROCESS
from speckhal.discovery.registry import registry
from speckhal.discovery.selection import parse_selection
from speckhal.system.interrupts import is_interrupt

if TYPE_CHECKING:
    from collections.abc import Callable

    from speckhal.contract.backend import Backend
    from speckhal.contract.capabilities import Capability

T = TypeVar("T")


@attrs.frozen(eq=False)
class Subject:
    """A backend, and the board of it that is examined.

    Attributes:
        backend: the backend.
        target: which of its boards; None for its first.
        entry_point: what its entry point names, such as "mychip:backend"; None where it was
            found in no distribution.
        declared: capabilities of that board that the backend declared before any was opened, by
            which it is judged; empty if it cannot say.
    """

    backend: Backend
    target: str | None = None
    entry_point: str | None = None
    declared: frozenset[Capability] = attrs.field(init=False)

    @declared.default
    def _declared_at_first(self) -> frozenset[Capability]:
        nothing: frozenset[Capability] = frozenset()
        return _answer(lambda: frozenset(capabilities_of(self.backend, self.target)), nothing)

    @property
    def label(self) -> str:
        """What to type to select it, `backend[:target]`."""
        # what has no name is examined all the same, and a case says so
        name = _answer(lambda: self.backend.name, type(self.backend).__name__)
        return str(name) if self.target is None else f"{name}:{self.target}"

    @property
    def api_version(self) -> int:
        """The version of the plugin API that it was written for; 1 where it does not say."""
        version: object = _answer(lambda: self.backend.api_version, 1)
        return version if isinstance(version, int) else 1

    @property
    def is_hardware(self) -> bool:
        """Whether its board is a real one, as all are of which nothing else is said."""
        return not self.is_emulated(self.target)

    def is_emulated(self, target: str | None) -> bool:
        """Whether the backend says that this board of it is an emulation."""
        return _answer(lambda: is_emulated(self.backend, target), False) is True


def find_subject(selection: str) -> Subject:
    """The installed backend, or the one of this process, that `backend[:target]` selects.

    Raises:
        InputError: that is no selection, or it selects a recording.
        BackendError: there is no such backend, or it cannot be used.
        DeviceNotFound: the backend has no such target.
    """
    chosen = parse_selection(selection)
    subject = subject_of(registry().backend(chosen.backend), chosen.target)
    if any(is_recorded(subject.backend, target) for target in (chosen.target, None)):
        raise InputError(
            f"Asked to examine {chosen}, and a recording only answers what was asked when it was "
            "made.",
            hint="Examine what it was recorded from, such as mock. Whether that leaked as it "
            "should: speckhal verify FILE.",
        )
    if chosen.target is not None:
        try:
            subject.backend.chip(chosen.target)
        except BaseException as error:
            # what else is wrong with a backend is found by the cases
            if isinstance(error, DeviceNotFound) or is_interrupt(error):
                raise
    return subject


def subject_of(backend: Backend, target: str | None = None) -> Subject:
    """The backend as a subject, with its entry point if that is installed."""
    return Subject(backend, target, _entry_point(backend))


def is_recorded(backend: Backend, target: str | None) -> bool:
    """Whether the backend says that this board of it is a recording."""
    return _answer(lambda: describe_board(backend, target).recorded, False) is True


def _answer(ask: Callable[[], T], otherwise: T) -> T:
    """What a backend says of itself, or something else where it says nothing, or fails."""
    try:
        return ask()
    except BaseException as error:
        if is_interrupt(error):
            raise
        # a case says so; the others must go on
        return otherwise


def _entry_point(backend: Backend) -> str | None:
    """What the entry point that offers just this backend names."""
    name: object = _answer(lambda: backend.name, "")
    if not isinstance(name, str):
        return None
    # each case asks, and to be refused would take ten times as long
    offers = [offer for offer in registry().offers() if offer.name == name]
    if len(offers) != 1 or offers[0].distribution == THIS_PROCESS:
        return None
    try:
        return offers[0].value if registry().backend(name) is backend else None
    except BackendError:
        return None
