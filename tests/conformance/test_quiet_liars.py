"""Backends whose lies are quieter: no law of leak is broken, and each is caught all the same.

By name of the liar: the case that must fail, and words of the sentence that names it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from speckhal.conformance import CASES, Outcome, examine

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import ModuleType

    Data = Callable[[str], ModuleType]

READINGS: Final = {
    "ReusesItsBuffer": ("a-reading-stays-as-it-was", "After later ones, a reading of layer 0"),
    "FloatsForSome": (
        "a-reading-is-complete",
        "The type of the values of a reading of some neurons of layer 0 is 'float64'",
    ),
    "TellsLayer0": (
        "a-reading-is-complete",
        "`layer` of a reading of layer 1 is 0 instead of 1",
    ),
    "ProbesTellLayer0": (
        "a-reading-is-complete",
        "`layer` of a probe of layer 1 is 0 instead of 1",
    ),
    "DurationsAreNegative": ("a-reading-is-dated", "took -3.000000 s by its `duration_s`"),
    "DatesWhenAnswered": ("a-reading-is-dated", "took 0.001020 s by its `duration_s`"),
    "ReadsSomeOfLayer0": (
        "each-layer-is-read-by-itself",
        "What some neurons of layer 1 read is [30, 2, 16] instead of [90, 62, 76]",
    ),
}

WRITES: Final = {
    "WritesToLayer0": (
        "each-layer-is-written-by-itself",
        "instead of -100 in layer 0 after layer 1 was written",
    ),
    "BiasesAreOfLayer0": (
        "each-layer-has-its-own-biases",
        "the biases of layer 1 after it was deployed is [-3, -5] instead of [-7, -11]",
    ),
    "BiasWritesGoToLayer0": (
        "each-layer-has-its-own-biases",
        "the biases of layer 0 after those of layer 1 were written is [40, -60]",
    ),
    "DirectBiasesForLayer0Only": (
        "biases-in-chip-units-are-for-their-layer",
        "The biases of layer 1 in the deployment is [-7, -11] instead of [-400, 300]",
    ),
    "DirectBiasesToldForLayer1": (
        "biases-in-chip-units-are-for-their-layer",
        "the biases of layer 1 after deploying with others for layer 1 is [-7, -11]",
    ),
    "ReadsWideBiases": (
        "the-chip-holds-the-biases-returned",
        "The type of the biases read back is 'int64' instead of 'int16'",
    ),
    "WritingBiasesReturnsFloats": (
        "written-biases-are-held",
        "The type of what writing biases returned is 'float64'",
    ),
    "BiasesAreLive": (
        "written-biases-are-held",
        "After others were written, what [1, -2, 3] read as when they were read is [-32768",
    ),
    "ResetUndoesBiases": (
        "resetting-leaves-written-biases",
        "the biases that were written before is [-7, 4, -11] instead of [-100, 20, 3]",
    ),
    "TellsNoLeak": ("deploy-returns-its-leak", "is None, and it was given one"),
    "TellsBiasesAsFloats": (
        "deploy-says-what-the-layer-became",
        "The type of the biases in the deployment is 'float64' instead of 'int16'",
    ),
    "DeploymentsShareArrays": (
        "a-deployment-stays-as-it-was",
        "After the next network, `biases` of the first is [-30, -40] instead of [-5, 9]",
    ),
    "ZeroesTheNetwork": (
        "deploying-leaves-the-network-as-it-is",
        "A network that was deployed cannot be deployed again: NetworkError",
    ),
    "ZeroesTheStates": (
        "deploying-leaves-the-network-as-it-is",
        "holds 0 instead of 1 in a network that is deployed again",
    ),
}

MOMENTS: Final = {
    "TimeJumpsBackByTicks": ("time-never-runs-backwards", "s while making ticks"),
    "TimeJumpsBackByResetting": ("time-never-runs-backwards", "s while resetting the states"),
    "TimeJumpsBackByStopping": ("time-never-runs-backwards", "s while stopping the slow clock"),
    "TimeJumpsBackByWriting": (
        "time-never-runs-backwards",
        "s while writing membrane potentials",
    ),
    "CountsTicksIn8Bits": (
        "a-tick-adds-the-bias",
        "415 ticks of a bias of -13 moved a neuron by -2067 instead of -5395",
    ),
    "CutsTheFirstBurst": (
        "ticks-add-up",
        "after 17 and 40 ticks, as after 57",
    ),
    "TicksTwiceAfterTheSeventhCall": (
        "ticks-add-up",
        "after 3 and 0 ticks, as after 3",
    ),
    "TellsTicksIn8Bits": (
        "a-reading-counts-ticks",
        "`ticks` of a reading after 305 ticks is 49 instead of 305",
    ),
    "ResetForgetsTicks": (
        "resetting-leaves-the-network",
        "`ticks` of a reading after 2 ticks and a reset is 0 instead of 2",
    ),
    "LimitsRatesWithoutAWord": ("it-ticks-at-its-rate", "at 10000 Hz"),
    "LimitsRatesTo200Hz": (
        "a-rate-is-taken-as-it-is-or-refused",
        "`rate_hz` of a leak at 10000 Hz is 200 instead of 10000",
    ),
    "LimitsRatesTo10KHz": (
        "a-rate-is-taken-as-it-is-or-refused",
        "`rate_hz` of a leak at 10001 Hz is 10000 instead of 10001",
    ),
    "ResettingStopsTheClock": (
        "resetting-leaves-the-clock-running",
        "0 ticks came in 1 s at 20 Hz after the states were reset",
    ),
    "WritingStopsTheClock": (
        "writing-leaves-the-clock-running",
        "0 ticks came in 1 s at 20 Hz after membrane potentials were written",
    ),
    "SwallowsInterrupts": (
        "an-error-in-a-with-block-closes-the-device",
        "A KeyboardInterrupt that ended a `with` block was swallowed",
    ),
    "StaysOpenWhenInterrupted": (
        "an-error-in-a-with-block-closes-the-device",
        "A KeyboardInterrupt ended a `with` block; after it, 'mock' could not be opened",
    ),
}

DEVICES: Final[Mapping[str, Mapping[str, tuple[str, str]]]] = {
    "readings": READINGS,
    "writes": WRITES,
    "moments": MOMENTS,
}
"""By module of `data/lies`."""

BACKENDS: Final = {
    "TargetsOnce": ("its-targets-can-be-selected", "they must be a sequence"),
    "VersionTrue": ("it-is-for-this-api-version", "version True of the plugin API"),
    "ChangesOptions": ("it-opens-as-described", "is {'opened': True} instead of {}"),
    "ListsAGhost": (
        "each-board-that-it-lists-can-be-opened",
        "'mock:ghost' could not be opened: DeviceNotFound",
    ),
    "OpensAnotherChip": (
        "each-board-that-it-lists-can-be-opened",
        "The chip in `info` of target 'speck2e' is",
    ),
    "DeclaresMoreLater": (
        "it-opens-as-described",
        "After opening, the backend's list of capabilities is ['described inputs', 'direct biases'",
    ),
    "with_many_channels_only": (
        "each-neuron-reads-its-own-state",
        "a layer of the chip has 100..1024 channels",
    ),
    "with_square_maps_only": (
        "no-two-neurons-share-an-address",
        "a layer of the chip has 1..1024 channels in maps of 2..2",
    ),
    "with_a_fact_that_is_none": (
        "every-fact-has-a-source",
        "bias_range must be a Fact, which has a source",
    ),
}

SHAPELESS = [
    "no-two-neurons-share-an-address",
    "each-neuron-reads-its-own-state",
    "each-neuron-leaks-by-its-own-bias",
    "some-neurons-read-the-same-alone",
    "each-neuron-holds-what-was-written",
]
"""The cases that go through many shapes."""


def failure(backend: Any, name: str) -> str:
    """What the one case says of the backend, which fails it."""
    report = examine(backend, cases=[case for case in CASES if case.name == name])
    (result,) = report.results
    assert result.outcome is Outcome.FAILED
    assert not report.passed
    return result.reason


@pytest.mark.parametrize(
    ("module", "liar"), [(module, liar) for module, liars in DEVICES.items() for liar in liars]
)
def test_a_quiet_liar_fails_and_its_lie_is_named(module: str, liar: str, data: Data) -> None:
    name, words = DEVICES[module][liar]
    backend = data("wrapped").WrappedMock()
    backend.device = getattr(data(module), liar)
    assert words in failure(backend, name)


@pytest.mark.parametrize("liar", BACKENDS)
def test_a_backend_that_lies_of_itself_fails_and_its_lie_is_named(liar: str, data: Data) -> None:
    name, words = BACKENDS[liar]
    assert words in failure(getattr(data("backends"), liar)(), name)


@pytest.mark.parametrize("module", [*DEVICES, "backends"])
def test_every_quiet_liar_is_tried(module: str, data: Data) -> None:
    there = data(module)
    liars = {
        name
        for name, kind in vars(there).items()
        if getattr(kind, "__module__", "") == there.__name__ and not name.startswith("_")
    }
    tried = BACKENDS if module == "backends" else DEVICES[module]
    assert {name for name in liars if not name.endswith("Probe")} == set(tried)


@pytest.mark.parametrize("name", SHAPELESS)
def test_a_case_without_any_shape_to_try_does_not_pass(name: str, data: Data) -> None:
    assert "nothing can be said of its addresses" in failure(
        data("backends").with_many_channels_only(), name
    )


def test_a_wrapper_that_knows_more_and_changes_nothing_passes(data: Data) -> None:
    backend = data("wrapped").WrappedMock()
    backend.device = data("knowing").KnowingDevice
    catching = {name for liars in DEVICES.values() for name, _ in liars.values()}
    report = examine(backend, cases=[case for case in CASES if case.name in catching])
    assert report.passed, [result.reason for result in report.results if result.reason]
