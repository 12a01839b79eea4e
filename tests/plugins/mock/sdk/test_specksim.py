"""The emulated simulator does with each event what a plain loop over neurons does."""

from __future__ import annotations

import importlib
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speckhal_mock import samna
from speckhal_mock.emulation import specksim
from speckhal_mock.emulation.errors import EmulationWarning, NotEmulatedError
from speckhal_mock.emulation.options import EmulationOptions
from speckhal_mock.samna_install.install import provide_samna

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Spike: Any = samna.specksim.events.Spike
WeightedEvent: Any = samna.specksim.events.WeightedEvent
nodes = samna.specksim.nodes


def run(filters: Sequence[Any], events: Sequence[object]) -> list[Any]:
    """What a chain of filters makes of events."""
    first, last = filters[0], filters[-1]
    weighted = isinstance(first, nodes.SpecksimIAFFilterNode)
    kind = "weighted_event" if weighted else "spike"
    source: Any = getattr(samna, f"BasicSourceNode_specksim_events_{kind}")()
    weighted = isinstance(last, nodes.SpecksimConvolutionalFilterNode)
    kind = "weighted_event" if weighted else "spike"
    sink: Any = getattr(samna, f"BasicSinkNode_specksim_events_{kind}")()
    graph = samna.graph.EventFilterGraph()
    graph.sequential([source, *filters, sink])
    graph.start()
    source.write(events)
    graph.stop()
    got: list[Any] = sink.get_events()
    return got


def neurons(
    features: int = 1, shape: tuple[int, int] = (1, 1), threshold: float = 1.0, low: float = -1.0
) -> Any:
    made: Any = nodes.SpecksimIAFFilterNode()
    made.set_parameters(features, shape, threshold, low)
    return made


@st.composite
def geometries(draw: st.DrawFn) -> SimpleNamespace:
    side = st.integers(1, 3)
    kernel = draw(st.tuples(side, side))
    return SimpleNamespace(
        channels=draw(st.tuples(side, side)),
        kernel=kernel,
        size=tuple(draw(st.integers(edge, 6)) for edge in kernel),
        stride=draw(st.tuples(side, side)),
        padding=draw(st.tuples(st.integers(0, 2), st.integers(0, 2))),
        seed=draw(st.integers(0, 2**32 - 1)),
    )


def by_hand(given_: SimpleNamespace, weights: Any, spikes: Sequence[Any]) -> tuple[Any, list[Any]]:
    """One neuron after the other, literally: potentials, and spikes as (feature, y, x, time)."""
    (height, width), (rows, columns) = given_.size, given_.kernel
    (down, right), (above, left) = given_.stride, given_.padding
    out_h = (height + 2 * above - rows) // down + 1
    out_w = (width + 2 * left - columns) // right + 1
    v: Any = np.zeros((given_.channels[1], out_h, out_w))
    fired = []
    for spike in spikes:
        for feature in range(given_.channels[1]):
            for y in range(out_h):
                for x in range(out_w):
                    ky, kx = spike.y + above - y * down, spike.x + left - x * right
                    if not (0 <= ky < rows and 0 <= kx < columns):
                        continue
                    v[feature, y, x] += weights[feature, spike.feature, ky, kx]
                    if v[feature, y, x] >= 1.0:
                        v[feature, y, x] -= 1.0
                        fired.append((feature, y, x, spike.timestamp))
                    v[feature, y, x] = max(v[feature, y, x], -0.5)
    return v, fired


