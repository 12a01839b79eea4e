"""What is deployed computes what the network computes, or is refused."""

from __future__ import annotations

import copy
import random
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import sinabs
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sinabs.activation import MaxSpike, MembraneReset, MembraneSubtract, MultiSpike, SingleSpike
from sinabs.from_torch import from_model
from sinabs.hooks import register_synops_hooks
from sinabs.layers import IAFSqueeze, Merge, SumPool2d
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils import parametrizations, prune

from speckhal import NetworkError
from speckhal_samna.network.chip_layers import chip_layers

if TYPE_CHECKING:
    from collections.abc import Callable

    from speckhal import Device
    from speckhal.contract.address import Shape

SHAPE = (2, 6, 6)
QUICK = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    max_examples=15,
    deadline=None,
)


def neurons(**options: Any) -> IAFSqueeze:
    return IAFSqueeze(**{"batch_size": 1, "min_v_mem": -1.0, **options})


@st.composite
def normalizations(draw: Any, module: nn.BatchNorm1d | nn.BatchNorm2d) -> nn.Module:
    for name in ("weight", "bias", "running_mean", "running_var"):
        values: Tensor = getattr(module, name)
        nn.init.uniform_(values, *((1e-6, 2) if name == "running_var" else (-2, 2)))
    return module.train(draw(st.booleans()))


@st.composite
def computed(draw: Any, module: nn.Conv2d | nn.Linear) -> nn.Module:
    """The module, with weights of any size that torch may compute at each call."""
    with torch.no_grad():
        module.weight.mul_(draw(st.sampled_from([1e-3, 1.0, 30.0])))
    change = draw(st.sampled_from([None, None, "norm", "spectral", "pruned"]))
    if change == "norm":
        parametrizations.weight_norm(module)
    elif change == "spectral":
        parametrizations.spectral_norm(module)
    elif change == "pruned":
        prune.l1_unstructured(module, "weight", amount=0.5)  # type: ignore[no-untyped-call]
    return module


@st.composite
def networks(draw: Any) -> tuple[nn.Sequential, Shape]:
    """Networks that a chip can hold, of up to four layers, and their input shape."""
    torch.manual_seed(draw(st.integers(0, 1000)))
    channels, height, width = shape = draw(st.tuples(*[st.integers(1, 7)] * 3))
    squeeze = draw(st.sampled_from([{"batch_size": 1}, {"batch_size": 2}, {"num_timesteps": 3}]))
    modules: list[nn.Module] = []
    flat = False

    def spiking() -> None:
        modules.append(
            IAFSqueeze(
                **squeeze,
                spike_threshold=draw(st.sampled_from([1, 0.3, 5.0])),
                min_v_mem=draw(st.sampled_from([-1, -0.2])),
                spike_fn=draw(st.sampled_from([MultiSpike, SingleSpike, MaxSpike(2)])),
                reset_fn=draw(st.sampled_from([MembraneSubtract(), MembraneReset()])),
            )
        )

    for _ in range(draw(st.integers(1, 4))):
        bias = draw(st.booleans())
        features = draw(st.integers(1, 4))
        if flat or (height == width and draw(st.booleans())):
            if not flat:
                modules.append(nn.Flatten())
            linear = nn.Linear(channels * height * width, features, bias=bias)
            modules.append(draw(computed(linear)))
            if draw(st.booleans()):
                modules.append(draw(normalizations(nn.BatchNorm1d(features))))
            spiking()
            channels, height, width, flat = features, 1, 1, True
            continue
        kernel = draw(st.integers(1, min(3, height, width)))
        same = kernel % 2 == 1 and draw(st.booleans())
        stride = 1 if same else draw(st.tuples(*[st.integers(1, 2)] * 2))
        # a kernel of 1 with a stride of 2 would see nothing but padding of a map that is 1 wide
        numbers = [0, 1] if kernel > 1 or min(height, width) > 1 else [0]
        padding = "same" if same else draw(st.sampled_from(["valid", *numbers]))
        convolution = nn.Conv2d(channels, features, kernel, stride, padding, bias=bias)
        modules.append(draw(computed(convolution)))
        if draw(st.booleans()):
            modules.append(draw(normalizations(nn.BatchNorm2d(features))))
        spiking()
        if draw(st.booleans()):
            modules.append(draw(st.sampled_from([nn.Dropout(), nn.Dropout2d(), nn.Identity()])))
        if not same:
            rows, columns = (stride, stride) if isinstance(stride, int) else stride
            around = 0 if padding == "valid" else 2 * padding
            height = (height + around - kernel) // rows + 1
            width = (width + around - kernel) // columns + 1
        channels = features
        for _ in range(draw(st.integers(0, 2))):
            size = draw(st.integers(1, min(height, width)))
            divides = height % size == width % size == 0
            kind = draw(st.sampled_from([nn.AvgPool2d, SumPool2d]))
            modules.append(kind(size, ceil_mode=divides and draw(st.booleans())))
            height, width = height // size, width // size
    return nn.Sequential(*modules), shape


