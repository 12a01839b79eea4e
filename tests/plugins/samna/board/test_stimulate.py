"""Spikes through emulated boards of both chips, by arrays and by the vendor's nodes."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from sinabs.activation import MembraneReset, MembraneSubtract
from sinabs.layers import IAFSqueeze
from torch import nn

import speckhal
from speckhal import ClockDrive, DeviceFailed, VirtualClock
from speckhal.contract.errors import StimulationUnfinished
from speckhal.contract.spikes import SENSOR_INPUT, Spikes
from speckhal_mock import samna
from speckhal_mock.backend.emulated_spikes import EmulatedSpikes
from speckhal_mock.sdk.bus import current_bus
from speckhal_samna.board.access import BoardAccess
from speckhal_samna.board.vendor_spikes import VendorSpikes
from speckhal_samna.device import SamnaDevice
from speckhal_samna.network.place import place
from speckhal_speck2e.chip import CHIP as SPECK2E
from speckhal_speck2f.chip import CHIP as SPECK2F

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from desk import Desk
    from speckhal_mock.emulation.board import EmulatedBoard
    from speckhal_samna.board.chip_spikes import SpikeWay

CHIPS = {"speck2e": SPECK2E, "speck2f": SPECK2F}
KITS = {"speck2e": "Speck2eDevKit", "speck2f": "Speck2fModuleDevKit"}
TRAINS = (0.7, 0.9, 1.2, 2.5)


class NodesOfQuietBoard(VendorSpikes):
    """The vendor's nodes, of a board that knows whether it is quiet."""

    emulated: EmulatedBoard

    def is_quiet(self) -> bool | None:
        return self.emulated.is_quiet

    def under_way(self) -> int:
        return self.emulated.spikes_under_way


def _open(desk: Desk, chip: str = "speck2f", way: str = "arrays", **options: Any) -> SamnaDevice:
    emulated = desk.plug(KITS[chip], clock=VirtualClock(), poll_s=0.0, **options)
    known = CHIPS[chip]

    def made(board: Any) -> SpikeWay:
        if way == "arrays":
            return EmulatedSpikes(emulated)
        if way == "nodes":
            return VendorSpikes(board)
        nodes = NodesOfQuietBoard(board)
        nodes.emulated = emulated
        return nodes

    access = BoardAccess(samna, known, known.kits, 0, emulated.clock, emulated=True, spike_way=made)
    return SamnaDevice(access, backend=chip)


def _layer(
    inputs: int, weights: npt.ArrayLike, *, padding: int = 0, stride: int = 1, **neurons: Any
) -> tuple[nn.Conv2d, IAFSqueeze]:
    """A convolution with these weights, (channels, inputs, height, width), and its neurons."""
    tensor = torch.as_tensor(np.asarray(weights), dtype=torch.float32)
    convolution = nn.Conv2d(
        inputs, tensor.shape[0], tensor.shape[2], padding=padding, stride=stride, bias=False
    )
    with torch.no_grad():
        convolution.weight.copy_(tensor)
    return convolution, IAFSqueeze(batch_size=1, **{"min_v_mem": -200.0, **neurons})


@pytest.mark.parametrize("chip", CHIPS)
@pytest.mark.parametrize("reset_fn", [MembraneSubtract(), MembraneReset()])
def test_each_event_updates_a_neuron_once_which_fires_at_most_once(
    desk: Desk, chip: str, reset_fn: object
) -> None:
    weights = np.array(TRAINS).reshape(-1, 1, 1, 1)
    network = nn.Sequential(*_layer(1, weights, reset_fn=reset_fn))
    with _open(desk, chip) as device:
        layer = device.deploy(network, input_shape=(1, 1, 1), monitor=[0]).layer(0)
        times_us = np.arange(20) * 1000
        spikes = device.stimulate(Spikes(time_us=times_us, layer=0, channel=0))
        v_mem = device.probe().read().v_mem.ravel()

    on_chip = np.rint(np.array(TRAINS) * 127 / max(TRAINS)).astype(int)
    for channel, weight in enumerate(on_chip.tolist()):
        v, fired = 0, []
        for time_us in times_us.tolist():
            v += weight
            if v >= layer.threshold_high:
                fired.append(time_us)
                v = 0 if isinstance(reset_fn, MembraneReset) else v - layer.threshold_high
        assert spikes[spikes.channel == channel].time_us.tolist() == fired
        assert v_mem[channel] == v


