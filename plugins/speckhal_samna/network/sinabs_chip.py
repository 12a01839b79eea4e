"""Enters chips that sinabs does not know into its table, from their descriptions.

sinabs has a builder of configurations for each kind of board, in a table. What such a builder adds
to what they all share is a default configuration and the memories of the cores, and a chip's
description has both.
"""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from sinabs.backend.dynapcnn.chips.dynapcnn import DynapcnnConfigBuilder
    from sinabs.backend.dynapcnn.mapping import LayerConstraints

    from speckhal_samna.bindings import Vendor
    from speckhal_samna.chip import Kit, SamnaChip


def sinabs_device(chip: SamnaChip, kit: Kit) -> str:
    """The name by which sinabs makes configurations for a kit; it is entered there if need be."""
    if kit.sinabs_device is not None:
        return kit.sinabs_device
    from sinabs.backend.dynapcnn.chip_factory import ChipFactory  # noqa: PLC0415  # imports samna

    name = chip.facts.name
    ChipFactory.supported_devices[name] = _builder(chip)
    return name


def _builder(chip: SamnaChip) -> type[DynapcnnConfigBuilder]:
    from sinabs.backend.dynapcnn.chips.dynapcnn import (  # noqa: PLC0415  # imports samna
        DynapcnnConfigBuilder,
    )
    from sinabs.backend.dynapcnn.mapping import LayerConstraints  # noqa: PLC0415  # imports samna

    # the one that sinabs has imported, emulated or not
    classes = chip.classes(cast("Vendor", sys.modules["samna"]))

    class DescribedChipBuilder(DynapcnnConfigBuilder):
        """Makes configurations for the chip of one description."""

        get_default_config = staticmethod(classes.new_configuration)
        get_input_buffer = staticmethod(classes.input_node)
        get_output_buffer = staticmethod(classes.output_node)

        @classmethod
        def get_samna_module(cls) -> SimpleNamespace:
            return SimpleNamespace(event=classes.event, validate_configuration=classes.validate)

        @classmethod
        def get_dvs_layer_config(cls) -> object:
            return classes.new_configuration().dvs_layer

        @classmethod
        def get_constraints(cls) -> list[LayerConstraints]:
            return [
                LayerConstraints(memory.kernel_words, memory.neuron_words, memory.bias_words)
                for memory in chip.facts.core_memories.value
            ]

    return DescribedChipBuilder