def _fingerprint(network: nn.Module) -> dict[str, object]:
    """All that a user could see of a network, and of torch's random numbers."""
    return {
        **{name: value.tolist() for name, value in network.named_parameters()},
        **{name: value.tolist() for name, value in network.named_buffers()},
        **{f"{name} trains": module.training for name, module in network.named_modules()},
        **{f"{name} has": _attributes(module) for name, module in network.named_modules()},
        **{f"{name} hooks": len(module._forward_hooks) for name, module in network.named_modules()},
        "random": torch.get_rng_state().tolist(),
    }


def _attributes(module: nn.Module) -> list[str]:
    return [name for name in dir(type(module)) if not name.startswith("__")]


@pytest.mark.usefixtures("mock")
@QUICK
@given(given_=networks())
def test_a_network_that_a_chip_can_hold_is_never_refused_and_never_changed(
    given_: tuple[nn.Sequential, Shape],
) -> None:
    network, shape = given_
    before = _fingerprint(network)

    layers = chip_layers(network, shape)

    assert len(layers.exact) == sum(isinstance(module, IAFSqueeze) for module in network)
    assert _fingerprint(network) == before


@pytest.mark.usefixtures("mock")
@QUICK
@given(given_=networks(), seed=st.integers(0, 5))
def test_what_is_deployed_depends_neither_on_chance_nor_on_training(
    given_: tuple[nn.Sequential, Shape], seed: int
) -> None:
    network, shape = given_
    expected = chip_layers(network.eval(), shape).rounded

    torch.manual_seed(seed)
    layers = chip_layers(network.train(), shape).rounded

    for index, layer in layers.items():
        same = expected[index]
        assert torch.equal(layer.conv_layer.weight, same.conv_layer.weight)
        if layer.conv_layer.bias is not None:
            assert torch.equal(layer.conv_layer.bias, same.conv_layer.get_parameter("bias"))
        assert layer.spk_layer.spike_threshold == same.spk_layer.spike_threshold


@pytest.mark.usefixtures("mock")
@QUICK
@given(given_=networks(), factor=st.sampled_from([1.0, 2.0, -1.0]), data=st.data())
def test_a_hook_that_changes_anything_on_the_way_to_a_neuron_is_refused(
    given_: tuple[nn.Sequential, Shape], factor: float, data: Any
) -> None:
    network, shape = given_
    last = max(index for index, module in enumerate(network) if isinstance(module, IAFSqueeze))
    place = data.draw(st.sampled_from(["", *map(str, range(last + 1))]))
    network.get_submodule(place).register_forward_hook(
        lambda _module, _args, out: out * factor + 1000  # much, even where weights are small
    )
    with pytest.raises(NetworkError):
        chip_layers(network, shape)