@settings(max_examples=40)
@given(geometries())
def test_a_layer_is_what_a_loop_over_all_its_neurons_gives(case: SimpleNamespace) -> None:
    rng = np.random.default_rng(case.seed)
    weights = rng.integers(-8, 17, (case.channels[1], case.channels[0], *case.kernel)) / 8
    limits = (case.channels[0], *case.size)
    spikes = [Spike(*map(int, rng.integers(0, limits)), time) for time in range(30)]
    convolution: Any = nodes.SpecksimConvolutionalFilterNode()
    convolution.set_parameters(*case.channels, case.kernel, case.size, case.stride, case.padding)
    convolution.set_weights(weights.tolist())
    layer = neurons(case.channels[1], convolution.get_layer().get_output_shape(), low=-0.5)

    got = run([convolution, layer], spikes)

    v, fired = by_hand(case, weights, spikes)
    assert [(spike.feature, spike.y, spike.x, spike.timestamp) for spike in got] == fired
    assert layer.get_layer().get_v_mem() == v.tolist()
    layer.get_layer().reset_states()
    assert not np.any(layer.get_layer().get_v_mem())


def test_events_in_parts_give_what_they_give_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    spikes = [Spike(0, *map(int, rng.integers(0, 6, 2)), time) for time in range(200)]

    def results(parts: Sequence[Sequence[object]]) -> tuple[list[Any], list[Any]]:
        convolution: Any = nodes.SpecksimConvolutionalFilterNode()
        convolution.set_parameters(1, 2, (3, 3), (6, 6), (1, 1), (1, 1))
        weights = np.random.default_rng(2).normal(0.3, 0.5, (2, 1, 3, 3))
        convolution.set_weights(weights.tolist())
        layer = neurons(2, (6, 6))
        got = [event for part in parts for event in run([convolution, layer], part)]
        return got, layer.get_layer().get_v_mem()

    whole = results([spikes])
    assert results([spikes[:70], spikes[70:]]) == whole
    monkeypatch.setattr(specksim, "_AT_ONCE", 50)
    assert results([spikes]) == whole
    assert len(whole[0]) > 100


def test_one_event_makes_one_spike_and_leaves_the_rest() -> None:
    layer = neurons()
    got = run([layer], [WeightedEvent(weight=2.5), WeightedEvent(0, 0, 0, 7, 0.0)])
    assert [spike.timestamp for spike in got] == [0, 7]
    assert layer.get_layer().get_v_mem() == [[[0.5]]]


def test_no_event_leaves_a_neuron_below_its_floor() -> None:
    layer = neurons(low=-1.0)
    got = run([layer], [WeightedEvent(weight=weight) for weight in (-5.0, 1.0, 1.0)])
    assert len(got) == 1
    assert layer.get_layer().get_v_mem() == [[[0.0]]]


@pytest.mark.parametrize(
    ("option", "weights", "spikes", "left"),
    [
        ({"specksim_spikes": "all"}, (3.5,), 3, 0.5),
        ({"specksim_reset": "zero"}, (1.5, 0.5), 1, 0.5),
        ({"specksim_reset": "zero", "specksim_spikes": "all"}, (3.5,), 3, 0.0),
    ],
)
def test_what_is_not_published_of_neurons_is_an_option(
    plug: Callable[..., Any],
    option: dict[str, str],
    weights: Sequence[float],
    spikes: int,
    left: float,
) -> None:
    plug(**option)
    layer = neurons()
    assert len(run([layer], [WeightedEvent(weight=weight) for weight in weights])) == spikes
    assert layer.get_layer().get_v_mem() == [[[left]]]


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        ({}, [(0, 0, 1.0), (0, 1, 0.0), (1, 0, 3.0), (1, 1, 4.0)]),
        ({"specksim_order": "position"}, [(0, 0, 1.0), (1, 0, 3.0), (0, 1, 0.0), (1, 1, 4.0)]),
        ({"specksim_zero_weights": "skip"}, [(0, 0, 1.0), (1, 0, 3.0), (1, 1, 4.0)]),
    ],
)
def test_what_is_not_published_of_convolutions_is_an_option(
    option: dict[str, Any], expected: list[tuple[int, int, float]]
) -> None:
    weights = np.array([[[[0.0, 1.0]]], [[[4.0, 3.0]]]])
    layer = specksim.convolution(weights, (1, 3), (1, 1), (0, 0), EmulationOptions(**option))
    one = np.array([1])
    (made,) = layer(specksim.EventColumns(one * 0, one * 0, one, one))
    columns = (made.feature.tolist(), made.x.tolist(), made.weight.tolist())
    assert list(zip(*columns, strict=True)) == expected


