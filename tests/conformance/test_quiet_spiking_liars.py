"""Boards that are wrong only for some spikes: each fails just the case that looks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from speckhal.conformance import CASES, Outcome, examine

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    Data = Callable[[str], ModuleType]

TOPICS = {"stimulation", "monitors", "inputs", "loops", "stopping"}
FLOOR = "each-update-keeps-to-the-floor"
MOMENT = "spikes-of-one-moment-all-arrive"
CLOCK = "spikes-leave-the-clock-running"
TICKS = "spikes-at-ticks-are-recorded"
WATCH = "the-stop-watch-begins-anew"
POOLED = "monitored-layers-are-pooled-for-those-behind-only"
SENSOR = "events-of-the-sensor-reach-the-first-layer"

LIES = {
    "TakesOneOfAMoment": ({MOMENT, FLOOR}, "spikes of one moment into layer 0"),
    "TakesAPlaceOnce": ({MOMENT, FLOOR}, "spikes of one moment into layer 0"),
    "SortsAMoment": ({FLOOR}, "after the same in one moment, as they stand"),
    "PlaysLayerByLayer": ({"layers-are-stimulated-in-turn"}, "by spikes into all layers in turn"),
    "ReturnsAtOnce": (
        {"a-stimulation-takes-its-time", CLOCK},
        "A stimulation with a spike at 50000 us returned after 0 us",
    ),
    "StopsItsClock": ({CLOCK}, "The slow clock was stopped by what must leave it running"),
    "StartsItsClock": ({CLOCK}, "The slow clock was left on"),
    "PausesItsClock": ({CLOCK}, "The slow clock stood still while spikes were played: 0 ticks"),
    "StampsMilliseconds": (
        {"monitored-layers-send-their-spikes", "layers-are-stimulated-in-turn"},
        "from 437 us on is [(2, 0, 0, 0)] instead of []",
    ),
    "HoldsAThousand": ({"many-spikes-all-come", POOLED}, "is 1000 instead of 3000"),
    "SendsLowBits": ({"the-last-neurons-take-and-send-spikes"}, "at the ends of maps of 32x1x1"),
    "KeepsEarlierRecords": ({TICKS}, "from before a network was deployed"),
    "ReturnsTicksBesides": ({TICKS}, "those of ticks before are recorded"),
    "CountsSinceItOpened": ({WATCH}, "have passed since a network was deployed"),
    "CountsSinceDeploying": ({WATCH}, "have passed since a stimulation began"),
    "RecordsEveryLayer": ({TICKS}, "that no monitored layer has"),
    "RecordsBackwards": ({TICKS}, "are not in the order of time"),
    "ForgetsWhenRead": ({TICKS}, "recorded after a stimulation is [] instead"),
    "ForgetsWhenReset": ({TICKS}, "recorded after a stimulation is [] instead"),
    "LoopsOnly": ({"spikes-come-back-to-the-layer-they-left"}, "and another one behind it"),
    "PoolsByTwo": ({POOLED, SENSOR}, "with pooling by 4 and 2"),
    "PadsNothingPooled": ({POOLED}, "with pooling by 4 and 2"),
    "StridesInOneChannel": ({"strides-and-padding-place-the-kernel"}, "through a stride of 2"),
}
"""Of each the cases that it fails, and words of the first that says why."""


@pytest.mark.parametrize("liar", LIES)
def test_a_board_that_is_wrong_for_some_spikes_fails_the_cases_for_those(
    liar: str, data: Data
) -> None:
    names, words = LIES[liar]
    backend = data("honest").HonestBackend()
    backend.device = getattr(data("quiet_spiking"), liar)
    spiking = [one for one in CASES if one.topic in TOPICS]
    failed = [
        one for one in examine(backend, cases=spiking).results if one.outcome is Outcome.FAILED
    ]
    assert {one.case.name for one in failed} == names
    assert words in failed[0].reason


def test_every_liar_is_tried(data: Data) -> None:
    honest = data("honest").HonestDevice
    liars = {
        name
        for name, kind in vars(data("quiet_spiking")).items()
        if isinstance(kind, type) and issubclass(kind, honest) and kind is not honest
    }
    assert liars == LIES.keys()
