"""What is known of the Speck2e-t, each fact with its source.

The Speck2e-t is the Speck2e's smaller sibling: five cores instead of nine. samna serves it with
the modules of the Speck2e and a configuration class of its own, `SpeckConfigurationT`. Nobody
publishes the sizes of its memories, so those are an assumption, and marked as one.
"""

from __future__ import annotations

from speckhal import AddressLayout, Certainty, ChipFacts, CoreMemory, Erratum, Fact, Range

REFERENCE = "samna 0.48.5 reference"
CONFIGURATION = f"{REFERENCE}, SpeckConfigurationT, which has the sub-classes of the Speck2e's"
SIBLING = "assumed to be as on the Speck2e: SynSense, Speck2e/f data sheet 1.02"

FACTS = ChipFacts(
    name="speck2et",
    core_memories=Fact(
        (
            CoreMemory(kernel_words=16384, neuron_words=65536, bias_words=1024),
            CoreMemory(kernel_words=16384, neuron_words=65536, bias_words=1024),
            CoreMemory(kernel_words=16384, neuron_words=65536, bias_words=1024),
            CoreMemory(kernel_words=32768, neuron_words=32768, bias_words=1024),
            CoreMemory(kernel_words=32768, neuron_words=32768, bias_words=1024),
        ),
        source=f"five cores: {REFERENCE}, SpeckConfigurationT; their sizes: {SIBLING}, first five",
        certainty=Certainty.ASSUMED,
    ),
    neuron_address=Fact(
        AddressLayout(fields=("c", "x", "y")),
        source="samna change log 0.21.7, which mends the addresses of Speck2e and 2e-t as one",
        certainty=Certainty.INFERRED,
    ),
    v_mem_range=Fact(Range(-32768, 32767), source=SIBLING, certainty=Certainty.ASSUMED),
    threshold_high_range=Fact(Range(0, 32767), source=f"{CONFIGURATION}, CnnLayerConfig"),
    threshold_low_range=Fact(Range(-32768, -1), source=f"{CONFIGURATION}, CnnLayerConfig"),
    bias_range=Fact(Range(-32768, 32767), source=SIBLING, certainty=Certainty.ASSUMED),
    channel_range=Fact(Range(1, 1024), source=SIBLING, certainty=Certainty.ASSUMED),
    map_size_range=Fact(Range(1, 64), source=SIBLING, certainty=Certainty.ASSUMED),
    slow_clock_default_rate_hz=Fact(
        1000,
        source=f"{REFERENCE}, UnifirmModule of the test board, which serves both chips",
        certainty=Certainty.INFERRED,
    ),
    slow_clock_typical_rate_hz=Fact(
        Range(10, 10_000),
        source="assumed to be as on the Speck2e: SynSense, Speck dev kit data sheet, 3.2.6",
        certainty=Certainty.ASSUMED,
    ),
    internal_clock_divider_range=Fact(Range(14, 17), source=f"{CONFIGURATION}, FactoryConfig"),
    errata=(
        Erratum(
            name="threshold_low of 0",
            consequence="Refused; the floor of a membrane potential is -1 or less.",
            source=f"{CONFIGURATION}, CnnLayerConfig",
        ),
        Erratum(
            name="leak on cores 0 and 1",
            consequence=(
                "Called unusable in the data sheet, yet exact on core 0 of a Speck2f. Trust it "
                "only where channels, height and width are all powers of two."
            ),
            source="SynSense, Speck2e/f data sheet 1.02, bug list, which covers the Speck2e-t",
            certainty=Certainty.INFERRED,
            affects="leak",
            cores=(0, 1),
            unless="every dimension is a power of two",
        ),
    ),
    particulars={
        "configuration": Fact("SpeckConfigurationT; no rgb_config", source=CONFIGURATION),
        "input_events": Fact(
            "29 classes; with RequestSpiMon, without Frame",
            source=f"{REFERENCE}, speck2e.event, Speck2etInputEvent",
        ),
        "usb_id": Fact(
            "04b4:5bc7, which it shares with the Speck2eTestBoard",
            source="samna 0.48.5 documentation, installation page",
        ),
    },
)
