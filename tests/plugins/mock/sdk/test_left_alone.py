"""A program may give a core dimensions and weights alone: the rest are zeros, with a warning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from speckhal_mock import samna
from speckhal_mock.emulation.errors import EmulationWarning

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import SimpleNamespace


def only_weights(chip: SimpleNamespace) -> Any:
    """A configuration whose core 3 has four neurons, and neither biases nor states given."""
    made = chip.configuration.SpeckConfiguration()
    core = made.cnn_layers[3]
    core.dimensions.output_shape.feature_count = 2
    core.dimensions.input_shape.size = {"x": 2, "y": 1}
    core.dimensions.output_shape.size = {"x": 2, "y": 1}
    core.weights = [[[[7]]], [[[-5]]]]
    core.threshold_high, core.threshold_low = 100, -100
    core.leak_enable = True
    return made


def test_what_was_left_alone_is_valid_and_counts_as_zeros(
    chip: SimpleNamespace, make_rig: Callable[..., SimpleNamespace]
) -> None:
    rig = make_rig(chip)
    configuration = only_weights(chip)
    assert chip.module.validate_configuration(configuration) == (True, "")
    sink: Any = samna.graph.sink_from(rig.model.get_source_node())
    source: Any = samna.graph.source_to(rig.model.get_sink_node())

    with pytest.warns(EmulationWarning, match=r"cnn_layers\[3\]\.biases.*zeros are taken"):
        rig.model.apply_configuration(configuration)
    rig.handle.get_io_module().pulse_slow_clk()
    source.write([chip.event.Spike(layer=3, x=1)])
    rig.clock.sleep_s(0.01)
    source.write(rig.reads(range(4), core=3))

    states = [event.neuron_state for event in sink.get_n_events(4, timeout=100)]
    assert states == [0, 0, 7, -5]


@pytest.mark.parametrize(
    ("member", "value"), [("biases", [3]), ("neurons_initial_value", [[[1]]]), ("biases", [0] * 3)]
)
def test_what_was_given_has_to_have_its_shape(
    speck2f: SimpleNamespace, member: str, value: object
) -> None:
    configuration = only_weights(speck2f)
    setattr(configuration.cnn_layers[3], member, value)

    valid, message = speck2f.module.validate_configuration(configuration)

    assert not valid
    assert f"Core 3: {member} has the shape" in message


def test_weights_have_to_be_given(speck2f: SimpleNamespace) -> None:
    configuration = only_weights(speck2f)
    configuration.cnn_layers[3].weights = [[[[0]]]]

    valid, message = speck2f.module.validate_configuration(configuration)

    assert not valid
    assert "Core 3: weights has the shape" in message
