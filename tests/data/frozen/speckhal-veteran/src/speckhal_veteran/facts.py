"""What is known of the Veteran, each fact with its source.

Every value was inherited from the Speck2f. When one becomes known for the Veteran,
change the value, its source and its certainty together.
"""

from __future__ import annotations

from speckhal import AddressLayout, Certainty, ChipFacts, CoreMemory, Erratum, Fact, Range

FACTS = ChipFacts(
    name="veteran",
    core_memories=Fact(
        (
            CoreMemory(kernel_words=16384, neuron_words=65536, bias_words=1024),
            CoreMemory(kernel_words=16384, neuron_words=65536, bias_words=1024),
            CoreMemory(kernel_words=16384, neuron_words=65536, bias_words=1024),
            CoreMemory(kernel_words=32768, neuron_words=32768, bias_words=1024),
            CoreMemory(kernel_words=32768, neuron_words=32768, bias_words=1024),
            CoreMemory(kernel_words=65536, neuron_words=16384, bias_words=1024),
            CoreMemory(kernel_words=65536, neuron_words=16384, bias_words=1024),
            CoreMemory(kernel_words=16384, neuron_words=16384, bias_words=1024),
            CoreMemory(kernel_words=16384, neuron_words=16384, bias_words=1024),
        ),
        source=(
            "inherited from speck2f, check: SynSense, Speck2e/f data sheet 1.02, memory "
            "configuration; SynSense, Speck dev kit data sheet, Aug 2023, table 3"
        ),
        certainty=Certainty.ASSUMED,
    ),
    neuron_address=Fact(
        AddressLayout(fields=("c", "x", "y")),
        source=(
            "inherited from speck2f, check: SynSense, Speck2e/f data sheet 1.02, memory "
            "configuration; never measured on a non-square map"
        ),
        certainty=Certainty.ASSUMED,
    ),
    v_mem_range=Fact(
        Range(lowest=-32768, highest=32767),
        source=(
            "inherited from speck2f, check: SynSense, Speck2e/f data sheet 1.02, memory "
            "configuration (16 bit)"
        ),
        certainty=Certainty.ASSUMED,
    ),
    threshold_high_range=Fact(
        Range(lowest=0, highest=32767),
        source="inherited from speck2f, check: samna 0.48.5 reference, CnnLayerConfig",
        certainty=Certainty.ASSUMED,
    ),
    threshold_low_range=Fact(
        Range(lowest=-32768, highest=-1),
        source="inherited from speck2f, check: samna 0.48.5 reference, CnnLayerConfig",
        certainty=Certainty.ASSUMED,
    ),
    bias_range=Fact(
        Range(lowest=-32768, highest=32767),
        source=(
            "inherited from speck2f, check: SynSense, Speck dev kit data sheet, Aug 2023, table 3 "
            "(leak memory of 16 bit)"
        ),
        certainty=Certainty.ASSUMED,
    ),
    channel_range=Fact(
        Range(lowest=1, highest=1024),
        source=(
            "inherited from speck2f, check: SynSense, Speck2e/f data sheet 1.02, limits; samna "
            "chip page"
        ),
        certainty=Certainty.ASSUMED,
    ),
    map_size_range=Fact(
        Range(lowest=1, highest=64),
        source=(
            "inherited from speck2f, check: SynSense, Speck2e/f data sheet 1.02, limits; samna "
            "chip page"
        ),
        certainty=Certainty.ASSUMED,
    ),
    slow_clock_default_rate_hz=Fact(
        1000,
        source="inherited from speck2f, check: samna 0.48.5 reference, UnifirmModule",
        certainty=Certainty.ASSUMED,
    ),
    slow_clock_typical_rate_hz=Fact(
        Range(lowest=10, highest=10000),
        source="inherited from speck2f, check: SynSense, Speck dev kit data sheet, Aug 2023, 3.2.6",
        certainty=Certainty.ASSUMED,
    ),
    internal_clock_divider_range=Fact(
        Range(lowest=14, highest=17),
        source="inherited from speck2f, check: samna 0.48.5 reference, FactoryConfig",
        certainty=Certainty.ASSUMED,
    ),
    errata=(
        Erratum(
            name="threshold_low of 0",
            consequence="Does not work; the floor of a membrane potential is -1 or less.",
            source=(
                "inherited from speck2f, check: SynSense, Speck dev kit data sheet, Aug 2023, "
                "3.2.4.6.3; refused by samna since 0.33.2 (change log)"
            ),
            certainty=Certainty.ASSUMED,
        ),
        Erratum(
            name="leak on cores 0 and 1",
            consequence=(
                "Called unusable in the data sheet, yet exact on core 0 in the leak tutorial. "
                "Trust it only where channels, height and width are all powers of two."
            ),
            source=(
                "inherited from speck2f, check: SynSense, Speck2e/f data sheet 1.02, bug list; "
                "sinabs, 'How to leak the neurons on the devkit', recorded output of a Speck2f kit"
            ),
            certainty=Certainty.ASSUMED,
        ),
        Erratum(
            name="last spike held back on cores 0 and 1",
            consequence=(
                "Spike order is not guaranteed, and the last spike of a finite train may stay in "
                "the core until a later one flushes it."
            ),
            source="inherited from speck2f, check: samna 0.48.5 documentation, Speck2f model",
            certainty=Certainty.ASSUMED,
        ),
        Erratum(
            name="readout channels",
            consequence=(
                "Core channel 4(k-1) drives readout class k; other channels are not read out."
            ),
            source="inherited from speck2f, check: sinabs, chip_errata.md",
            certainty=Certainty.ASSUMED,
        ),
    ),
)