@pytest.mark.parametrize("chip", CHIPS)
@pytest.mark.parametrize(
    ("padding", "stride", "size"), [(0, 1, (5, 7)), (1, 2, (8, 6)), (2, 4, (9, 8))]
)
def test_without_firing_states_are_those_of_a_convolution_and_of_sinabs(
    desk: Desk, chip: str, padding: int, stride: int, size: tuple[int, int]
) -> None:
    from sinabs.backend.dynapcnn import DynapcnnNetwork

    draw = np.random.default_rng(size[0])
    shape = (2, *size)
    neurons: dict[str, Any] = {"spike_threshold": 100.0}
    first = _layer(2, draw.normal(size=(3, 2, 3, 3)), padding=padding, stride=stride, **neurons)
    second = _layer(3, draw.normal(size=(4, 3, 1, 1)), **neurons)
    network = nn.Sequential(*first, *second)
    with _open(desk, chip) as device:
        deployment = device.deploy(network, input_shape=shape)
        chip_layers = DynapcnnNetwork(network, input_shape=shape, discretize=True).dynapcnn_layers
        shapes = [shape, deployment.layer(0).shape]
        spikes = Spikes.concatenate(
            Spikes(
                time_us=np.sort(draw.integers(0, 5000, 60)),
                layer=layer,
                channel=draw.integers(0, into[0], 60),
                y=draw.integers(0, into[1], 60),
                x=draw.integers(0, into[2], 60),
            )
            for layer, into in enumerate(shapes)
        ).sorted()
        device.stimulate(spikes)
        for layer, into in enumerate(shapes):
            v_mem = device.probe(layer).read().v_mem
            given = torch.tensor(spikes.of_layer(layer).counts(into), dtype=torch.float32)[None]
            on_chip = chip_layers[layer]
            with torch.no_grad():
                assert (v_mem == on_chip.conv_layer(given)[0].numpy()).all()
                on_chip(given)
            assert (v_mem == on_chip.spk_layer.v_mem[0].numpy()).all()


def _firing_network() -> nn.Sequential:
    draw = np.random.default_rng(3)
    first = _layer(2, draw.normal(0.3, 1.0, size=(4, 2, 3, 3)), padding=1, min_v_mem=-1.0)
    second = _layer(4, draw.normal(0.1, 1.0, size=(3, 4, 3, 3)), min_v_mem=-1.0)
    return nn.Sequential(*first, nn.AvgPool2d(2), *second)


def _input(count: int = 200) -> Spikes:
    draw = np.random.default_rng(4)
    return Spikes(
        time_us=np.sort(draw.integers(0, 20_000, count)),
        layer=0,
        channel=draw.integers(0, 2, count),
        y=draw.integers(0, 8, count),
        x=draw.integers(0, 8, count),
    )


@pytest.mark.parametrize("chip", CHIPS)
def test_arrays_give_exactly_what_the_vendors_nodes_give(desk: Desk, chip: str) -> None:
    results = []
    for way in ("arrays", "nodes of a board that knows", "nodes"):
        current_bus().clear()
        with _open(desk, chip, way) as device:
            device.deploy(_firing_network(), input_shape=(2, 8, 8), monitor=[0, 1])
            spikes = device.stimulate(_input()), device.stimulate(_input())
            assert len(device.recorded_spikes()) == 0
            states = [device.probe(layer).read().v_mem for layer in (0, 1)]
        results.append((spikes, states))

    for spikes, states in results[1:]:
        assert spikes == results[0][0]
        assert all((a == b).all() for a, b in zip(states, results[0][1], strict=True))
    first, second = results[0][0]
    assert {*first.layers} == {0, 1}
    assert (np.diff(first.time_us) >= 0).all()
    assert first.time_us[0] >= _input().time_us[0]
    assert first != second


@pytest.mark.parametrize("chip", CHIPS)
def test_events_of_pixels_go_through_the_sensors_pre_processing(desk: Desk, chip: str) -> None:
    from sinabs.backend.dynapcnn import DynapcnnNetwork
    from sinabs.backend.dynapcnn.dvs_layer import DVSLayer

    draw = np.random.default_rng(5)
    sensor = DVSLayer(input_shape=(16, 12), pool=(2, 2), crop=((1, 7), (0, 5)), flip_x=True)
    neurons: dict[str, Any] = {"spike_threshold": 100.0}
    rest = _layer(2, draw.normal(size=(3, 2, 3, 3)), **neurons)
    pixels = Spikes(
        time_us=np.sort(draw.integers(0, 20_000, 150)),
        layer=SENSOR_INPUT,
        channel=draw.integers(0, 2, 150),
        y=draw.integers(0, 16, 150),
        x=draw.integers(0, 12, 150),
    )
    results = []
    for way in ("arrays", "nodes"):
        current_bus().clear()
        with _open(desk, chip, way, dvs_event_rate_hz=0) as device:
            device.deploy(
                nn.Sequential(sensor, *rest), input_shape=(2, 16, 12), monitor=[SENSOR_INPUT]
            )
            results.append((device.stimulate(pixels), device.probe().read().v_mem))

    (spikes, v_mem), (theirs, their_v_mem) = results
    assert spikes == theirs
    assert list(spikes.layers) == [SENSOR_INPUT]
    assert (v_mem == their_v_mem).all()
    raster = torch.tensor(pixels.counts((2, 16, 12)), dtype=torch.float32)[None]
    rounded = DynapcnnNetwork(nn.Sequential(*rest), input_shape=(2, 6, 5), discretize=True)
    with torch.no_grad():
        expected = rounded.dynapcnn_layers[0].conv_layer(sensor(raster))
    assert (v_mem == expected[0].numpy()).all()


