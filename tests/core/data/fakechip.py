"""A complete plugin for one made-up chip, as a third party would write it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speckhal import (
    API_VERSION,
    AddressLayout,
    Backend,
    Capability,
    Certainty,
    ChipFacts,
    CoreMemory,
    DeviceNotFound,
    Erratum,
    ExampleNetwork,
    Fact,
    Range,
    Target,
    hookimpl,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from speckhal import Device, LayerSpec

SHEET = "Fake chip data sheet, page 7, where the vendor describes at length what everybody skips"


class FakeChip:
    """Describes a chip that nobody has made."""

    name = "fakechip"
    api_version = API_VERSION
    summary = "a chip that nobody has made"
    emulated = False
    targets = (Target("bench", "the one on the bench"), Target("spare", "the one in the drawer"))
    capabilities = frozenset({Capability.STEPPED_CLOCK, Capability.EXTERNAL_CLOCK})

    def chip(self, target: str | None = None) -> ChipFacts:
        if target not in {None, "bench", "spare"}:
            raise DeviceNotFound(f"No board is called {target!r}.", hint="Try bench or spare.")
        return ChipFacts(
            name="fakechip",
            core_memories=Fact(
                (
                    CoreMemory(kernel_words=16384, neuron_words=65536, bias_words=1024),
                    CoreMemory(kernel_words=16384, neuron_words=65536, bias_words=1024),
                    CoreMemory(kernel_words=1000, neuron_words=512, bias_words=1024),
                ),
                SHEET,
            ),
            neuron_address=Fact(AddressLayout(), SHEET, Certainty.MEASURED),
            v_mem_range=Fact(Range(-32768, 32767), SHEET),
            threshold_high_range=Fact(Range(0, 32767), SHEET),
            threshold_low_range=Fact(Range(-32768, -1), SHEET),
            bias_range=Fact(Range(-32768, 32767), SHEET, Certainty.INFERRED),
            channel_range=Fact(Range(1, 1024), SHEET),
            map_size_range=Fact(Range(1, 64), SHEET),
            slow_clock_default_rate_hz=Fact(1000, SHEET),
            slow_clock_typical_rate_hz=Fact(Range(10, 10_000), SHEET),
            internal_clock_divider_range=Fact(Range(14, 17), SHEET),
            errata=(Erratum("threshold_low of 0", "Does not work.", "Bug list", Certainty.READ),),
        )

    def open(
        self, target: str | None = None, options: Mapping[str, object] | None = None
    ) -> Device:
        raise DeviceNotFound(f"No board {target!r} is plugged in, with options {options}.")

    def example(self, layers: Sequence[LayerSpec] = ()) -> ExampleNetwork:
        return ExampleNetwork(None, (1, 2, 2), "nothing at all")

    @hookimpl
    def speckhal_backend(self) -> Backend:
        return self


backend = FakeChip()
