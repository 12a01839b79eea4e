"""Deploys on boards what `speckhal compare` compares: a network, with the plan of a record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from speckhal.contract.capabilities import Capability
from speckhal.contract.errors import CapabilityUnsupported, InputError, NetworkDoesNotLeak
from speckhal.discovery.guarded_loading import blamed_on
from speckhal.discovery.opening import select
from speckhal.discovery.registry import registry
from speckhal.opened.network_hash import network_hash

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy.typing as npt

    from speckhal.cli.compared_experiment import LeakExperimentChoice
    from speckhal.cli.network_options import NetworkChoice
    from speckhal.contract.deployment import Deployment
    from speckhal.contract.network_spec import ExampleNetwork
    from speckhal.discovery.entry_points import Offer
    from speckhal.discovery.option_texts import OptionValue
    from speckhal.opened.open_device import OpenDevice

IN_USE = "failed while its board was in use"


@attrs.frozen
class ChosenBoard:
    """A board that is to be driven.

    Attributes:
        name: "a" or "b".
        selection: as `open_device` takes it.
        options: that it is opened with.
        record: where its run is recorded; None for nowhere.
    """

    name: str
    selection: str
    options: Mapping[str, OptionValue]
    record: Path | None


class Networks:
    """Loads the network for each backend, and a Python file once: it may make random weights."""

    def __init__(self, network: NetworkChoice) -> None:
        self.network = network
        self._loaded: dict[str, ExampleNetwork] = {}

    def __call__(self, board: ChosenBoard) -> ExampleNetwork:
        """The network for the backend of a board."""
        where = self.network.where
        is_code = where is not None and not where.lower().endswith(".nir")
        backend, _ = select(board.selection)
        key = "" if is_code and self.network.weights is None else backend.name
        if key not in self._loaded:
            self._loaded[key] = self.network.load(backend, offer_of(board))
        return self._loaded[key]


def deploy(
    board: ChosenBoard,
    device: OpenDevice,
    experiment: LeakExperimentChoice,
    load: Networks,
) -> None:
    """Deploy the network as the experiment has it.

    Raises:
        InputError: the experiment is of a record of another network than the example.
        CapabilityUnsupported: the board cannot begin as the experiment does.
    """
    wanted = load(board)
    _refuse_start(board, device, experiment)
    is_example = load.network.where is None
    hashes = {network_hash(wanted.network), experiment.network_hash} - {""}
    if is_example and len(hashes) > 1:
        raise InputError(
            "Asked to drive a board as a record was measured, and the record is of another network "
            f"than {wanted.summary}.",
            hint="Give the network of the record: --network FILE.py:NAME.",
        )
    with blamed_on(offer_of(board), IN_USE):
        how = _leak_and_biases(device, experiment, is_example=is_example)
        shape = wanted.input_shape
        with load.network.at_fault():
            try:
                deployed = device.deploy(wanted.network, input_shape=shape, **how)
            except NetworkDoesNotLeak:
                if experiment.deployed is None or len(hashes) != 1 or "plan" in how:
                    raise
                deployed = device.deploy(wanted.network, input_shape=shape)
            biases = {} if "plan" in how else _own_biases(experiment.deployed, deployed)
            if biases and len(hashes) == 1 and device.info.recorded_at is None:
                device.deploy(wanted.network, input_shape=shape, leak=how["leak"], biases=biases)


def _leak_and_biases(
    device: OpenDevice, experiment: LeakExperimentChoice, *, is_example: bool
) -> dict[str, Any]:
    """The plan, or the leak, as `OpenDevice.deploy` takes it."""
    plan, is_replay = experiment.plan, device.info.recorded_at is not None
    if plan is not None and not is_replay:
        chip = device.info.chip.name
        # the same biases and rate on another chip are what is compared
        return {"plan": plan if plan.chip == chip else attrs.evolve(plan, chip=chip, budget=None)}
    leak = device.leak_config(
        drive=experiment.drive,
        rate_hz=experiment.rate_hz,
        events_per_tick=experiment.events_per_tick,
    )
    takes_biases = Capability.DIRECT_BIASES in device.capabilities
    if plan is None or is_example or not takes_biases:
        return {"leak": leak}
    return {"leak": leak, "biases": plan.biases}  # which the replay compares with its own


def _own_biases(
    recorded: Deployment | None, deployed: Deployment
) -> Mapping[int, npt.NDArray[np.int16]]:
    """Biases of a record that were given beside its network, as it now turns out, by layer.

    Of the same network they would be wanted alike on every board, before they are rounded.
    """
    if recorded is None:
        return {}
    layers = {layer.index: layer for layer in deployed.layers}
    return {
        layer.index: layer.biases
        for layer in recorded.layers
        if layer.index in layers
        and layers[layer.index].shape == layer.shape
        and not np.allclose(layers[layer.index].wanted_biases, layer.wanted_biases, atol=1e-9)
    }


def _refuse_start(board: ChosenBoard, device: OpenDevice, experiment: LeakExperimentChoice) -> None:
    """Refuse a start that the board cannot write, before any is measured."""
    can_write = Capability.WRITE_V_MEM in device.capabilities
    if experiment.start is None or device.info.recorded_at is not None or can_write:
        return
    raise CapabilityUnsupported(
        f"Asked to start the neurons of {board.name} from {experiment.start}, and "
        f"{device.info.board} cannot write membrane potentials.",
        hint="Compare without --start, or with a record that begins as its network was deployed.",
        capability=Capability.WRITE_V_MEM,
    )


def offer_of(board: ChosenBoard) -> Offer:
    """The offer of the backend that opens the board."""
    backend, _ = select(board.selection)
    return registry().offer(backend.name)
