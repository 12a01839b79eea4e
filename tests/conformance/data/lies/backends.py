"""Backends that lie of themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from speckhal import Capability, Range, Target
from speckhal_mock import EmulatedBackend
from speckhal_speck2f.chip import CHIP

from .wrapped import WrappedMock

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from speckhal import ChipFacts, Device


class TargetsOnce(WrappedMock):
    """Its targets can be gone through once."""

    def __init__(self) -> None:
        super().__init__()
        targets: Iterator[Target] = iter(self.targets)
        self.targets = targets  # type: ignore[assignment]  # the lie itself


class VersionTrue(WrappedMock):
    api_version = True


class ChangesOptions(WrappedMock):
    def open(
        self, target: str | None = None, options: Mapping[str, object] | None = None
    ) -> Device:
        device = super().open(target, options)
        if isinstance(options, dict):
            options["opened"] = True
        return device


class ListsAGhost(WrappedMock):
    """Describes a target that cannot be opened."""

    def __init__(self) -> None:
        super().__init__()
        self.targets = (*self.targets, Target("ghost", "a ghost"))

    def chip(self, target: str | None = None) -> ChipFacts:
        return super().chip(None if target == "ghost" else target)


class OpensAnotherChip(WrappedMock):
    """Opens its first board, whichever is asked for."""

    def open(
        self, target: str | None = None, options: Mapping[str, object] | None = None
    ) -> Device:
        super().chip(target)
        return super().open(None, options)


class DeclaresMoreLater(WrappedMock):
    """Declares two capabilities only once a board was opened."""

    @property
    def capabilities(self) -> frozenset[Capability]:  # type: ignore[override]  # it changes
        late = {Capability.RESET_STATES, Capability.DIRECT_BIASES}
        return frozenset(Capability) - (set() if self.was_opened else late)

    was_opened: bool = False

    def open(
        self, target: str | None = None, options: Mapping[str, object] | None = None
    ) -> Device:
        device = super().open(target, options)
        self.was_opened = True
        return device


def _with_facts(**facts: Any) -> EmulatedBackend:
    """An emulation whose chip has these facts, so that the two agree."""
    chip = attrs.evolve(CHIP, facts=attrs.evolve(CHIP.facts, **facts))
    return EmulatedBackend(chip, name="mock", summary="an emulation")


def with_many_channels_only() -> EmulatedBackend:
    """Its chip has 100 channels or more, so that no shape fits it."""
    channels = attrs.evolve(CHIP.facts.channel_range, value=Range(100, 1024))
    return _with_facts(channel_range=channels)


def with_square_maps_only() -> EmulatedBackend:
    """Its maps are so small that x and y cannot be kept apart."""
    sizes = attrs.evolve(CHIP.facts.map_size_range, value=Range(2, 2))
    return _with_facts(map_size_range=sizes)


def with_a_fact_that_is_none() -> EmulatedBackend:
    """One of its facts is a bare value, without a source."""
    return _with_facts(bias_range=Range(-128, 127))