class Forward(nn.Module):
    """Two layers with whatever a user's forward does with them."""

    def __init__(self, forward: Callable[[Any, Tensor], object]) -> None:
        super().__init__()
        self.first = nn.Conv2d(2, 2, 3, padding=1)
        self.first_spikes = neurons()
        self.second = nn.Conv2d(2, 2, 3, padding=1)
        self.second_spikes = neurons()
        self._forward = forward

    def forward(self, given_: Tensor) -> object:
        return self._forward(self, given_)

    def one(self, given_: Tensor) -> Tensor:
        spikes: Tensor = self.first_spikes(self.first(given_))
        return spikes

    def two(self, given_: Tensor) -> Tensor:
        spikes: Tensor = self.second_spikes(self.second(given_))
        return spikes


def _two(between: Callable[[Tensor], Tensor]) -> Forward:
    return Forward(lambda network, given_: network.two(between(network.one(given_))))


def _random(spikes: Tensor) -> Tensor:
    return functional.dropout(spikes)


FORWARDS: dict[str, tuple[Forward, str]] = {
    "pooling": (
        _two(lambda x: functional.avg_pool2d(x, 2)),
        r"'second_spikes'\) would be given some",
    ),
    "a factor": (_two(lambda x: x * 2), r"'second_spikes'\) would be given something else"),
    "an offset": (_two(lambda x: torch.relu(x) + 1), r"'second_spikes'\) would be given something"),
    "a shift": (_two(lambda x: x.roll(1, -1)), r"'second_spikes'\) would be given something else"),
    "chance": (_two(_random), "gives something else each time"),
    "a factor before": (
        Forward(lambda network, x: network.two(network.one(x * 2))),
        r"Layer 0 \(module 'first_spikes'\) would be given something else on the chip than",
    ),
    "a factor after": (
        Forward(lambda network, x: network.two(network.one(x)) * 2),
        "returns something else than its last modules give",
    ),
    "pooling after": (
        Forward(lambda network, x: functional.avg_pool2d(network.two(network.one(x)), 2)),
        "returns something else than its last modules give",
    ),
    "an offset in a drive": (
        Forward(lambda network, x: network.first_spikes(network.first(x) + 0.1)),
        "sinabs cannot turn the network|would be",
    ),
    "a running sum": (
        Forward(lambda network, x: network.two(network.one(x.cumsum(0)))),
        r"'first_spikes'\) would be given something else",
    ),
    "a delay": (
        Forward(lambda network, x: network.two(network.one(x.roll(1, 0)))),
        r"'first_spikes'\) would be given something else",
    ),
    "time reversed": (
        Forward(lambda network, x: network.two(network.one(x.flip(0)))),
        r"'first_spikes'\) would be given something else",
    ),
    "a sum over time": (
        Forward(lambda network, x: network.two(network.one(x.sum(0, keepdim=True).expand_as(x)))),
        r"'first_spikes'\) would be given something else",
    ),
    "a limit": (
        Forward(lambda network, x: network.two(network.one(x.clamp(max=3)))),
        r"'first_spikes'\) would be given something else",
    ),
    "a running sum after": (
        Forward(lambda network, x: network.two(network.one(x)).cumsum(0)),
        "returns something else than its last modules give",
    ),
    "the most over time": (
        Forward(lambda network, x: network.two(network.one(x)).max(0)[0]),
        "returns something else than its last modules give",
    ),
    "changes over time": (
        Forward(lambda network, x: network.two(network.one(x)).diff(dim=0)),
        "returns something else than its last modules give",
    ),
    "a sum": (
        Forward(lambda network, x: network.two(network.one(x) + x)),
        r"'second_spikes'\) would be given something else",
    ),
}


@pytest.mark.parametrize("name", FORWARDS)
def test_what_forward_does_beside_its_modules_is_refused(mock: Device, name: str) -> None:
    network, words = FORWARDS[name]
    with pytest.raises(NetworkError, match=words) as refusal:
        mock.deploy(network, input_shape=SHAPE)
    assert refusal.value.hint


