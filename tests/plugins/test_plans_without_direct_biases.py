"""A plan on boards whose biases must be the network's own: a plugin makes the changed network."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pytest
import torch
from click.testing import CliRunner
from sinabs.layers import IAFSqueeze
from torch import nn

import speckhal
from speckhal import Answer, Capability, ConfigurationError, LayerSpec, OpenDevice, plan_leak
from speckhal.cli import main
from speckhal.discovery.registry import registry

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import numpy.typing as npt
    from typing_extensions import Self

SHAPE = (1, 3, 3)
WISH = "[30, -12]% per 10 ms"


def net() -> nn.Sequential:
    """Two layers of sinabs, the second without biases of its own."""
    first, second = nn.Conv2d(1, 2, kernel_size=2), nn.Conv2d(2, 2, kernel_size=1, bias=False)
    nn.init.constant_(first.weight, 0.7)
    first.bias = nn.Parameter(torch.tensor([-0.1, 0.3]))
    nn.init.constant_(second.weight, -0.9)
    return nn.Sequential(
        first,
        IAFSqueeze(batch_size=1, min_v_mem=-1.0),
        second,
        IAFSqueeze(batch_size=1, min_v_mem=-2.0, spike_threshold=2.0),
    )


class OwnBiases:
    """An emulated Speck that takes no biases besides the network's own."""

    def __init__(self, inner: Any, *, previews: bool) -> None:
        self._inner = inner
        less = {Capability.DIRECT_BIASES} | ({Capability.PREVIEW} if not previews else set())
        self.capabilities = inner.capabilities - less
        self.info = attrs.evolve(inner.info, backend="own")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *reason: object) -> None:
        self._inner.close()

    def deploy(self, network: object, *, input_shape: Any, leak: Any = None) -> Any:
        return self._inner.deploy(network, input_shape=input_shape, leak=leak)

    def preview(self, network: object, *, input_shape: Any, leak: Any = None) -> Any:
        return self._inner.preview(network, input_shape=input_shape, leak=leak)

    def with_biases(
        self, network: nn.Sequential, *, input_shape: Any, biases: Mapping[int, npt.ArrayLike]
    ) -> nn.Sequential:
        """The network with these biases by sinabs' own scale, which they leave as it is."""
        twin = copy.deepcopy(network)
        weighted = [one for one in twin if isinstance(one, nn.Conv2d)]
        for layer in self._inner.preview(network, input_shape=input_shape).layers:
            own = np.asarray(biases[layer.index], np.float64) / layer.scale
            weighted[layer.index].bias = nn.Parameter(torch.tensor(own, dtype=torch.float32))
        return twin


class Own:
    """A backend of such boards, which previews nothing without one."""

    name, api_version, summary = "own", 1, "boards that take a network's own biases alone"
    emulated = True

    def __init__(self) -> None:
        mock, _ = speckhal.select("mock")
        self.targets, self.chip, self.example = mock.targets, mock.chip, mock.example
        self.capabilities = mock.capabilities - {Capability.DIRECT_BIASES, Capability.PREVIEW}

    @speckhal.hookimpl
    def speckhal_backend(self) -> Own:
        return self

    def open(self, target: str | None = None, options: Any = None) -> Any:
        return OwnBiases(speckhal.open_raw_device("mock", **(options or {})), previews=False)


@pytest.fixture(params=[True, False], ids=["previews", "previews nothing"])
def device(request: pytest.FixtureRequest) -> Iterator[OpenDevice]:
    raw = OwnBiases(speckhal.open_raw_device("mock"), previews=request.param)
    make = speckhal.select("mock")[0].example
    with OpenDevice(raw, make_network=make) as opened:  # type: ignore[arg-type]  # the rest is the mock's
        yield opened


