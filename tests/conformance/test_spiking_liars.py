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
TOPICS = {"stimulation", "monitors", "inputs", "loops"}

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
    "StampsNothing": ("spikes-at-ticks-are-recorded", "at ticks 0.05 s later have no later time"),
    "NamesOtherNeurons": ("spikes-at-ticks-are-recorded", "that no monitored layer has"),
    "MonitorsAnything": (
        "a-layer-that-is-not-there-is-not-monitored",
        "Monitoring layer 1 must be refused with LayerNotFound, and was taken",
    ),
    "ForgetsSigns": (
        "a-spike-adds-the-weight-of-its-channel-and-place",
        "holds 128 instead of -128 after 1 spike through weights of its own",
    ),
    "HidesItsInputs": (
        "spikes-for-no-neuron-are-refused",
        "Stimulating with a spike of channel 1 must be refused with InputError",
    ),
}

BY_QUIET_LIARS = {
    "spikes-of-one-moment-all-arrive",
    "many-spikes-all-come",
    "the-last-neurons-take-and-send-spikes",
    "a-stimulation-takes-its-time",
    "layers-are-stimulated-in-turn",
    "the-stop-watch-begins-anew",
}
"""Cases that fail in `test_quiet_spiking_liars`."""

ENDLESS = "endless-firing-is-an-error-with-what-came"

INPUT_LIES = {
    "TransposesKernels": (
        "a-spike-adds-the-weight-of-its-channel-and-place",
        "after 1 spike through weights of its own",
    ),
    "FloorsInTheEnd": (
        "each-update-keeps-to-the-floor",
        "a floor of -100 and a reset that is 'subtract'",
    ),
    "StridesByTwo": ("strides-and-padding-place-the-kernel", "through a stride of 4"),
    "PadsNothing": (
        "strides-and-padding-place-the-kernel",
        "through a stride of 2 and a padding of 1",
    ),
    "SendsPooled": (
        "monitored-layers-are-pooled-for-those-behind-only",
        "with pooling by 4 and 2 behind layers",
    ),
    "MergesPolarities": (
        "events-of-the-sensor-reach-the-first-layer",
        "after 1 event of the sensor, pooled by 1 into 2 channels",
    ),
    "HearsItsFirstChannel": (
        "spikes-come-back-to-the-layer-they-left",
        "after 1 spike into a layer with a loop",
    ),
    "EndsQuietly": (ENDLESS, "and the stimulation returned with 500 spikes"),
    "LosesWhatCame": (ENDLESS, "has kept none of the spikes that came"),
}
"""Lies that only one case can find: each fails that one alone."""


@pytest.mark.parametrize("liar", LIES)
def test_a_board_that_lies_of_its_spikes_fails_and_its_lie_is_named(liar: str, data: Data) -> None:
    name, words = LIES[liar]
    backend = data("honest").HonestBackend()
    backend.device = getattr(data("spiking"), liar)
    (result,) = examine(backend, cases=[one for one in CASES if one.name == name]).results
    assert result.outcome is Outcome.FAILED
    assert words in result.reason


@pytest.mark.parametrize("liar", INPUT_LIES)
def test_a_board_that_takes_described_inputs_wrongly_fails_just_one_case(
    liar: str, data: Data
) -> None:
    name, words = INPUT_LIES[liar]
    backend = data("honest").HonestBackend()
    backend.device = getattr(data("spiking"), liar)
    spiking = [one for one in CASES if one.topic in TOPICS]
    failed = [
        one for one in examine(backend, cases=spiking).results if one.outcome is Outcome.FAILED
    ]
    assert [one.case.name for one in failed] == [name]
    assert words in failed[0].reason


def test_every_liar_is_tried(data: Data) -> None:
    honest = data("honest").HonestDevice
    liars = {
        name
        for name, kind in vars(data("spiking")).items()
        if isinstance(kind, type) and issubclass(kind, honest) and kind is not honest
    }
    assert liars == LIES.keys() | INPUT_LIES.keys()
    found = {case for case, _ in (*LIES.values(), *INPUT_LIES.values())}
    # what `OpenDevice` refuses by itself, and an empty stimulation, no such board gets wrong
    assert {case.name for case in CASES if case.topic in TOPICS} - found - BY_QUIET_LIARS == {
        "a-closed-device-takes-no-spikes",
        "a-closed-device-hands-over-no-spikes",
        "no-spikes-change-nothing",
        "inputs-that-make-no-layer-are-refused",
    }
