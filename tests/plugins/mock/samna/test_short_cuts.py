from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any

import pytest

from speckhal_mock import samna
from speckhal_mock.samna.device import close_device, open_device
from speckhal_mock.samna.graph import sink_from, source_to

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import SimpleNamespace

    from speckhal_mock.emulation.board import EmulatedBoard


def addresses(events: list[Any]) -> list[int]:
    return [event.address for event in events]


def test_short_cuts_give_the_vendors_classes(rig: SimpleNamespace) -> None:
    assert type(sink_from(rig.model.get_source_node())) is rig.chip.sink
    assert type(source_to(rig.model.get_sink_node())) is rig.chip.source


def test_a_source_that_outlives_the_handle_knows_why_it_is_useless(
    plug: Callable[..., EmulatedBoard],
) -> None:
    plug("Speck2fDevKit")
    source = source_to(open_device("Speck2fDevKit").get_model_sink_node())
    close_device(open_device("Speck2fDevKit:0"))
    gc.collect()

    with pytest.raises(RuntimeError, match="This Speck2fDevKit was closed"):
        source.write([samna.speck2f.event.ReadNeuronValue()])


def test_short_cuts_want_the_right_end(rig: SimpleNamespace) -> None:
    with pytest.raises(RuntimeError, match="which sends nothing"):
        sink_from(rig.model.get_sink_node())
    with pytest.raises(RuntimeError, match="which takes nothing"):
        source_to(rig.model.get_source_node())
    for short_cut in (sink_from, source_to):
        with pytest.raises(TypeError, match="takes a node"):
            short_cut(rig.model)


def test_a_short_cut_gets_only_what_comes_after_it(rig: SimpleNamespace) -> None:
    source = source_to(rig.model.get_sink_node())
    early = sink_from(rig.model.get_source_node())
    source.write(rig.reads([0]))
    rig.clock.sleep_s(1)
    late = sink_from(rig.model.get_source_node())
    source.write(rig.reads([1]))
    rig.clock.sleep_s(1)

    assert addresses(late.get_events()) == [1]
    assert addresses(early.get_events()) == [0, 1]
