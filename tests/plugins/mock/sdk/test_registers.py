"""The one register of a Speck2f whose value is published can be read, and no other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from speckhal_mock import samna
from speckhal_mock.emulation.errors import NotEmulatedError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import SimpleNamespace


def test_the_register_of_the_vendors_example_has_the_value_printed_there(
    speck2f: SimpleNamespace, make_rig: Callable[..., SimpleNamespace]
) -> None:
    rig = make_rig(speck2f)
    sink: Any = samna.graph.sink_from(rig.handle.get_model_source_node())
    source: Any = samna.graph.source_to(rig.handle.get_model_sink_node())

    source.write([speck2f.event.ReadRegisterValue(0x0), *rig.reads()])
    answers = sink.get_n_events(1 + len(rig.reads()), timeout=100)

    assert str(answers[0]) == "speck2f::event::RegisterValue(address=0, data=241)"
    assert isinstance(answers[1], speck2f.event.NeuronValue), "in the order asked"


@pytest.mark.parametrize(
    ("chip", "address"),
    [("speck2e", 0), ("speck2e", 1), ("speck2f", 1), ("speck2f", 65535)],
    indirect=["chip"],
)
def test_registers_that_nobody_published_are_refused_and_nothing_is_sent(
    chip: SimpleNamespace, make_rig: Callable[..., SimpleNamespace], address: int
) -> None:
    rig = make_rig(chip)
    sink: Any = samna.graph.sink_from(rig.handle.get_model_source_node())
    source: Any = samna.graph.source_to(rig.handle.get_model_sink_node())

    with pytest.raises(NotEmulatedError, match=rf"ReadRegisterValue.*register {address} of a"):
        source.write([*rig.reads(), chip.event.ReadRegisterValue(address)])

    rig.clock.sleep_s(1)
    assert sink.get_events() == []
