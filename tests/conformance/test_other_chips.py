"""The suite takes its measures from a chip's facts, and passes chips that are not ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import pytest

from speckhal import CoreMemory, Fact
from speckhal.conformance import CASES, Outcome, examine
from speckhal_mock.backend.emulated_backend import EmulatedBackend
from speckhal_speck2e.chip import CHIP

if TYPE_CHECKING:
    from speckhal import ChipFacts

OF_SIZE = [
    case
    for case in CASES
    if case.topic == "networks"
    or case.name in {"each-neuron-reads-its-own-state", "a-large-layer-is-read-completely"}
]
"""Those that deploy other networks to a chip of other sizes."""


@pytest.mark.parametrize(
    "memory", [CoreMemory(8192, 8192, 256), CoreMemory(4096, 3000, 1024)], ids=["small", "odd"]
)
def test_a_chip_with_smaller_memories_passes(memory: CoreMemory) -> None:
    memories = Fact((memory,) * 9, source="this test")
    facts = attrs.evolve(CHIP.facts, name="small", core_memories=memories)
    chip = attrs.evolve(CHIP, facts=facts)
    report = examine(EmulatedBackend(chip, name="small", summary="a small chip"), cases=OF_SIZE)
    assert [result.reason for result in report.results if result.outcome is Outcome.FAILED] == []


def test_a_chip_that_claims_more_memory_than_its_board_has_fails() -> None:
    memories = CHIP.facts.core_memories.value
    doubled = tuple(
        attrs.evolve(memory, neuron_words=2 * memory.neuron_words) for memory in memories
    )

    class Boastful(EmulatedBackend):
        """Describes other cores than the driver knows."""

        def chip(self, target: str | None = None) -> ChipFacts:
            facts = super().chip(target)
            return attrs.evolve(facts, core_memories=Fact(doubled, source="this test"))

    cases = [case for case in CASES if case.name == "a-layer-that-just-fits-is-taken"]
    report = examine(Boastful(CHIP, name="mock", summary="boastful"), cases=cases)
    assert [result.outcome for result in report.results] == [Outcome.FAILED]
