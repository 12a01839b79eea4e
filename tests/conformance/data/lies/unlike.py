"""A backend whose boards are not alike: one can do everything, the other only steps its clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speckhal import BoardDescription, Capability, Target

from .honest import CAPABILITIES, HonestBackend, HonestDevice

if TYPE_CHECKING:
    from collections.abc import Mapping

    from speckhal import ChipFacts


class UnlikeBackend(HonestBackend):
    targets = (Target("board", "does everything"), Target("stepper", "steps its clock"))

    def describe(self, target: str | None = None) -> BoardDescription:
        self.chip(target)
        if target == "stepper":
            return BoardDescription(frozenset({Capability.STEPPED_CLOCK}), emulated=True)
        return BoardDescription(CAPABILITIES, emulated=True)

    def chip(self, target: str | None = None) -> ChipFacts:
        return super().chip(None if target == "stepper" else target)

    def open(
        self, target: str | None = None, options: Mapping[str, object] | None = None
    ) -> HonestDevice:
        device = super().open(None if target == "stepper" else target, options)
        device.capabilities = self.describe(target).capabilities
        return device


class StepperIsHardware(UnlikeBackend):
    """Says that one of its boards is real, and it is an emulation."""

    def describe(self, target: str | None = None) -> BoardDescription:
        described = super().describe(target)
        return BoardDescription(described.capabilities, emulated=target != "stepper")


class DescribesMore(UnlikeBackend):
    """Says of one board what it does not say of itself."""

    def __init__(self) -> None:
        super().__init__(capabilities=frozenset({Capability.STEPPED_CLOCK}))


class DescribesAnything(UnlikeBackend):
    """Describes boards that it does not have."""

    def describe(self, target: str | None = None) -> BoardDescription:
        return super().describe(None if target not in {None, "stepper"} else target)