def test_a_plan_arrives_through_the_rounding_of_sinabs_and_is_what_ticks_make(
    device: OpenDevice,
) -> None:
    network = net()
    before = copy.deepcopy(network.state_dict())
    plan = plan_leak(network, WISH, input_shape=SHAPE, on=device)
    assert max(np.abs(biases).max() for biases in plan.biases.values()) <= 127

    deployment = device.deploy(network, input_shape=SHAPE, plan=plan)
    run = speckhal.run_leak(device, every_s=0.01, for_s=0.05)

    for layer in deployment.layers:
        assert layer.biases.tolist() == plan.biases[layer.index].tolist()
    assert device.deployment is not None
    assert getattr(device.deployment.plan, "is_applied", False)
    assert run.answer is Answer.AGREES
    fell = (run.trace(0).v_mem[0].astype(int) - run.trace(0).v_mem[1])[:, 0, 0]
    ticks = fell[0] / -plan.biases[0][0]
    assert ticks == int(ticks)
    assert fell.tolist() == (-plan.biases[0] * ticks).tolist()
    after = network.state_dict()
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_a_plan_of_16_bits_is_refused_where_sinabs_would_scale_all_else_for_it(
    device: OpenDevice,
) -> None:
    network = net()
    plan = plan_leak(network, WISH, input_shape=SHAPE, on=device, bits=16, rates_hz=25)
    assert np.abs(plan.biases[0]).max() > 127

    with pytest.raises(ConfigurationError, match=r"only a network's own, of 8 bits") as no:
        device.deploy(network, input_shape=SHAPE, plan=plan)
    assert "bits=8" in str(no.value.hint)


def test_a_plan_of_16_bits_for_another_network_is_refused_as_that() -> None:
    raw = OwnBiases(speckhal.open_raw_device("mock"), previews=True)
    other = net()
    other[0].load_state_dict({"weight": torch.full((2, 1, 2, 2), 0.4), "bias": torch.zeros(2)})
    with OpenDevice(raw, make_network=speckhal.select("mock")[0].example) as device:  # type: ignore[arg-type]  # the rest is the mock's
        plan = plan_leak(other, WISH, input_shape=SHAPE, on=device, bits=16, rates_hz=25)
        with pytest.raises(ConfigurationError, match="leak plan for a network with"):
            device.deploy(net(), input_shape=SHAPE, plan=plan)


def test_a_list_of_layers_is_changed_without_the_plugin(device: OpenDevice) -> None:
    layers = [LayerSpec((2, 2, 2), biases=[0, 0], initial=100)]
    plan = plan_leak(layers, WISH, input_shape=(1, 2, 2), on=device)
    deployment = device.deploy(layers, input_shape=(1, 2, 2), plan=plan)
    assert deployment.layer(0).biases.tolist() == plan.biases[0].tolist()
    assert list(layers[0].biases or ()) == [0, 0]


def test_the_command_opens_a_board_that_cannot_be_previewed_without_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "nets.py").write_text(
        "import speckhal\nlayers = [speckhal.LayerSpec((2, 2, 2), biases=[-1, -1])]\n"
    )
    opened: list[Any] = []

    class Watched(Own):
        def open(self, target: str | None = None, options: Any = None) -> Any:
            opened.append(super().open(target, options))
            return opened[-1]

    registry().register("own", Watched())
    request.addfinalizer(lambda: registry().unregister("own"))
    words = ("plan", "--network", "nets.py:layers", "--leak", WISH, "--json", "--backend")
    there = CliRunner().invoke(main, [*words, "own"])
    without = CliRunner().invoke(main, [*words, "mock", "--bits", "8"])

    assert there.exit_code == 0, there.output
    assert json.loads(there.stdout) == json.loads(without.stdout)
    assert len(opened) == 1
    assert not opened[0].is_open


def test_a_sweep_gives_the_network_the_biases_that_the_board_does_not_take_directly(
    request: pytest.FixtureRequest,
) -> None:
    registry().register("own", Own())
    request.addfinalizer(lambda: registry().unregister("own"))
    layers = [LayerSpec((2, 2, 2), biases=[0, 0], threshold_high=900, initial=899)]
    networks = [
        speckhal.ExampleNetwork(net(), SHAPE, "of sinabs"),
        speckhal.ExampleNetwork(layers, (1, 2, 2), "of layers"),
    ]

    table = speckhal.sweep(
        {"backend": "own", "network": networks, "bias": [-3, 30_000], "ticks": 3}
    )

    kept = [row for row in table.rows if row["bias"] == -3]
    assert [row.get("error") for row in kept] == [None] * 3
    assert {row["expected_step"] for row in kept} == {-3}
    lost = [str(row["error"]) for row in table.rows if row["bias"] != -3]
    assert "comes to 127 in layer 0: it shares the bits of the weights" in lost[0]
    assert "'direct biases' (DIRECT_BIASES), which it does not declare" in lost[1]
