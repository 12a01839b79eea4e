"""What the streams of each chip carry, and the filters that the vendor names after them."""

from __future__ import annotations

from typing import Final, get_args

from speckhal_mock.samna.nodes.filters import MemberSelectNode, TypeFilterNode
from speckhal_mock.samna.nodes.stream import EventType
from speckhal_mock.samna.speck2e import event as speck2e
from speckhal_mock.samna.speck2f import event as speck2f

SPECK2E_INPUT: Final = EventType(
    "speck2e_event_speck2e_input_event",
    "speck2e::event::Speck2eInputEvent",
    get_args(speck2e.Speck2eInputEvent),
)
SPECK2ET_INPUT: Final = EventType(
    "speck2e_event_speck2et_input_event",
    "speck2e::event::Speck2etInputEvent",
    get_args(speck2e.Speck2etInputEvent),
)
SPECK2E_OUTPUT: Final = EventType(
    "speck2e_event_output_event", "speck2e::event::OutputEvent", get_args(speck2e.OutputEvent)
)
SPECK2F_INPUT: Final = EventType(
    "speck2f_event_input_event", "speck2f::event::InputEvent", get_args(speck2f.InputEvent)
)
SPECK2F_OUTPUT: Final = EventType(
    "speck2f_event_output_event", "speck2f::event::OutputEvent", get_args(speck2f.OutputEvent)
)

NAMED_FILTERS: Final = {
    "Speck2eInputEventTypeFilter": (TypeFilterNode, SPECK2E_INPUT),
    "Speck2eInputMemberSelect": (MemberSelectNode, SPECK2E_INPUT),
    "Speck2eOutputEventTypeFilter": (TypeFilterNode, SPECK2E_OUTPUT),
    "Speck2eOutputMemberSelect": (MemberSelectNode, SPECK2E_OUTPUT),
    "Speck2fInputEventTypeFilter": (TypeFilterNode, SPECK2F_INPUT),
    "Speck2fInputMemberSelect": (MemberSelectNode, SPECK2F_INPUT),
    "Speck2fOutputEventTypeFilter": (TypeFilterNode, SPECK2F_OUTPUT),
    "Speck2fOutputMemberSelect": (MemberSelectNode, SPECK2F_OUTPUT),
}
"""Class and stream of each emulated filter. The vendor's pages show Speck2f's names; those for
Speck2e are seen in users' programs or follow from them."""
