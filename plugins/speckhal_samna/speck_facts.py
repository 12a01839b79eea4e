"""What the Speck2e and the Speck2f have in common, as facts.

The chip data sheet covers both, and the vendor's chip pages list the same features line by
line, so each fact here holds for both; what differs is in the chips' own packages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from speckhal.contract.address import AddressLayout
from speckhal.contract.chip import ChipFacts, CoreMemory
from speckhal.contract.facts import Certainty, Erratum, Fact, Range

if TYPE_CHECKING:
    from collections.abc import Mapping

DATA_SHEET = "SynSense, Speck2e/f data sheet 1.02"
KIT_DATA_SHEET = "SynSense, Speck dev kit data sheet, Aug 2023"
REFERENCE = "samna 0.48.5 reference"
LEAK_TUTORIAL = "sinabs, 'How to leak the neurons on the devkit', recorded output of a Speck2f kit"

_KI = 1024
_KERNEL_KI = (16, 16, 16, 32, 32, 64, 64, 16, 16)
_NEURON_KI = (64, 64, 64, 32, 32, 16, 16, 16, 16)

CORE_MEMORIES = Fact(
    tuple(
        CoreMemory(kernel * _KI, neuron * _KI, bias_words=_KI)
        for kernel, neuron in zip(_KERNEL_KI, _NEURON_KI, strict=True)
    ),
    source=f"{DATA_SHEET}, memory configuration; {KIT_DATA_SHEET}, table 3",
)
THRESHOLD_HIGH = Fact(Range(0, 32767), source=f"{REFERENCE}, CnnLayerConfig")
THRESHOLD_LOW = Fact(Range(-32768, -1), source=f"{REFERENCE}, CnnLayerConfig")
CHANNELS = Fact(Range(1, 1024), source=f"{DATA_SHEET}, limits; samna chip page")
MAP_SIZE = Fact(Range(1, 64), source=f"{DATA_SHEET}, limits; samna chip page")
INPUT_CHANNELS = Fact(CHANNELS.value, source=f"{KIT_DATA_SHEET}; samna chip page (features in)")
INPUT_SIZE = Fact(Range(1, 128), source=f"{DATA_SHEET}, limits; samna chip page")
DIVIDERS = Fact(Range(14, 17), source=f"{REFERENCE}, FactoryConfig")

ERRATA = (
    Erratum(
        name="threshold_low of 0",
        consequence="Does not work; the floor of a membrane potential is -1 or less.",
        source=f"{KIT_DATA_SHEET}, 3.2.4.6.3; refused by samna since 0.33.2 (change log)",
        affects="thresholds",
    ),
    Erratum(
        name="leak on cores 0 and 1",
        consequence="Called unusable in the data sheet, yet exact on core 0 in the leak tutorial. "
        "Trust it only where channels, height and width are all powers of two.",
        source=f"{DATA_SHEET}, bug list; {LEAK_TUTORIAL}",
        certainty=Certainty.INFERRED,
        affects="leak",
        cores=(0, 1),
        unless="every dimension is a power of two",
    ),
    Erratum(
        name="last spike held back on cores 0 and 1",
        consequence="Spike order is not guaranteed, and the last spike of a finite train may stay "
        "in the core until a later one flushes it.",
        source="samna 0.48.5 documentation, Speck2f model",
        affects="spikes",
        cores=(0, 1),
    ),
    Erratum(
        name="readout channels",
        consequence="Core channel 4(k-1) drives readout class k; other channels are not read out.",
        source="sinabs, chip_errata.md",
        certainty=Certainty.READ,
        affects="readout",
    ),
)
_CONDITIONS = {
    erratum.name: {field: getattr(erratum, field) for field in ("affects", "cores", "unless")}
    for erratum in ERRATA
}

SETTLE_AFTER_APPLY_S = Fact(
    1.0,
    source="sinabs 3.1.3, DynapcnnNetwork.to: waits 1 s after applying",
    certainty=Certainty.READ,
)
UPDATES_PER_S = Fact(
    10_000_000,
    source="10 M updates per second and core: a figure used in a master thesis (F. Branca, TU "
    "Delft, 2024), not published by the vendor",
    certainty=Certainty.ASSUMED,
)
STIMULATION_LEAD_S = Fact(
    0.1,
    source="the stop watch runs while the host's first write is on its way: sinabs issue 144 has "
    "a burst of late events at the start, and the vendor's example adds 1 s; what it takes at the "
    "least is not published",
    certainty=Certainty.ASSUMED,
)
QUIET_FOR_S = Fact(
    0.1,
    source="sinabs 3.1.3, DynapcnnNetwork: takes a network to be done once nothing new has come "
    "for 0.1 s; no board reports whether spikes are on their way",
    certainty=Certainty.ASSUMED,
)
SEEN_RATE_HZ = Fact(Range(1, 1), source=LEAK_TUTORIAL, certainty=Certainty.MEASURED)
HIGHEST_RATE_HZ = Fact(
    UPDATES_PER_S.value,
    source="no core follows faster, by updates_per_s; what the board makes is not published",
    certainty=Certainty.INFERRED,
)


def with_known_conditions(facts: ChipFacts) -> ChipFacts:
    """The facts, where errata by these names that say nothing of it apply as they do here.

    Plugins that the scaffold of 0.1.0 made have them so: errata were only texts then.
    """
    errata = tuple(
        attrs.evolve(erratum, **_CONDITIONS.get(erratum.name, {}))
        if erratum.affects is None
        else erratum
        for erratum in facts.errata
    )
    return facts if errata == facts.errata else attrs.evolve(facts, errata=errata)


def speck_facts(name: str, particulars: Mapping[str, Fact[object]]) -> ChipFacts:
    """The facts of a nine-core Speck under that name, and what only this one has."""
    return ChipFacts(
        name=name,
        core_memories=CORE_MEMORIES,
        neuron_address=Fact(
            AddressLayout(("c", "x", "y")),
            source=f"{DATA_SHEET}, memory configuration; never measured on a non-square map",
        ),
        v_mem_range=Fact(
            Range(-32768, 32767), source=f"{DATA_SHEET}, memory configuration (16 bit)"
        ),
        threshold_high_range=THRESHOLD_HIGH,
        threshold_low_range=THRESHOLD_LOW,
        bias_range=Fact(
            Range(-32768, 32767), source=f"{KIT_DATA_SHEET}, table 3 (leak memory of 16 bit)"
        ),
        channel_range=CHANNELS,
        map_size_range=MAP_SIZE,
        slow_clock_default_rate_hz=Fact(1000, source=f"{REFERENCE}, UnifirmModule"),
        slow_clock_typical_rate_hz=Fact(Range(10, 10_000), source=f"{KIT_DATA_SHEET}, 3.2.6"),
        internal_clock_divider_range=DIVIDERS,
        errata=ERRATA,
        particulars={
            **particulars,
            "input_channel_range": INPUT_CHANNELS,
            "input_size_range": INPUT_SIZE,
            "settle_after_apply_s": SETTLE_AFTER_APPLY_S,
            "updates_per_s": UPDATES_PER_S,
            "stimulation_lead_s": STIMULATION_LEAD_S,
            "quiet_for_s": QUIET_FOR_S,
            "slow_clock_seen_rate_hz": SEEN_RATE_HZ,
            "slow_clock_highest_rate_hz": HIGHEST_RATE_HZ,
        },
    )
