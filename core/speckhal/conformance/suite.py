"""Every case of the suite, in the order in which they are run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from speckhal.conformance.case import Case, Half
from speckhal.conformance.cases import (
    addresses,
    biases,
    clock,
    deployment,
    descriptor,
    drives,
    facts,
    inputs,
    internal_clock,
    layers,
    leak,
    lifecycle,
    loading,
    loops,
    monitors,
    networks,
    potentials,
    preview,
    readings,
    signatures,
    stimulation,
    stopping,
    timing,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from speckhal.conformance.backend_under_test import Subject

_TOPICS: Final = (
    loading,
    descriptor,
    facts,
    lifecycle,
    signatures,
    leak,
    addresses,
    readings,
    deployment,
    preview,
    layers,
    potentials,
    biases,
    stimulation,
    monitors,
    inputs,
    loops,
    drives,
    clock,
    stopping,
    internal_clock,
    timing,
    networks,
)

CASES: Final[tuple[Case, ...]] = tuple(
    one for topic in _TOPICS for one in vars(topic).values() if isinstance(one, Case)
)


def cases_for(
    subject: Subject, cases: Iterable[Case] = CASES, halves: Collection[Half] = frozenset(Half)
) -> tuple[tuple[Case, ...], tuple[Case, ...]]:
    """The cases for a backend, and those that are left out because it is hardware."""
    asked = [case for case in cases if case.half in halves]
    left_out = tuple(
        case
        for case in asked
        # a refusal takes no timing
        if case.emulated_only and subject.is_hardware and case.needs <= subject.declared
    )
    return tuple(case for case in asked if case not in left_out), left_out
