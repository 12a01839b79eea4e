"""The emulated chip: its cores, and which slow clock makes them leak."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs
import numpy as np

from speckhal.contract.warn import warn_user
from speckhal_mock.emulation.core import READOUT, EmulatedCore
from speckhal_mock.emulation.errors import EmulationWarning
from speckhal_mock.emulation.options import how_to_give
from speckhal_samna.speck_facts import DIVIDERS, ERRATA

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from speckhal.contract.chip import CoreMemory
    from speckhal_mock.emulation.core import CoreConfig
    from speckhal_mock.emulation.options import EmulationOptions, LeakSource
    from speckhal_mock.emulation.population import Population

DEFAULT_DIVIDER: Final = DIVIDERS.value.highest
"""The internal slow clock ticks once in 2^divider raw events of the sensor."""

LEAK_ERRATA: Final = tuple(erratum for erratum in ERRATA if erratum.affects == "leak")


@attrs.frozen(eq=False)
class LeakingCore:
    """A core that ticks reach.

    Attributes:
        index: which core of the chip it is.
        config: its present configuration.
        population: its neurons.
        destinations: cores that its spikes go to, and the readout if somebody watches it.
    """

    index: int
    config: CoreConfig
    population: Population
    destinations: tuple[int, ...]

    @property
    def is_observed(self) -> bool:
        """Whether it matters when its neurons fire."""
        return self.config.monitor_enable or bool(self.destinations)


class EmulatedChip:
    """Cores that leak at ticks of one slow clock, external or internal, the same for all.

    Args:
        memories: sizes of the memories of each core.
        options: what is assumed of the chip.

    Attributes:
        cores: all cores, by index.
        neuron_words: the neuron memories of all cores, one behind another.
        leak_source: which slow clock makes them leak.
        leaking: the cores that leak at its ticks, in order.
    """

    def __init__(self, memories: Sequence[CoreMemory], options: EmulationOptions) -> None:
        ends = np.cumsum([0, *(memory.neuron_words for memory in memories)])
        self.neuron_words = np.zeros(ends[-1], dtype=np.int16)
        self.cores = tuple(
            EmulatedCore(index, memory, options, self.neuron_words[first:last])
            for index, (memory, first, last) in enumerate(
                zip(memories, ends, ends[1:], strict=False)
            )
        )
        self.leak_source: LeakSource = "external"
        self.leaking: tuple[LeakingCore, ...] = ()
        self._options = options

    @property
    def untrusted_cores(self) -> tuple[int, ...]:
        """Leaking cores whose leak the list of faults says not to trust."""
        return tuple(
            core.index
            for core in self.leaking
            if any(erratum.applies_to(core.index, core.config.shape) for erratum in LEAK_ERRATA)
        )

    def check(self, configs: Sequence[CoreConfig | None], divider: int) -> None:
        """Raise ValueError if the chip cannot take the configuration."""
        if len(configs) != len(self.cores):
            raise ValueError(
                f"{len(configs)} core configurations were given; the chip has "
                f"{len(self.cores)} cores and takes one, or None, for each."
            )
        if divider not in DIVIDERS.value:
            raise ValueError(
                f"internal_clock_divider is {divider}; it must lie in {DIVIDERS.value}."
            )
        for core, config in zip(self.cores, configs, strict=True):
            if config is not None:
                core.check(config)

    def configure(self, configs: Sequence[CoreConfig | None]) -> None:
        """Write a configuration that was checked to the cores."""
        for core, config in zip(self.cores, configs, strict=True):
            core.configure(config)
        self.leaking = tuple(_leaking_cores(self.cores))
        wishes = {core.config.leak_internal for core in self.leaking}
        if len(wishes) > 1:
            self.leak_source = self._options.mixed_leak_sources
        else:
            self.leak_source = "internal" if True in wishes else "external"
        self._warn(mixed=len(wishes) > 1)

    def clear_states(self) -> None:
        """Set every membrane potential to 0; configuration, biases and weights stay."""
        for core in self.cores:
            core.clear_states()

    def reset(self) -> None:
        """Take all cores out of use and set all memories to 0."""
        self.configure([None] * len(self.cores))
        for core in self.cores:
            core.erase()

    def _warn(self, *, mixed: bool) -> None:
        if mixed:
            warn_user(
                f"Some cores ask for the internal slow clock and some for the external one. The "
                f"chip has one switch for all: the {self.leak_source} one is used. Ask for the "
                f"same clock on every leaking core.",
                EmulationWarning,
            )
        if self.leak_source == "internal" and not self._options.gives_scene:
            warn_user(
                f"Cores {[core.index for core in self.leaking]} leak at the internal slow clock, "
                f"which counts events of the chip's sensor, and what the sensor sees is not "
                f"emulated by itself: it never ticks. Say how many events come each second with "
                f"{how_to_give('dvs_event_rate_hz', 1000)}, 0 for none, or give a recording with "
                f"dvs_scene, or leave "
                f"leak_internal_slow_clk_enable False.",
                EmulationWarning,
            )
        if self._options.errata and self.untrusted_cores:
            warn_user(
                f"Leak on cores {self.untrusted_cores} cannot be trusted on a real chip, says the "
                f"list of faults. {' '.join(erratum.consequence for erratum in LEAK_ERRATA)} Else "
                f"use other cores.",
                EmulationWarning,
            )


def _leaking_cores(cores: Iterable[EmulatedCore]) -> Iterator[LeakingCore]:
    for core in cores:
        if core.config is not None and core.population is not None and core.config.leak_enable:
            watched = core.config.readout_watched
            destinations = tuple(
                to.layer for to in core.config.destinations if to.layer != READOUT or watched
            )
            yield LeakingCore(core.index, core.config, core.population, destinations)