def test_only_monitored_layers_are_heard_under_their_index_in_the_network(desk: Desk) -> None:
    """The one layer takes more memory than the first cores have."""
    weights = np.zeros((64, 64, 3, 3))
    weights[range(64), range(64), 1, 1] = 1.0
    big = _layer(64, weights, padding=1)
    last = _layer(64, np.ones((1, 64, 1, 1)))
    with _open(desk) as device:
        given = Spikes(time_us=range(64), layer=0, channel=range(64), y=1, x=2)
        for monitor in ([0], [1], []):
            layers = device.deploy(
                nn.Sequential(*big, *last), input_shape=(64, 4, 4), monitor=monitor
            ).layers
            heard = device.stimulate(given)
            assert layers[0].core > 2
            assert list(heard.layers) == monitor
            if monitor:
                assert set(zip(heard.y.tolist(), heard.x.tolist(), strict=True)) == {(1, 2)}
                assert heard.channel.tolist() == (list(range(64)) if monitor == [0] else [0] * 64)


def test_ticks_between_stimulations_are_done_and_their_spikes_recorded(desk: Desk) -> None:
    network = nn.Sequential(*_layer(1, [[[[1.0]]]]))
    network[0].bias = nn.Parameter(torch.tensor([0.4]))
    event = Spikes(time_us=[100, 300], layer=0, channel=0)
    with _open(desk) as device:
        leak = device.leak_config(drive=ClockDrive.STEPPED)
        device.deploy(network, input_shape=(1, 1, 1), leak=leak, biases={0: [60]}, monitor=[0])
        first = device.stimulate(event)
        device.tick(3)
        second = device.stimulate(event)
        between = device.recorded_spikes()
        v_mem = int(device.probe().read().v_mem.item())

    assert first.time_us.tolist() == second.time_us.tolist() == [100, 300]
    assert len(between) == 1
    assert v_mem == 3 * 60 - 127


