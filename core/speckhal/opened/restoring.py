"""Brings membrane potentials back to what they were when the network was deployed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from speckhal.contract.capabilities import Capability
from speckhal.contract.errors import ConfigurationError, DeviceFailed, NotRecorded
from speckhal.opened.device_state import states_when_deployed
from speckhal.opened.network_hash import network_hash
from speckhal.opened.observers import raw_device_at_work

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from speckhal.contract.device import Device
    from speckhal.opened.device_state import DeviceState

MOVED = ("leaked", "reset", "written")  # from how they were deployed
_HINT = "Deploy the network again, with device.deploy(...)."


def restore_states(device: Device, state: DeviceState) -> None:
    """As `OpenDevice.restore_states`, whose device and state these are."""
    deployment = state.deployed("restore its states")
    if state.states not in MOVED:
        return
    began = states_when_deployed(state.raw)
    if began in MOVED:
        how = "leaked" if began == "leaked" else f"been {began}"
        raise NotRecorded(
            "Asked to restore the states of the deployment, and the record begins when they had "
            f"{how} already.",
            hint="Leave out restore=True: to replay the record from its start, deploy the network "
            "again.",
        )
    device.stop_slow_clock()
    known = dict(state.first_states)
    indices = [layer.index for layer in deployment.layers]
    can_write = Capability.WRITE_V_MEM in device.capabilities
    if can_write and all(index in known for index in indices):
        with raw_device_at_work():
            for index in indices:
                state.raw.probe(index).write(known[index])
    else:
        _deploy_again(device, state, is_known=all(index in known for index in indices))
    state.states = "leaked"  # until it is known that they are not
    for index in indices:
        try:
            with raw_device_at_work():
                v_mem = state.raw.probe(index).read().v_mem
        except NotRecorded:  # a replay starts anew as a whole, also what was never read
            continue
        first = known.setdefault(index, v_mem)
        wrong = int((first != v_mem).sum())
        if wrong:
            raise DeviceFailed(
                f"Asked {state.raw.info.board} to restore the states of layer {index}, and "
                f"{wrong} of its {first.size} neurons hold something else.",
                hint=_HINT,
            )
    # of a replay whose record does not say what it begins with, nobody knows that again
    state.first_states, state.states = known, "restored" if began else began


def _deploy_again(device: Device, state: DeviceState, *, is_known: bool) -> None:
    """Deploy the same network once more, and keep biases that were written since."""
    request = state.request
    before = "" if request is None else request.network_hash
    if request is None or network_hash(request.network) != before:
        raise ConfigurationError(
            "Asked to restore the states of a network that has changed since it was deployed.",
            hint=_HINT,
        )
    if not before and not is_known:
        raise ConfigurationError(
            "Asked to restore states that nobody has read before they leaked, of a network that "
            "does not let itself be compared with the one that was deployed.",
            hint=f"{_HINT} Read each layer before the first tick next time.",
        )
    written: dict[int, npt.NDArray[np.int16]] = {}
    if state.deployment is not None and Capability.WRITE_BIASES in device.capabilities:
        for layer in state.deployment.layers:
            biases = device.probe(layer.index).read_biases()
            if (biases != layer.biases).any():
                written[layer.index] = biases
    plan = None if state.deployment is None else state.deployment.plan
    given: dict[str, Any] = {"monitor": request.monitor} if request.monitor else {}
    deployment = device.deploy(
        request.network,
        input_shape=request.input_shape,
        leak=request.leak,
        biases=request.biases,
        **given,
    )
    state.deployment = attrs.evolve(deployment, plan=plan)
    for index, biases in written.items():
        device.probe(index).write_biases(biases)
