"""Boards that take or send spikes wrongly: each fails a case, with a sentence that says how."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from speckhal.conformance import CASES, Outcome, examine

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    Data = Callable[[str], ModuleType]

FIRES = "a-neuron-fires-when-a-spike-brings-it-to-its-threshold"
PLACES = "a-spike-reaches-the-neurons-of-its-place"
SENDS = "monitored-layers-send-their-spikes"

LIES = {
    "FiresAgain": (FIRES, r"The neurons (layer, c, y, x) that fired by spikes of 127"),
    "FiresAboveOnly": (FIRES, "a threshold of 127 and a reset that is 'subtract'"),
    "KeepsTheRest": (FIRES, "a reset that is 'zero'"),
    "WeighsLess": (PLACES, "holds 126 instead of 127 after one spike into layer 0"),
    "SwapsCoordinates": (PLACES, "holds 0 instead of 127 after one spike into layer 0"),
    "ShiftsMaps": (PLACES, "holds 0 instead of 254 after 40 spikes into layer 1"),
    "EndsAtItsLayer": ("stimulations-add-up", "after 180 spikes in three stimulations"),
    "LosesTheFirst": (PLACES, "holds 0 instead of 127 after one spike into layer 0"),
    "BeginsAnew": ("stimulations-add-up", "after 180 spikes in three stimulations"),
    "TicksMeanwhile": ("ticks-come-between-stimulations", "without a tick among them"),
    "SendsAnyLayer": (SENDS, "with monitor=[2], from"),
    "SendsNothing": (SENDS, "is [] instead of ["),
    "SendsLate": (SENDS, "is [] instead of ["),
    "SendsBackwards": (SENDS, "are not in the order of time"),
    "SendsArrays": (SENDS, "asked for spikes and returned something of type ndarray"),
    "SendsTwice": ("spikes-are-handed-over-once", "besides those of stimulations is 6 instead"),
    "KeepsRecords": ("spikes-at-ticks-are-recorded", "that came a second time"),
    "ForgetsTicks": ("spikes-at-ticks-are-recorded", "recorded after a stimulation is [] instead"),
    "StampsNothing": ("spikes-at-ticks-are-recorded", "at ticks 0.01 s later have no later time"),
    "NamesOtherNeurons": ("spikes-at-ticks-are-recorded", "that no monitored layer has"),
    "MonitorsAnything": (
        "a-layer-that-is-not-there-is-not-monitored",
        "Monitoring layer 1 must be refused with LayerNotFound, and was taken",
    ),
    "HidesItsInputs": (
        "spikes-for-no-neuron-are-refused",
        "Stimulating with a spike of channel 1 must be refused with InputError",
    ),
}


@pytest.mark.parametrize("liar", LIES)
def test_a_board_that_lies_of_its_spikes_fails_and_its_lie_is_named(liar: str, data: Data) -> None:
    name, words = LIES[liar]
    backend = data("honest").HonestBackend()
    backend.device = getattr(data("spiking"), liar)
    (result,) = examine(backend, cases=[one for one in CASES if one.name == name]).results
    assert result.outcome is Outcome.FAILED
    assert words in result.reason


def test_every_liar_is_tried(data: Data) -> None:
    honest = data("honest").HonestDevice
    liars = {
        name
        for name, kind in vars(data("spiking")).items()
        if isinstance(kind, type) and issubclass(kind, honest) and kind is not honest
    }
    assert liars == set(LIES)
    topics = {case.name for case in CASES if case.topic in {"stimulation", "monitors"}}
    # what `OpenDevice` refuses by itself, and an empty stimulation, no such board gets wrong
    assert {name for name in topics if name not in {case for case, _ in LIES.values()}} == {
        "a-closed-device-takes-no-spikes",
        "a-closed-device-hands-over-no-spikes",
        "no-spikes-change-nothing",
    }