def _both(network: Any, given_: Tensor) -> object:
    spikes = network.one(given_)
    return spikes, network.two(spikes)


RETURNED: dict[str, Callable[[Any, Tensor], object]] = {
    "in another shape": lambda network, x: network.two(network.one(x)).flatten(1),
    "counted over time": lambda network, x: network.two(network.one(x)).sum(0),
    "on average over time": lambda network, x: network.two(network.one(x)).mean(0),
    "of the last step": lambda network, x: network.two(network.one(x))[-1:],
    "of both layers": _both,
}


@pytest.mark.parametrize("name", RETURNED)
def test_forward_may_return_the_spikes_in_any_form(mock: Device, name: str) -> None:
    deployed = mock.deploy(Forward(RETURNED[name]), input_shape=SHAPE)
    assert [layer.index for layer in deployed.layers] == [0, 1]


@pytest.mark.parametrize("size", [{"batch_size": 2}, {"num_timesteps": 3}])
def test_forward_may_count_the_spikes_of_each_item_of_a_batch(
    mock: Device, size: dict[str, int]
) -> None:
    def counted(network: Any, given_: Tensor) -> Tensor:
        items = size.get("batch_size", -1), size.get("num_timesteps", -1)
        spikes: Tensor = network.two(network.one(given_))
        return spikes.reshape(*items, *SHAPE).sum(1)

    network = Forward(counted)
    network.first_spikes, network.second_spikes = (
        neurons(**{"batch_size": None, **size}) for _ in range(2)
    )
    assert len(mock.deploy(network, input_shape=SHAPE).layers) == 2


@pytest.mark.parametrize("num_timesteps", [None, 1])
def test_a_network_for_one_step_at_a_time_is_deployed(
    mock: Device, num_timesteps: int | None
) -> None:
    network = Forward(lambda network, x: network.two(network.one(x.reshape(1, *SHAPE))))
    network.first_spikes, network.second_spikes = (
        neurons(num_timesteps=num_timesteps) for _ in range(2)
    )
    assert len(mock.deploy(network, input_shape=SHAPE).layers) == 2


def test_a_hook_that_limits_the_spikes_of_a_layer_is_refused(mock: Device) -> None:
    network = nn.Sequential(nn.Conv2d(2, 2, 3), neurons())
    network[1].register_forward_hook(lambda _layer, _args, spikes: spikes.clamp(max=3))
    with pytest.raises(NetworkError, match=r"'1'\) makes other spikes"):
        mock.deploy(network, input_shape=SHAPE)


def _leaking(network: Any, given_: Tensor) -> Tensor:
    spikes: Tensor = network.two(network.one(given_))
    network.second_spikes.v_mem = network.second_spikes.v_mem * 0.5
    return spikes


def _reset_first(network: Any, given_: Tensor) -> Tensor:
    network.second_spikes.reset_states()
    spikes: Tensor = network.two(network.one(given_))
    return spikes


def _reset_by_a_hook() -> Forward:
    network = _two(lambda spikes: spikes)
    network.second_spikes.register_forward_hook(lambda layer, _args, _out: layer.reset_states())
    return network


@pytest.mark.parametrize("size", [{"batch_size": 1}, {"batch_size": 2}, {"num_timesteps": 3}])
@pytest.mark.parametrize(
    "make", [lambda: Forward(_leaking), lambda: Forward(_reset_first), _reset_by_a_hook]
)
def test_states_that_anything_but_their_layer_changes_are_refused(
    mock: Device, make: Callable[[], Forward], size: dict[str, int]
) -> None:
    network = make()
    for layer in (network.first_spikes, network.second_spikes):
        layer.batch_size, layer.num_timesteps = (
            size.get("batch_size", -1),
            size.get("num_timesteps", -1),
        )
    with pytest.raises(NetworkError, match=r"'second_spikes'\) is left with other membrane poten"):
        mock.deploy(network, input_shape=SHAPE)


