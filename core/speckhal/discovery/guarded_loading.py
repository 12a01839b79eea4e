"""From an offer to a plugin's hooks and its checked backend.

Everything here runs code of the plugin, inside a guard: whatever it raises becomes an error that
names the plugin and its distribution. pluggy's own loader stops at the first broken plugin and
names neither.
"""

from __future__ import annotations

import contextlib
import gc
import sys
import time
from collections.abc import Iterable
from importlib.metadata import EntryPoint
from typing import TYPE_CHECKING, cast

from speckhal.contract.backend import API_VERSION, OLDEST_API_VERSION, Backend
from speckhal.contract.device import Device
from speckhal.contract.errors import BackendBroken, BackendIncompatible, SpeckhalError
from speckhal.contract.health import HealthCheck
from speckhal.discovery.hooks import PluginHooks
from speckhal.discovery.selection import is_selectable
from speckhal.system import log
from speckhal.system.error_text import cause_of
from speckhal.system.interrupts import INTERRUPTS, let_interrupts_pass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from speckhal.contract.errors import BackendError
    from speckhal.discovery.entry_points import Offer

_API_VERSIONS = range(OLDEST_API_VERSION, API_VERSION + 1)


def load(offer: Offer) -> PluginHooks:
    """Import the plugin behind an offer.

    Raises:
        BackendBroken: that failed, in whatever way.
    """
    begun_s = time.perf_counter()
    with _guard(offer, "could not be imported", f"Reinstall or upgrade {offer.distribution}."):
        plugin: object = EntryPoint(offer.name, offer.value, offer.group).load()
    took_s = time.perf_counter() - begun_s
    log.DISCOVERY.debug("imported %s (%s) in %.3f s", offer.title, offer.value, took_s)
    return hooks_of(offer, plugin)


def hooks_of(offer: Offer, plugin: object) -> PluginHooks:
    """The hooks of a plugin that is imported already.

    Raises:
        BackendBroken: a hook does not exist, or is not as speckhal calls it.
    """
    with _guard(
        offer,
        "does not fit speckhal's hooks",
        f"Upgrade {offer.distribution} or speckhal: one may be too old for the other.",
    ):
        return PluginHooks(offer.name, plugin)


def backend_of(offer: Offer, hooks: PluginHooks) -> Backend:
    """The backend that a plugin offers, checked as far as that is possible without a board.

    Raises:
        BackendIncompatible: it was written for another version of the plugin API.
        BackendBroken: asking failed, or the answer is no backend of that name.
    """
    with _guard(offer, "failed when it was asked for its backend"):
        answer: object = hooks.call.speckhal_backend()
        refusal = _refusal(offer, hooks, answer)
    if refusal is not None:
        raise refusal
    return cast("Backend", answer)


def open_board(
    offer: Offer, backend: Backend, target: str | None, options: Mapping[str, object]
) -> Device:
    """A device that the backend opens.

    Raises:
        SpeckhalError: whatever the backend has to say.
        BackendBroken: it raised something else, or what it opened is no device.
    """
    known = len(sys.modules)
    answer: object = None
    try:
        with blamed_on(offer, "failed when it was asked to open a board"):
            answer = backend.open(target, options)
            lacking = _lacking(answer, Device)
        if len(sys.modules) != known:
            # a frame of a module that was imported meanwhile may refer to itself, as torch's do,
            # and it refers to the frames that led to it, in which the device is: nothing would
            # close that when the user forgets it
            gc.collect()
        _refuse_what_is_no_device(offer, answer, lacking)
    except BaseException:
        if answer is not None:
            # what went wrong matters more than what goes wrong while closing
            with contextlib.suppress(Exception, SystemExit):
                cast("Device", answer).close()
        raise
    return answer


def _refuse_what_is_no_device(offer: Offer, answer: object, lacking: str) -> None:
    if answer is None or lacking:
        flaw = f"a {type(answer).__name__}, which has no {lacking}, and a device must have that"
        raise BackendBroken(
            f"{offer.title} opened a board and gave {'None for it' if answer is None else flaw}.",
            hint=_report_to_authors(offer),
        )


def offered(offer: Offer, protocol: type[object], ask: Callable[[], object]) -> object:
    """What a plugin offers through a hook: an object of that protocol, or None.

    Raises:
        BackendBroken: asking failed, or the answer lacks members of the protocol.
    """
    noun = protocol.__name__.lower()
    article = "an" if noun[0] in "aeiou" else "a"
    with _guard(offer, f"failed when it was asked for its {noun}"):
        answer = ask()
        lacking = _lacking(answer, protocol)
    if answer is not None and lacking:
        raise BackendBroken(f"{offer.title} offers {article} {noun} without {lacking}.")
    return answer


