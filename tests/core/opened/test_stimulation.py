"""What `OpenDevice` makes of spikes from users, of monitored layers, and of what comes back."""

from __future__ import annotations

import logging
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pytest

from speckhal import (
    SENSOR_INPUT,
    BackendBroken,
    Capability,
    ConfigurationError,
    Deployment,
    DeviceClosed,
    InputError,
    LayerNotFound,
    OpenDevice,
    Spikes,
    StimulationUnfinished,
)

if TYPE_CHECKING:
    from collections.abc import Callable

ONE = Spikes(time_us=[5], layer=0, channel=0, y=2, x=3)


def asked_last(easy: Any) -> Any:
    return easy.asked[-1]


def test_spikes_reach_the_device_in_the_order_of_time_and_what_it_sends_comes_back(
    deployed: OpenDevice, easy: Any
) -> None:
    spikes = Spikes(time_us=[9, 3, 9], layer=0, channel=0, y=[0, 1, 2], x=0)
    assert deployed.stimulate(spikes) == easy.sends
    assert asked_last(easy) == ("stimulate", spikes[[1, 0, 2]])
    assert deployed.recorded_spikes() == easy.sends


def test_a_spike_moves_the_states_and_no_spikes_leave_them(deployed: OpenDevice) -> None:
    deployed.stimulate(ONE[:0])
    assert deployed.states == "deployed"
    deployed.stimulate(ONE)
    assert deployed.states == "leaked"


def test_a_stimulation_that_fails_has_moved_the_states_all_the_same(
    deployed: OpenDevice, easy: Any
) -> None:
    def goes_round(spikes: Spikes) -> Spikes:
        raise StimulationUnfinished("It goes round.", spikes=spikes, hint="Cut the loop.")

    easy.stimulate = goes_round
    with pytest.raises(StimulationUnfinished) as caught:
        deployed.stimulate(ONE)
    assert caught.value.spikes == ONE
    assert deployed.states == "leaked"


def test_events_of_the_sensor_and_the_last_time_of_a_board_are_taken(
    deployed: OpenDevice, easy: Any
) -> None:
    spikes = Spikes(time_us=2**32 - 1, layer=SENSOR_INPUT, channel=1, y=127, x=127)
    deployed.stimulate(spikes)
    assert asked_last(easy) == ("stimulate", spikes)


def test_where_nobody_knows_the_input_only_the_device_can_refuse(easy: Any) -> None:
    deploy = easy.deploy
    easy.deploy = lambda *names, **given: Deployment(
        tuple(attrs.evolve(layer, input_shape=None) for layer in deploy(*names, **given).layers)
    )
    device = OpenDevice(easy)
    device.deploy("network", input_shape=(1, 3, 4))
    spikes = Spikes(time_us=1, layer=0, channel=0, y=8, x=8)
    device.stimulate(spikes)
    assert asked_last(easy) == ("stimulate", spikes)


EVENTS = np.zeros(3, [("x", int), ("y", int), ("t", int), ("p", bool)])
NIRDATA = SimpleNamespace(idx=np.zeros((1, 2), int), time=np.zeros((1, 2)), n_neurons=4, t_max=1.0)


@pytest.mark.parametrize(
    ("given", "kind", "says"),
    [
        (EVENTS, InputError, r"ndarray.*Spikes\.from_structured"),
        (NIRDATA, InputError, r"Spikes\.from_nirdata"),
        (np.zeros((5, 1, 3, 4)), InputError, r"Spikes\.from_raster"),
        ([1, 2], InputError, r"type list.*Spikes\(time_us="),
        (ONE.shifted(2**32 - 5), InputError, r"until 4,294,967,296 us.*shifted"),
        (Spikes(time_us=0, layer=0, channel=1), InputError, r"channel 1.*1 x 3 x 4.*from 0 to 0"),
        (Spikes(time_us=0, layer=0, channel=0, y=3), InputError, r"input of layer 0.*y 3"),
        (Spikes(time_us=0, layer=0, channel=0, x=4), InputError, r"x 4.*from 0 to 3"),
        (Spikes(time_us=0, layer=SENSOR_INPUT, channel=2), InputError, r"2 \(polarities\)"),
        (Spikes(time_us=0, layer=1, channel=0), LayerNotFound, r"layer 1"),
    ],
)
def test_what_cannot_go_in_is_refused_with_what_would(
    deployed: OpenDevice, easy: Any, given: Any, kind: type[Exception], says: str
) -> None:
    before = list(easy.asked)
    with pytest.raises(kind, match=says) as refused:
        deployed.stimulate(given)
    assert vars(refused.value)["hint"]
    assert easy.asked == before
    assert deployed.states == "deployed"


