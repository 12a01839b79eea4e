"""The neurons of an opened device: probes of them, and their states set to 0 or restored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speckhal.contract.capabilities import Capability
from speckhal.contract.errors import LayerNotFound
from speckhal.opened.arguments import chosen_neurons
from speckhal.opened.held_device import HeldDevice
from speckhal.opened.observers import raw_device_at_work
from speckhal.opened.open_probe import OpenProbe
from speckhal.opened.restoring import restore_states

if TYPE_CHECKING:
    import numpy.typing as npt


class ProbesNeurons(HeldDevice):
    """A device whose membrane potentials can be read and brought back to what they were."""

    @property
    def states(self) -> str:
        """What is known of the membrane potentials.

        "deployed" as long as nothing has moved them since they were deployed, "leaked" once a tick,
        a running clock, a write or a spike of `stimulate` has, "reset" after `reset_states`, which
        sets all to 0 and leaves them so unless the clock runs, and "restored" after
        `restore_states`. Of a replay it is at first what the record says: "written" too, where its
        run wrote them. What is done past this device is not seen: events of the sensor, or its
        attribute `raw`.
        """
        return self._state.states

    def probe(self, layer: int = 0, *, neurons: npt.ArrayLike | None = None) -> OpenProbe:
        self._state.refuse_if_closed("be probed")
        if self._state.deployment is None:
            raise LayerNotFound(
                "Asked for a layer, and no network is deployed.", hint="Call deploy() first."
            )
        deployed = self._state.deployment.layer(layer)
        chosen = chosen_neurons(neurons, layer=deployed.index, shape=deployed.shape)
        given = {} if chosen is None else {"neurons": chosen}
        with raw_device_at_work():
            raw = self.raw.probe(deployed.index, **given)
        values = deployed.shape if chosen is None else (len(chosen),)
        return OpenProbe(self, self._state, raw, deployed, values)

    def reset_states(self) -> None:
        self._state.demand(Capability.RESET_STATES)
        self._state.refuse_if_closed("reset its states")
        self._state.states = "leaked"  # until it is known that they are 0
        with raw_device_at_work():
            self.raw.reset_states()
        if not self._state.clock_runs:
            self._state.states = "reset"

    def restore_states(self) -> None:
        """Bring all membrane potentials back to what they were when the network was deployed.

        Where nothing has moved them it does nothing; else the slow clock is off afterwards. It
        writes what was read of each layer before anything moved it. Where a layer was not read
        then, or the device does not declare `WRITE_V_MEM`, it deploys the same network once more:
        probes that were made before are of no use then. Each layer is read back.

        Raises:
            ConfigurationError: nothing is deployed; or it would have to deploy again, and the
                network has changed since, or does not let itself be compared.
            DeviceFailed: the board holds something else afterwards.
            DeviceClosed: the device is closed.
        """
        restore_states(self, self._state)
