"""What deploying would return, asked of an open device and of its backend without a board."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import attrs

from speckhal.conformance.case import case
from speckhal.conformance.expectations import demand, demand_equal
from speckhal.contract.backend import preview_without_board
from speckhal.contract.capabilities import Capability
from speckhal.contract.deployment import DeployedLayer
from speckhal.contract.errors import NetworkDoesNotFit
from speckhal.contract.network_spec import LayerSpec

if TYPE_CHECKING:
    from speckhal.conformance.suite_bench import SuiteBench
    from speckhal.contract.capability_protocols import PreviewsNetworks
    from speckhal.contract.deployment import Deployment

PREVIEW = Capability.PREVIEW
LAYERS = (
    LayerSpec((2, 3, 5), (-3, -5), threshold_high=90, threshold_low=-40, initial=20),
    LayerSpec((1, 3, 5), (-7,), threshold_high=120, threshold_low=-60, initial=30),
)


@case("A preview is what deploying returns.", PREVIEW, deployments=2)
def a_preview_is_what_deploying_returns(bench: SuiteBench) -> None:
    """Each layer in full, with a leak and, where the device takes them, with direct biases."""
    network = bench.backend.example(bench.measures.fit_each(*LAYERS))
    device = cast("PreviewsNetworks", bench.device)
    leak = bench.any_leak()
    shape = network.input_shape
    previewed = device.preview(network.network, input_shape=shape, leak=leak)
    deployed = bench.device.deploy(network.network, input_shape=shape, leak=leak)
    _demand_same(previewed, deployed, "with a leak")
    if bench.declares(Capability.DIRECT_BIASES):
        last = deployed.layers[-1]
        biases = {last.index: bench.measures.channels_of((-9, 11), last.shape[0])}
        previewed = device.preview(network.network, input_shape=shape, biases=biases)
        deployed = bench.device.deploy(network.network, input_shape=shape, biases=biases)
        _demand_same(previewed, deployed, "with direct biases")


@case("A preview changes nothing on the board.", PREVIEW)
def a_preview_changes_nothing(bench: SuiteBench) -> None:
    """The network that is deployed is still there, with its potentials."""
    small = bench.deploy_fitted(LayerSpec((1, 2, 2), (-13,), initial=50))
    before = bench.read()
    network = bench.backend.example(bench.measures.fit_each(*LAYERS))
    device = cast("PreviewsNetworks", bench.device)
    device.preview(network.network, input_shape=network.input_shape)
    demand_equal(before.shape, small.shape, "The shape of what was deployed")
    bench.demand_reads(before, "after another network was previewed")


@case("A backend previews without a board what its device does.", PREVIEW)
def a_backend_previews_without_a_board(bench: SuiteBench) -> None:
    """The same layers, with no board asked."""
    network = bench.backend.example(bench.measures.fit_each(*LAYERS))
    device = cast("PreviewsNetworks", bench.device)
    expected = device.preview(network.network, input_shape=network.input_shape)
    bench.device.close()
    target = bench.subject.target
    backend = preview_without_board(bench.backend, target)
    if backend is None:
        demand(False, "It declares 'preview', and the backend has no `preview`.")
        return
    previewed = backend.preview(network.network, input_shape=network.input_shape, target=target)
    _demand_same(previewed, expected, "without a board")


@case("A preview refuses what deploying refuses.", PREVIEW)
def a_preview_refuses_what_deploying_refuses(bench: SuiteBench) -> None:
    """One layer more than there are cores."""
    cores = len(bench.measures.room.cores)
    small = bench.measures.fit(LayerSpec((1, 2, 2), (-13,)))
    network = bench.backend.example([small] * (cores + 1))
    device = cast("PreviewsNetworks", bench.device)
    with bench.refusal(
        NetworkDoesNotFit,
        f"A preview of {cores + 1} layers on {cores} cores",
        names={"the layers": cores + 1, "the cores": cores},
    ):
        device.preview(network.network, input_shape=network.input_shape)


def _demand_same(previewed: Deployment, deployed: Deployment, how: str) -> None:
    demand_equal(
        [layer.index for layer in previewed.layers],
        [layer.index for layer in deployed.layers],
        f"The layers of a preview {how}",
    )
    for ours, theirs in zip(previewed.layers, deployed.layers, strict=True):
        for field in attrs.fields(DeployedLayer):
            value, expected = getattr(ours, field.name), getattr(theirs, field.name)
            what = f"`{field.name}` of layer {theirs.index} in a preview {how}"
            demand_equal(value, expected, what)
