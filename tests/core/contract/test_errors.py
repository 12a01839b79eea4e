from __future__ import annotations

import pickle

import pytest

from speckhal import Capability
from speckhal.contract import errors
from speckhal.contract.errors import (
    CapabilityUnsupported,
    DeviceBusy,
    ProbeIncomplete,
    SpeckhalError,
    StimulationUnfinished,
)
from speckhal.contract.spikes import Spikes

EVERY_ERROR = [
    error
    for error in vars(errors).values()
    if isinstance(error, type) and issubclass(error, SpeckhalError)
]


def make(error: type[SpeckhalError], hint: str | None) -> SpeckhalError:
    if issubclass(error, ProbeIncomplete):
        return error("It failed.", requested=4, answered=3, hint=hint)
    if issubclass(error, CapabilityUnsupported):
        return error("It failed.", capability=Capability.RESET_STATES, hint=hint)
    if issubclass(error, DeviceBusy):
        return error("It failed.", in_this_process=True, hint=hint)
    if issubclass(error, StimulationUnfinished):
        return error("It failed.", spikes=Spikes(time_us=[3, 4], layer=0, channel=0), hint=hint)
    return error("It failed.", hint=hint)


@pytest.mark.parametrize("error", EVERY_ERROR)
def test_an_error_reads_as_its_message_and_then_its_hint(error: type[SpeckhalError]) -> None:
    assert str(make(error, None)) == "It failed."
    assert str(make(error, "Try again.")) == "It failed. Try again."


@pytest.mark.parametrize("error", EVERY_ERROR)
@pytest.mark.parametrize("hint", [None, "Try again."])
def test_an_error_survives_the_way_between_processes(
    error: type[SpeckhalError], hint: str | None
) -> None:
    there = make(error, hint)
    back = pickle.loads(pickle.dumps(there))  # noqa: S301 - the bytes are this test's own
    assert type(back) is error
    assert (str(back), vars(back)) == (str(there), vars(there))


def test_an_incomplete_probe_says_how_many_of_how_many() -> None:
    error = ProbeIncomplete("3 of 4 answered.", requested=4, answered=3)
    assert (error.requested, error.answered) == (4, 3)


def test_missing_broken_incompatible_and_ambiguous_do_not_catch_each_other() -> None:
    kinds = (
        errors.BackendNotFound,
        errors.BackendBroken,
        errors.BackendIncompatible,
        errors.BackendAmbiguous,
    )
    for kind in kinds:
        assert issubclass(kind, errors.BackendError)
        assert not any(issubclass(kind, other) for other in kinds if other is not kind)
