"""Facts of the chip: each has a source, and they do not contradict one another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from speckhal.conformance.case import Half, case
from speckhal.conformance.expectations import demand
from speckhal.conformance.shapes import shapes_of
from speckhal.contract.capabilities import Capability
from speckhal.contract.chip import ChipFacts
from speckhal.contract.facts import Erratum, Fact, Range

if TYPE_CHECKING:
    from speckhal.conformance.suite_bench import SuiteBench

RANGES = {
    "v_mem_range",
    "threshold_high_range",
    "threshold_low_range",
    "bias_range",
    "channel_range",
    "map_size_range",
    "slow_clock_typical_rate_hz",
    "slow_clock_seen_rate_hz",
    "internal_clock_divider_range",
    "input_channel_range",
    "input_size_range",
}
PLACEHOLDERS = ("todo", "fixme", "tbd", "xxx", "unknown", "source", "...", "?")


@case("Every fact and every erratum says where it is known from.", half=Half.STATIC)
def every_fact_has_a_source(bench: SuiteBench) -> None:
    """A placeholder is no source."""
    facts = bench.facts
    demand(isinstance(facts, ChipFacts), f"The chip is {facts!r}, and must be a ChipFacts.")
    rows = dict(facts.rows())
    for field in attrs.fields(ChipFacts):
        is_left_out = field.default is None and getattr(facts, field.name) is None
        if field.name not in {"name", "errata", "particulars"} and not is_left_out:
            demand(field.name in rows, f"{field.name} must be a Fact, which has a source.")
    for name, fact in rows.items():
        demand(isinstance(fact, Fact), f"{name} is {fact!r}, and must be a Fact.")
        _demand_source(fact.source, name)
        demand(
            name not in RANGES or isinstance(fact.value, Range),
            f"{name} is {fact.value!r}, and must be a Range.",
        )
    for erratum in facts.errata:
        demand(isinstance(erratum, Erratum), f"{erratum!r} is no Erratum.")
        _demand_source(erratum.source, f"The erratum {erratum.name!r}")


@case("The ranges of thresholds, biases and membrane potentials agree.", half=Half.STATIC)
def the_ranges_agree(bench: SuiteBench) -> None:
    """A threshold outside what a neuron can hold would never be reached."""
    facts = bench.facts
    held = facts.v_mem_range.value
    for name in ("threshold_high_range", "threshold_low_range"):
        limits = getattr(facts, name).value
        demand(
            limits.lowest in held and limits.highest in held,
            f"{name} is {limits}, and a neuron holds {held}.",
        )
    demand(
        facts.threshold_low_range.value.lowest < 0,
        f"threshold_low_range is {facts.threshold_low_range.value}: no neuron could leak below 0.",
    )
    for name in (
        "channel_range",
        "map_size_range",
        "slow_clock_typical_rate_hz",
        "input_channel_range",
        "input_size_range",
    ):
        fact = getattr(facts, name)
        demand(
            fact is None or fact.value.lowest >= 1,
            f"{name} is {fact and fact.value}, and must begin at 1 or above.",
        )
    typical, highest = facts.slow_clock_typical_rate_hz, facts.slow_clock_highest_rate_hz
    demand(
        typical is None or highest is None or highest.value >= typical.value.highest,
        "slow_clock_highest_rate_hz is below a rate that is typical.",
    )
    default = facts.slow_clock_default_rate_hz
    demand(
        default is None or default.value >= 1,
        f"slow_clock_default_rate_hz is {default and default.value}, and must be 1 or above.",
    )


@case("The facts say what a drive that is declared takes: rates, or dividers.", half=Half.STATIC)
def what_a_declared_drive_takes_is_known(bench: SuiteBench) -> None:
    """They may be left out where the drive is not declared."""
    for capability, name in (
        (Capability.EXTERNAL_CLOCK, "slow_clock_typical_rate_hz"),
        (Capability.INTERNAL_CLOCK, "internal_clock_divider_range"),
    ):
        demand(
            not bench.declares(capability) or getattr(bench.facts, name) is not None,
            f"{capability.value!r} is declared, and {name} is not among the facts of the chip.",
        )


@case("Every core has memory, and one has room for more than one neuron.", half=Half.STATIC)
def every_core_has_memory(bench: SuiteBench) -> None:
    """Its sizes in words are positive, for kernels, neurons and biases."""
    cores = bench.facts.core_memories.value
    demand(cores, "The chip has no cores.")
    for index, core in enumerate(cores):
        for memory in ("kernel_words", "neuron_words", "bias_words"):
            words = getattr(core, memory)
            demand(words >= 1, f"Core {index} has {words} {memory}.")
    demand(max(core.neuron_words for core in cores) > 1, "No core has room for two neurons.")


@case("No two neurons of a layer share an address, whatever its shape.", half=Half.STATIC)
def no_two_neurons_share_an_address(bench: SuiteBench) -> None:
    """Decoding inverts encoding, and addresses stay within the memory they take."""
    layout = bench.facts.neuron_address.value
    for shape in shapes_of(bench.facts):
        addresses = layout.addresses(shape)
        demand(
            len(np.unique(addresses)) == addresses.size,
            f"Neurons of shape {shape} (channels, height, width) share addresses.",
        )
        c, y, x = layout.decode(addresses.ravel(), shape)
        there = np.stack([c, y, x], axis=1)
        demand(
            (there == np.argwhere(np.ones(shape, bool))).all(),
            f"Decoding does not invert encoding for shape {shape} (channels, height, width).",
        )
        words = 1 << layout.bits(shape)
        demand(
            int(addresses.max()) < max(words, layout.memory_words(shape)),
            f"Neurons of shape {shape} have addresses beyond the memory that they take.",
        )


def _demand_source(source: str, what: str) -> None:
    is_source = any(map(str.isalpha, source)) and source.strip().lower() not in PLACEHOLDERS
    demand(is_source, f"{what} has the source {source!r}, which is not a source.")
