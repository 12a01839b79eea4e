from __future__ import annotations

import logging
from operator import attrgetter

import pytest

from speckhal_mock import samna
from speckhal_samna.samna_import import EMULATION_MARKER

VENDOR_MODULES = (
    "boards.common",
    "device",
    "graph",
    "iris",
    "speck2e",
    "speck2eTestBoard",
    "speck2f",
    "speck2fBoards",
    "specksim.events",
    "specksim.nodes",
    "unifirm.modules.events",
    "unifirm.timestamp",
)


def test_the_package_says_that_it_is_an_emulation() -> None:
    assert getattr(samna, EMULATION_MARKER) is True
    # programs compare it as a string with versions like this
    assert samna.__version__ >= "0.46.0.0"
    assert samna.__version__.count(".") == 3


@pytest.mark.parametrize("name", VENDOR_MODULES)
def test_public_classes_say_that_they_are_the_vendors(name: str) -> None:
    module = attrgetter(name)(samna)
    names = getattr(module, "__all__", [item for item in dir(module) if not item.startswith("_")])
    classes = [item for item in (getattr(module, name) for name in names) if type(item) is type]

    assert classes
    assert {item.__module__ for item in classes} == {f"samna.{name}"}


def test_node_classes_are_called_as_the_vendor_calls_them() -> None:
    names = [name for name in vars(samna) if "Node_" in name]

    assert len(names) == 24
    for name in names:
        node_class = getattr(samna, name)
        assert (node_class.__module__, node_class.__name__) == ("samna", name)
        assert issubclass(node_class, samna.iris.NodeInterface)


def test_inputs_can_be_read_and_outputs_written_without_a_chip() -> None:
    source = samna.BasicSourceNode_speck2e_event_speck2et_input_event()
    sink = samna.BasicSinkNode_speck2e_event_speck2et_input_event()
    graph = samna.graph.EventFilterGraph()
    graph.sequential([source, sink])
    graph.start()
    events = [samna.speck2e.event.RequestSpiMon(), samna.speck2e.event.Spike(1)]

    source.write(events)

    assert sink.get_events() == events
    with pytest.raises(TypeError, match="Speck2etInputEvent"):
        source.write([samna.speck2e.event.Frame()])
    graph.stop()


def test_the_log_level_is_that_of_pythons_logger() -> None:
    logger = logging.getLogger("samna")
    before = logger.level
    try:
        samna.debugging.set_log_level(logging.DEBUG)
        assert logging.getLogger("samna.graph").isEnabledFor(logging.DEBUG)
        with pytest.raises(TypeError, match="set_log_level takes an integer"):
            samna.debugging.set_log_level("DEBUG")
    finally:
        logger.setLevel(before)


def test_programs_may_ask_to_forget_what_was_compiled() -> None:
    assert "clear_jit_cache" in samna.jit.__all__
    samna.jit.clear_jit_cache()  # of nothing, since nothing is compiled