def test_without_a_network_nothing_is_stimulated_or_recorded(device: OpenDevice) -> None:
    uses: list[Callable[[], object]] = [lambda: device.stimulate(ONE), device.recorded_spikes]
    for use in uses:
        with pytest.raises(ConfigurationError, match="no network is deployed"):
            use()
    device.close()
    for use in uses:
        with pytest.raises(DeviceClosed):
            use()


def test_what_is_no_spikes_is_the_fault_of_the_plugin(deployed: OpenDevice, easy: Any) -> None:
    easy.sends = [1, 2]
    with pytest.raises(BackendBroken, match="something of type list"):
        deployed.stimulate(ONE)
    with pytest.raises(BackendBroken, match="something of type list"):
        deployed.recorded_spikes()


def test_monitored_layers_reach_the_device_only_where_they_are_given(
    device: OpenDevice, easy: Any
) -> None:
    device.deploy("network", input_shape=(1, 3, 4))
    assert asked_last(easy) == ("deploy", ((1, 3, 4), None, None))
    assert not device.monitored_layers
    layers: Any = np.array([1, 0])
    device.deploy("network", input_shape=(1, 3, 4), monitor=layers)
    assert asked_last(easy) == ("deploy", ((1, 3, 4), None, None, (1, 0)))
    assert device.monitored_layers == (1, 0)


def test_a_device_that_monitors_nothing_need_not_know_the_argument(easy: Any) -> None:
    easy.capabilities -= {Capability.RECORD_SPIKES}
    OpenDevice(easy).deploy("network", input_shape=(1, 3, 4), monitor=())
    assert asked_last(easy) == ("deploy", ((1, 3, 4), None, None))


@pytest.mark.parametrize(
    ("monitor", "kind", "says"),
    [
        (0, InputError, r"monitor=0, which is no list.*\[0, 1\]"),
        ("0", InputError, r"no list"),
        ([0, 0], InputError, r"layer 0 twice"),
        ([0.5], LayerNotFound, r"layer 0.5"),
        ([True], LayerNotFound, r"layer True"),
        ([-2], LayerNotFound, r"layer -2"),
    ],
)
def test_what_names_no_layers_to_monitor_is_refused(
    device: OpenDevice, easy: Any, monitor: Any, kind: type[Exception], says: str
) -> None:
    with pytest.raises(kind, match=says):
        device.deploy("network", input_shape=(1, 3, 4), monitor=monitor)
    assert not easy.asked


def test_restoring_by_deploying_again_monitors_the_same_layers(easy: Any) -> None:
    easy.capabilities -= {Capability.WRITE_V_MEM, Capability.WRITE_BIASES}
    device = OpenDevice(easy)
    device.deploy("network", input_shape=(1, 3, 4), monitor=[0])
    device.probe().read()
    device.stimulate(ONE)
    device.restore_states()
    deploys = [what for name, what in easy.asked if name == "deploy"]
    assert deploys == [((1, 3, 4), None, None, (0,))] * 2
    assert (device.states, device.monitored_layers) == ("restored", (0,))


def test_a_log_says_how_many_spikes_went_in_and_came_out(
    deployed: OpenDevice, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "speckhal.device"):
        deployed.stimulate(ONE)
    assert "EasyBoard: 1 spikes in, 2 out; took " in caplog.text