def test_a_loop_that_keeps_itself_alive_is_given_up_with_what_it_sent(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def recurrent(*arguments: Any, **named: Any) -> Any:
        placed: Any = place(*arguments, **named)
        to = placed.configuration.cnn_layers[0].destinations[0]
        to.enable, to.layer = True, 0
        return placed

    monkeypatch.setattr("speckhal_samna.device.place", recurrent)
    with _open(desk, core_0_operations_per_s=100) as device:
        network = nn.Sequential(*_layer(1, [[[[1.0]]]]))
        device.deploy(network, input_shape=(1, 1, 1), monitor=[0])
        with pytest.raises(StimulationUnfinished) as caught:
            device.stimulate(Spikes(time_us=0, layer=0, channel=0))
        distances_us = np.diff(caught.value.spikes.time_us)

        assert len(distances_us) > 900
        assert np.abs(distances_us - 10_000).max() < 100


def test_a_loop_that_is_only_behind_is_waited_for(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def recurrent(*arguments: Any, **named: Any) -> Any:
        placed: Any = place(*arguments, **named)
        core = placed.configuration.cnn_layers[0]
        core.weights, core.threshold_high = [[[[1]]]], 32_767
        core.destinations[0].enable, core.destinations[0].layer = True, 0
        return placed

    monkeypatch.setattr("speckhal_samna.device.place", recurrent)
    with _open(desk, core_0_operations_per_s=100) as device:
        network = nn.Sequential(*_layer(1, [[[[1.0]]]]))
        device.deploy(network, input_shape=(1, 1, 1), monitor=[0])
        began_s = device.clock.now_s()
        device.stimulate(Spikes(time_us=np.zeros(2500, np.int64), layer=0, channel=0))

        assert 25 <= device.clock.now_s() - began_s < 26
        assert device.probe().read().v_mem.item() == 2500


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_what_an_interrupted_stimulation_gathered_is_recorded(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    with _open(desk) as device:
        device.deploy(nn.Sequential(*_layer(1, [[[[1.0]]]])), input_shape=(1, 1, 1), monitor=[0])
        sleep_s = device.clock.sleep_s

        def interrupted(duration_s: float) -> None:
            sleep_s(duration_s)
            if len(slept := [*monkeypatched, duration_s]) > 2:
                raise error
            monkeypatched[:] = slept

        monkeypatched: list[float] = []
        monkeypatch.setattr(device.clock, "sleep_s", interrupted)
        with pytest.raises((error, DeviceFailed)):
            device.stimulate(Spikes(time_us=[0, 50_000, 400_000], layer=0, channel=0))
        monkeypatch.undo()

        assert device.recorded_spikes().time_us.tolist() == [0, 50_000]
        device.clock.sleep_s(1)
        assert device.recorded_spikes().time_us.tolist() == [400_000]
    assert not any(board.slow_clock_running for board in current_bus().boards)


@pytest.mark.parametrize("way", ["arrays", "nodes"])
def test_no_spike_of_one_that_was_interrupted_comes_out_of_the_next(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    with _open(desk, way=way) as device:
        network = nn.Sequential(*_layer(1, [[[[1.0]]]]))
        device.deploy(network, input_shape=(1, 1, 8), monitor=[0])
        sleep_s = device.clock.sleep_s

        def interrupted(duration_s: float) -> None:
            sleep_s(duration_s)
            raise KeyboardInterrupt

        monkeypatch.setattr(device.clock, "sleep_s", interrupted)
        with pytest.raises(KeyboardInterrupt):
            times_us = np.arange(0, 4_000_000, 100_000)
            device.stimulate(Spikes(time_us=times_us, layer=0, channel=0, x=1))
        monkeypatch.undo()
        spikes = device.stimulate(Spikes(time_us=[0, 1000], layer=0, channel=0, x=5))

        assert spikes.time_us.tolist() == [0, 1000]
        assert spikes.x.tolist() == [5, 5]
        assert len(device.recorded_spikes()) == (2 if way == "arrays" else 40)


def test_what_pooling_leaves_over_of_an_odd_map_falls_away_and_deploying_says_so(
    desk: Desk,
) -> None:
    ones = np.ones((2, 1, 1, 1)), np.ones((1, 2, 1, 1))
    network = nn.Sequential(
        *_layer(1, ones[0]), nn.AvgPool2d(2), *_layer(2, ones[1], spike_threshold=0.4)
    )
    with _open(desk) as device:
        with pytest.warns(UserWarning, match=r"Layer 0 .* 5 x 5 .* row and column"):
            device.deploy(network, input_shape=(1, 5, 5), monitor=[0, 1])
        spikes = device.stimulate(
            Spikes(time_us=[0, 1000, 2000], layer=0, channel=0, y=[4, 1, 3], x=[4, 1, 4])
        )

        assert spikes.of_layer(0).counts((2, 5, 5))[0, [4, 1, 3], [4, 1, 4]].tolist() == [1, 1, 1]
        assert {*spikes.of_layer(1).time_us.tolist()} == {1000}
        (board,) = current_bus().boards
        assert [core.outside for core in board.activity() if core.outside] == [4]


@pytest.mark.parametrize("way", ["arrays", "nodes"])
def test_a_board_that_is_unplugged_meanwhile_is_no_quiet_board(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    device = _open(desk, way=way)
    device.deploy(nn.Sequential(*_layer(1, [[[[1.0]]]])), input_shape=(1, 1, 1), monitor=[0])
    sleep_s = device.clock.sleep_s

    def unplugged(duration_s: float) -> None:
        sleep_s(duration_s)
        current_bus().clear()

    monkeypatch.setattr(device.clock, "sleep_s", unplugged)
    with pytest.raises(DeviceFailed, match=r"unplugged|no longer open"):
        device.stimulate(Spikes(time_us=[0, 500_000], layer=0, channel=0))
    with contextlib.suppress(DeviceFailed):
        device.close()


def test_the_mock_plays_arrays(make_network: Callable[..., nn.Module]) -> None:
    with speckhal.open_device("mock") as device:
        device.deploy(make_network(v_mem=0.0), input_shape=(1, 2, 2), monitor=[0])
        spikes = device.stimulate(Spikes(time_us=[5, 9], layer=0, channel=0, y=1, x=0))

    assert spikes.time_us.tolist() == [5, 9]
    assert (spikes.y == 1).all()