@pytest.mark.parametrize("large", [1e3, 1e4, 1e6])
def test_large_numbers_that_cancel_in_a_normalization_are_no_obstacle(
    mock: Device, large: float
) -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(2, 2, 3), nn.BatchNorm2d(2), neurons())
    nn.init.constant_(network.get_parameter("0.bias"), large)
    nn.init.constant_(network.get_buffer("1.running_mean"), large)
    assert len(mock.deploy(network, input_shape=SHAPE).layers) == 1


def test_a_refusal_shows_two_numbers_only_where_they_differ(mock: Device) -> None:
    network = Forward(lambda network, x: network.two(network.one(x * 1.00005)))
    with pytest.raises(NetworkError, match="would be given something else") as refusal:
        mock.deploy(network, input_shape=SHAPE)
    numbers = re.search(r"\((\S+), and not (\S+), for", str(refusal.value))
    assert numbers is not None
    assert numbers[1] != numbers[2]


@pytest.mark.parametrize("kind", [list, lambda spikes: {"spikes": spikes[0]}, lambda _: None])
def test_what_sinabs_cannot_follow_is_refused(mock: Device, kind: Callable[..., object]) -> None:
    network = Forward(lambda network, x: kind((network.one(x),)))
    with pytest.raises(
        NetworkError, match=r"Forward '' returns a (list|dict|NoneType), and sinabs"
    ):
        mock.deploy(network, input_shape=SHAPE)


def test_a_network_that_leaves_something_to_chance_is_refused_whatever_falls(mock: Device) -> None:
    network = _two(lambda spikes: spikes * 2 if torch.rand(()) < 0.5 else spikes)
    for seed in range(6):
        torch.manual_seed(seed)
        with pytest.raises(NetworkError, match="gives something else each time it is run"):
            mock.deploy(network, input_shape=SHAPE)


@pytest.mark.parametrize("draw", [random.random, np.random.rand, lambda: float(torch.rand(()))])
def test_chance_of_any_kind_is_refused_and_leaves_the_random_numbers_of_the_user(
    mock: Device, draw: Callable[[], float]
) -> None:
    network = Forward(lambda network, x: network.two(network.one(x * 2 if draw() < 0.3 else x)))
    for seed in range(6):
        expected = []
        for deploys in (False, True):
            for generator in (random.seed, np.random.seed, torch.manual_seed):
                generator(seed)
            if deploys:
                with pytest.raises(NetworkError, match="gives something else each time it is run"):
                    mock.deploy(network, input_shape=SHAPE)
            expected.append((random.random(), np.random.rand(), float(torch.rand(()))))
        assert expected[0] == expected[1]


def test_random_numbers_that_change_nothing_are_no_obstacle(mock: Device) -> None:
    network = Forward(lambda network, x: (torch.rand(1), network.two(network.one(x)))[1])
    assert len(mock.deploy(network, input_shape=SHAPE).layers) == 2


@pytest.mark.parametrize("counts_operations", [True, False])
def test_what_sinabs_makes_of_an_analog_network_is_deployed_trained_and_reset(
    mock: Device,
    counts_operations: bool,  # noqa: FBT001  # a parameter of the test
) -> None:
    analog = nn.Sequential(
        nn.Conv2d(2, 3, 3), nn.BatchNorm2d(3), nn.ReLU(), nn.AvgPool2d(2), nn.Dropout2d(),
        nn.Flatten(), nn.Linear(12, 3, bias=False),
    )  # fmt: skip
    network = from_model(analog, SHAPE, batch_size=4, add_spiking_output=True)
    if counts_operations:
        register_synops_hooks(network.spiking_model)
    network(torch.rand(8, *SHAPE)).sum().backward()
    with pytest.raises(NetworkError, match="each of the 4 items of a batch"):
        mock.deploy(network, input_shape=SHAPE)
    sinabs.reset_states(network)
    deployed = mock.deploy(network, input_shape=SHAPE)
    assert [layer.shape for layer in deployed.layers] == [(3, 4, 4), (3, 1, 1)]