def health_checks_of(offer: Offer, hooks: PluginHooks) -> list[HealthCheck]:
    """The health checks that a plugin offers; none if it has no such hook.

    Raises:
        BackendBroken: asking failed, or the answer is not one of health checks.
    """
    with _guard(offer, "failed when it was asked for its health checks"):
        answer: object = hooks.call.speckhal_health_checks()
        checks = list(answer) if isinstance(answer, Iterable) else answer
    if checks is None:
        return []
    if not isinstance(checks, list) or not all(isinstance(item, HealthCheck) for item in checks):
        raise BackendBroken(
            f"{offer.title} offers {checks!r} as health checks, and not a list of HealthCheck."
        )
    return checks


@contextlib.contextmanager
def blamed_on(offer: Offer, failure: str) -> Iterator[None]:
    """Turn what a plugin raises in the body, and should not, into a sentence about the plugin.

    speckhal's own errors pass, and so do the user's interrupts. Anything else is a failure of the
    plugin: PyPI's samna raises CalledProcessError, a script that exits raises SystemExit, and a
    panic in Rust is no Exception.

    Args:
        offer: the plugin.
        failure: what it failed to do, for the sentence.

    Raises:
        BackendBroken: the body raised something else.
    """
    handled = sys.exc_info()[1]
    try:
        yield
    except BaseException as error:
        let_interrupts_pass(error, handled)
        if isinstance(error, SpeckhalError):
            raise
        raise BackendBroken(
            f"{offer.title} {failure}: {cause_of(error)}.", hint=_report_to_authors(offer)
        ) from error


def note_who_was_at_work(error: BaseException, offer: Offer) -> None:
    """Let a Ctrl-C say which plugin it came in, in case that one hangs."""
    if isinstance(error, INTERRUPTS) and sys.version_info >= (3, 11):
        error.add_note(f"{offer.title} was at work.")


def _refusal(offer: Offer, hooks: PluginHooks, answer: object) -> BackendError | None:
    """Why the answer is no backend that speckhal can use; None if it is one."""
    api_version = getattr(answer, "api_version", None)
    if isinstance(api_version, int) and api_version not in _API_VERSIONS:
        # before all else: what a backend of another version must have is not known here
        too_old = offer.distribution if api_version < OLDEST_API_VERSION else "speckhal"
        return BackendIncompatible(
            f"{offer.title} was written for version {api_version} of the plugin API, "
            f"and this speckhal takes version {' and '.join(map(str, _API_VERSIONS))}.",
            hint=f"Upgrade {too_old}.",
        )
    lacking, name = _lacking(answer, Backend), getattr(answer, "name", None)
    if "speckhal_backend" not in hooks.implemented:
        flaw = f"has no hook `speckhal_backend`; its entry point names {offer.value}"
    elif answer is None:
        flaw = "offers none: its hook `speckhal_backend` gave None"
    elif lacking:
        flaw = f"offers something without {lacking}, which a backend must have"
    elif not isinstance(api_version, int):
        flaw = f"has the API version {api_version!r}, which is no whole number"
    elif not is_selectable(offer.name):
        flaw = "cannot be selected by its name: that must be without spaces and colons"
    elif name != offer.name:
        flaw = f"calls itself {name!r}; a backend must have the name of its entry point"
    else:
        return None
    return BackendBroken(f"{offer.title} {flaw}.")


def _report_to_authors(offer: Offer) -> str:
    return f"Upgrade {offer.distribution}; if it stays, report this to its authors."


def _lacking(answer: object, protocol: type[object]) -> str:
    """Members of the protocol that the answer does not have, as a list in words."""
    members = (
        member
        for member in vars(protocol)
        if not member.startswith("_") or member in {"__enter__", "__exit__"}
    )
    return ", ".join(f"`{member}`" for member in members if not hasattr(answer, member))


@contextlib.contextmanager
def _guard(offer: Offer, failure: str, hint: str | None = None) -> Iterator[None]:
    """Turn whatever the plugin's code raises into a sentence about the plugin."""
    handled = sys.exc_info()[1]
    try:
        yield
    except BaseException as error:
        note_who_was_at_work(error, offer)
        let_interrupts_pass(error, handled)
        log.DISCOVERY.debug("refused %s: it %s", offer.title, failure)
        raise BackendBroken(f"{offer.title} {failure}: {cause_of(error)}.", hint=hint) from error
