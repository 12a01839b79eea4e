"""Runs every health check there is: the core's, and those of the plugins that can be loaded."""

from __future__ import annotations

import os
import traceback
from typing import TYPE_CHECKING

import attrs

from speckhal.contract.errors import BackendError, BackendIncompatible, InputError
from speckhal.contract.health import Finding, HealthCheck
from speckhal.discovery.entry_points import BACKENDS
from speckhal.discovery.selection import VARIABLE, default_selection
from speckhal.doctor.core_checks import core_checks
from speckhal.system.error_text import cause_of
from speckhal.system.interrupts import is_interrupt

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from speckhal.discovery.entry_points import Offer
    from speckhal.discovery.registry import Registry

CORE = "speckhal"
"""Stands where a diagnosis has its plugin, if the core made it."""

LOADING = "plugins"
"""Name of the check that every plugin loads and that no two share a name."""


@attrs.frozen
class Diagnosis:
    """One finding, with where it comes from.

    Attributes:
        check: name of the check.
        plugin: name of the plugin whose check it was; several, separated by commas, where they
            share it.
        finding: what was found.
    """

    check: str
    plugin: str
    finding: Finding


@attrs.define
class _Examination:
    """A check that is to be run once, for all plugins that offer it."""

    check: HealthCheck
    plugins: list[str]

    @property
    def label(self) -> str:
        return ", ".join(sorted(set(self.plugins)))


def diagnose(registry: Registry, plugin: str | None = None) -> Iterator[Diagnosis]:
    """Findings of the core and of every plugin, as they are made, plugin by plugin.

    Args:
        registry: knows the plugins; they are all loaded, or just the one.
        plugin: examine the core and the plugin of this name, which is then one that was asked for,
            whether it offers a backend or not. Without it, that is the one in `SPECKHAL_BACKEND`.

    Raises:
        BackendNotFound, BackendDisabled: there is no such plugin, or it is disabled.
    """
    offers = registry.plugins() if plugin is None else registry.plugins_of(plugin)
    return _diagnose(registry, offers, asked=_selected() if plugin is None else plugin)


def _diagnose(
    registry: Registry, offers: Sequence[Offer], *, asked: str | None
) -> Iterator[Diagnosis]:
    for check in core_checks(registry):
        for finding in _run(check, CORE):
            yield Diagnosis(check.name, CORE, finding)
    examinations = [*_clashes(offers)]
    healthy: list[Offer] = []
    for offer in offers:
        try:
            checks = registry.health_checks(offer)
        except BackendError as error:  # noqa: PERF203 - the next one may be healthy
            examinations.append(_as_examination(offer.name, _broken(offer, error)))
        else:
            healthy.append(offer)
            for check in checks:
                # one that plugins share is run once, for all of them
                same = next((known for known in examinations if known.check == check), None)
                if same is None:
                    examinations.append(_Examination(check, [offer.name]))
                else:
                    same.plugins.append(offer.name)
    if healthy:
        yield Diagnosis(LOADING, CORE, Finding.ok(_by_owner(healthy)))
    # those of the same plugins together, otherwise in the order in which they were offered
    labels = [examination.label for examination in examinations]
    for examination in sorted(examinations, key=lambda one: labels.index(one.label)):
        for finding in _run(examination.check, examination.label):
            concerns = finding.as_asked() if asked in examination.plugins else finding
            yield Diagnosis(examination.check.name, examination.label, concerns)


def _as_examination(plugin: str, finding: Finding) -> _Examination:
    """A finding about a plugin that is made already, in its place among the plugin's own."""
    return _Examination(HealthCheck(LOADING, lambda: [finding]), [plugin])


def _run(check: HealthCheck, owner: str) -> list[Finding]:
    """What the check finds; if it crashes, what it found until then and the crash."""
    findings: list[Finding] = []
    try:
        findings.extend(map(_as_finding, check.run()))
    except BaseException as error:
        if is_interrupt(error):
            raise
        # anything else must not cost the other checks
        place = traceback.extract_tb(error.__traceback__)[-1]
        findings.append(
            Finding.problem(
                f"The check {check.name!r} of {owner} crashed: {cause_of(error)} "
                f"({place.filename}, line {place.lineno}).",
                should="A check ends with a finding.",
                do=f"Upgrade what offers {owner}; if it stays, report this to its authors.",
            )
        )
    return findings


def _as_finding(answer: object) -> Finding:
    if not isinstance(answer, Finding):
        raise TypeError(f"it found {answer!r}, which is no Finding")
    return answer


def _broken(offer: Offer, error: BackendError) -> Finding:
    if not offer.version:  # no distribution that pip knows
        do = f"Repair or remove what offers {offer.value}."
    elif isinstance(error, BackendIncompatible) and error.hint is not None:
        do = error.hint
    else:
        do = (
            f"pip install --upgrade --force-reinstall {offer.distribution}, or to live without "
            f"it: pip uninstall {offer.distribution}"
        )
    return Finding.problem(error.message, should="Every installed plugin can be used.", do=do)


def _clashes(offers: Iterable[Offer]) -> Iterator[_Examination]:
    """The names that two distributions use."""
    by_name: dict[tuple[str, str], list[Offer]] = {}
    for offer in offers:
        by_name.setdefault((offer.group, offer.name), []).append(offer)
    for (group, name), found in by_name.items():
        if len(found) == 1:
            continue
        owners = " and ".join(f"{offer.owner} ({offer.value})" for offer in found)
        finding = Finding.problem if group == BACKENDS else Finding.warning
        removals = (f"pip uninstall {offer.distribution}" for offer in found if offer.version)
        clash = finding(
            f"The name {name!r} is used by {owners}.",
            should="A name belongs to one distribution.",
            do=", or ".join(removals) or "Remove all but one of them.",
        )
        yield _as_examination(name, clash)


def _by_owner(offers: Iterable[Offer]) -> str:
    """Who offers what, such as "mock, speck2e, speck2f (speckhal 0.1.0)"."""
    names: dict[str, list[str]] = {}
    for offer in offers:
        names.setdefault(offer.owner, []).append(offer.name)
    return "; ".join(f"{', '.join(offered)} ({owner})" for owner, offered in names.items())


def _selected() -> str | None:
    """The backend that the user asks for all the time, by the environment variable."""
    if not os.environ.get(VARIABLE):
        return None
    try:
        return default_selection().backend
    except InputError:  # a finding of the core's own checks
        return None