class Residual(nn.Module):
    """A layer that gets the spikes of another, and those that a third makes of them."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Sequential(nn.Conv2d(2, 2, 1), neurons())
        self.second = nn.Sequential(nn.Conv2d(2, 2, 3, padding=1), neurons())
        self.merge = Merge()
        self.third = nn.Sequential(nn.Flatten(), nn.Linear(72, 3), neurons())

    def forward(self, given_: Tensor) -> Tensor:
        first = self.first(given_)
        spikes: Tensor = self.third(self.merge(first, self.second(first)))
        return spikes


def test_branches_and_nested_modules_are_followed(mock: Device) -> None:
    deployed = mock.deploy(Residual(), input_shape=SHAPE)
    assert [layer.shape for layer in deployed.layers] == [(2, 6, 6), (2, 6, 6), (3, 1, 1)]


@pytest.mark.parametrize(
    "pooling",
    [
        nn.AvgPool2d(4, ceil_mode=True),
        nn.AvgPool2d(2, padding=1),
        nn.AvgPool2d(2, divisor_override=3),
        SumPool2d(4, ceil_mode=True),
    ],
)
def test_pooling_that_a_core_cannot_do_is_refused(mock: Device, pooling: nn.Module) -> None:
    network = nn.Sequential(nn.Conv2d(2, 2, 1), neurons(), pooling, nn.Conv2d(2, 2, 1), neurons())
    with pytest.raises(NetworkError, match=r"'4'\) would be given something else"):
        mock.deploy(network, input_shape=SHAPE)


def test_normalization_where_there_are_no_weights_to_merge_it_into_is_refused(
    mock: Device,
) -> None:
    normalization = nn.BatchNorm2d(2)
    nn.init.constant_(normalization.weight, 3.0)
    layers = [nn.Conv2d(2, 2, 1), neurons()]
    for network in (
        nn.Sequential(normalization, *layers),
        nn.Sequential(*layers, normalization, nn.Conv2d(2, 2, 1), neurons()),
    ):
        with pytest.raises(NetworkError, match="would be given something else"):
            mock.deploy(network, input_shape=SHAPE)


def test_a_spiking_layer_without_weights_is_called_missing(mock: Device) -> None:
    with pytest.raises(NetworkError, match="'0' would be missing on the chip"):
        mock.deploy(nn.Sequential(neurons()), input_shape=SHAPE)


class Lost(nn.Sequential):
    """One layer, and spiking ones that sinabs cannot connect with it."""

    def forward(self, given_: Tensor) -> Tensor:
        first, spiking, *others = self
        spikes: Tensor = spiking(first(given_))
        for module in others:
            module(spikes + 1)
        return spikes


def test_of_several_layers_that_are_missing_the_first_is_named(
    mock: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    # so that a set has the last one first
    monkeypatch.setattr(IAFSqueeze, "__hash__", lambda layer: 9 - int(layer.spike_threshold))
    lost = [neurons(spike_threshold=float(number)) for number in range(2, 6)]
    with pytest.raises(NetworkError, match="'2' would be missing on the chip"):
        mock.deploy(Lost(nn.Conv2d(2, 2, 1), neurons(), *lost), input_shape=SHAPE)


def test_a_sinabs_that_copies_layers_in_another_way_is_named(
    mock: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    def copy_all(layer: IAFSqueeze, memo: dict[int, object]) -> object:
        copied: Any = as_sinabs_does(layer, memo)
        copied.reset_fn = copy.copy(layer.reset_fn)
        return copied

    spiking: Any = IAFSqueeze
    as_sinabs_does = spiking.__deepcopy__
    monkeypatch.setattr(IAFSqueeze, "__deepcopy__", copy_all)
    with pytest.raises(NetworkError, match=r"are expected to share the `reset_fn`.*Use a version"):
        mock.deploy(nn.Sequential(nn.Conv2d(2, 2, 1), neurons()), input_shape=SHAPE)