def test_pooling_divides_rows_and_columns_and_drops_what_is_left_over() -> None:
    pooling: Any = nodes.SpecksimSumPoolingFilterNode()
    pooling.set_parameters((2, 3), (5, 7))
    assert pooling.get_layer().get_output_shape() == (2, 2)
    got = run([pooling], [Spike(4, 3, 5, 9), Spike(0, 4, 0, 9), Spike(0, 0, 6, 9)])
    assert got == [Spike(4, 1, 1, 9)]


def test_a_network_of_sinabs_runs_with_its_monitors_and_is_reset() -> None:
    torch = pytest.importorskip("torch")
    provide_samna()
    import sinabs.layers as sl

    convert: Any = importlib.import_module("sinabs.backend.dynapcnn.specksim").from_sequential
    torch.manual_seed(3)
    network = torch.nn.Sequential(
        torch.nn.Conv2d(2, 4, 3, stride=2, padding=1, bias=False),
        sl.IAF(min_v_mem=-1.0),
        torch.nn.AvgPool2d(2),
        torch.nn.Flatten(),
        torch.nn.Linear(4 * 4 * 4, 3, bias=False),
        sl.IAF(min_v_mem=-1.0),
    )
    for layer, gain in ((network[0], 3), (network[4], 30)):
        layer.weight.data *= gain
    simulated = convert(network, (2, 16, 16))
    simulated.initial_sleep_duration = simulated.subsequent_sleep_duration = 0.0
    simulated.add_monitors([0, 1])
    rng = np.random.default_rng(4)
    events = np.zeros(300, dtype=simulated.output_dtype)
    for name, limit in (("x", 16), ("y", 16), ("p", 2)):
        events[name] = rng.integers(0, limit, 300)
    events["t"] = np.arange(300) * 10

    out = simulated(events)

    assert len(out) > 20
    seen = simulated.read_all_monitors()
    assert np.array_equal(seen[1], out)
    hidden = seen[0]
    # the second layer once more, from what the monitor of the first one saw
    weights = network[4].weight.detach().numpy().reshape(3, 4, 4, 4) / 4
    v, fired = np.zeros(3), []
    for event in hidden:
        for feature in range(3):
            v[feature] += weights[feature, event["p"], event["y"] // 2, event["x"] // 2]
            if v[feature] >= 1:
                v[feature] -= 1
                fired.append((event["t"], feature))
            v[feature] = max(v[feature], -1)
    assert list(zip(out["t"].tolist(), out["p"].tolist(), strict=True)) == fired
    assert np.allclose(np.ravel(simulated.read_spiking_layer_states(1)), v)
    assert {*hidden["t"]} <= {*events["t"]}, "spikes have the time of the input behind them"
    simulated.reset_states()
    assert not np.any(simulated.read_spiking_layer_states(0))
    assert np.array_equal(simulated(events), out)


def test_what_does_not_fit_is_refused_by_name() -> None:
    convolution: Any = nodes.SpecksimConvolutionalFilterNode()
    with pytest.raises(RuntimeError, match="asked to work before it had what it needs"):
        convolution.get_layer()
    with pytest.raises(TypeError, match="takes pairs of integers"):
        convolution.set_parameters(1, 1, (3, 3, 3), (6, 6), (1, 1), (0, 0))
    with pytest.raises(RuntimeError, match="it does not fit in"):
        convolution.set_parameters(1, 1, (3, 3), (2, 6), (1, 1), (0, 0))
    convolution.set_parameters(1, 1, (3, 3), (6, 6), (1, 1), (0, 0))
    with pytest.raises(RuntimeError, match=r"weights of shape \(1, 1, 1, 1\).* need \(1, 1, 3, 3"):
        convolution.set_weights([[[[1.0]]]])
    with pytest.raises(TypeError, match="set_weights takes four lists in one another"):
        convolution.set_weights([1.0])
    with pytest.raises(RuntimeError, match="The threshold is 0"):
        neurons(threshold=0)


def test_what_is_outside_of_a_layers_input_is_dropped_with_a_word_or_an_error(
    plug: Callable[..., Any],
) -> None:
    def filters() -> list[Any]:
        convolution: Any = nodes.SpecksimConvolutionalFilterNode()
        convolution.set_parameters(1, 1, (1, 1), (6, 6), (1, 1), (0, 0))
        convolution.set_weights([[[[1.0]]]])
        return [convolution, neurons(1, (6, 6))]

    events = [Spike(0, 0, 1), Spike(0, 6, 0), Spike(1, 0, 0), Spike(0, 1, 0)]
    with pytest.warns(EmulationWarning, match=r"input has 1 features of 6 x 6\. .* is dropped"):
        assert run(filters(), events) == [events[0], events[3]]
    plug(specksim_outside="error")
    with pytest.raises(NotEmulatedError, match=r"Spike\(feature=0, y=6.* and not emulated"):
        run(filters(), events)


def test_layers_are_chained_by_what_they_take() -> None:
    graph = samna.graph.EventFilterGraph()
    with pytest.raises(RuntimeError, match="gives events of type specksim::events::WeightedEvent"):
        graph.sequential(
            [nodes.SpecksimConvolutionalFilterNode(), nodes.SpecksimSumPoolingFilterNode()]
        )


def test_layers_that_a_script_makes_itself_give_what_the_nodes_give() -> None:
    sim: Any = samna.specksim
    rng = np.random.default_rng(7)
    spikes = [Spike(*map(int, rng.integers(0, (2, 6, 6))), time) for time in range(80)]
    weights = rng.integers(-8, 17, (3, 2, 3, 3)) / 8
    convolution = sim.Convolution2d(2, 3, (3, 3), (6, 6), (1, 1), (1, 1))
    convolution.set_weights(weights.tolist())
    layer = sim.IntegrateAndFire(3, convolution.get_output_shape(), 1.0, -0.5)
    pooling = sim.SumPooling((2, 2), (6, 6))
    by_nodes = [nodes.SpecksimConvolutionalFilterNode(), neurons(3, (6, 6), low=-0.5)]
    by_nodes[0].set_parameters(2, 3, (3, 3), (6, 6), (1, 1), (1, 1))
    by_nodes[0].set_weights(weights.tolist())

    fired = layer.forward(convolution.forward(spikes))

    assert fired == run(by_nodes, spikes)
    assert len(fired) > 50
    assert layer.get_v_mem() == by_nodes[1].get_layer().get_v_mem()
    assert [(s.feature, s.y, s.x) for s in pooling.forward(fired)] == [
        (s.feature, s.y // 2, s.x // 2) for s in fired
    ]
    layer.reset_states()
    assert not np.any(layer.get_v_mem())
    assert isinstance(by_nodes[1].get_layer(), sim.IntegrateAndFire)
    assert by_nodes[0].get_layer().forward(spikes[:1]) == convolution.forward(spikes[:1])


def test_six_inputs_of_a_fifth_of_the_threshold_give_one_spike() -> None:
    sim: Any = samna.specksim
    layer = sim.IntegrateAndFire(1, (1, 1), 1.0, -1.0)
    got = layer.forward([WeightedEvent(0, 0, 0, time, 0.2) for time in range(6)])
    assert len(got) == 1
    with pytest.raises(TypeError, match="forward takes a list of specksim::events::WeightedEvents"):
        layer.forward([Spike()])
    with pytest.raises(TypeError, match="forward takes a list"):
        layer.forward(WeightedEvent())
