"""What is known of the Lif12, each fact with its source."""

from __future__ import annotations

from typing import Final

from speckhal import ChipFacts, CoreMemory, Fact, LinearAddresses, Range

SHEET: Final = "the Lif12's data sheet, made up for this example"

FACTS = ChipFacts(
    name="lif12",
    core_memories=Fact((CoreMemory(kernel_words=128, neuron_words=512, bias_words=16),), SHEET),
    neuron_address=Fact(LinearAddresses(), SHEET),
    v_mem_range=Fact(Range(-2048, 2047), SHEET),
    threshold_high_range=Fact(Range(1, 2047), SHEET),
    threshold_low_range=Fact(Range(-2048, -1), SHEET),
    bias_range=Fact(Range(-512, 511), SHEET),
    channel_range=Fact(Range(1, 16), SHEET),
    map_size_range=Fact(Range(1, 16), SHEET),
)
