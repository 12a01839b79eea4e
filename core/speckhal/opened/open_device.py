"""The device that users hold: the one place for what holds of every board.

A plugin's device implements the Protocols of `speckhal.contract`; this stands before it. It refuses
what the device does not declare by its name, checks arguments against the chip's facts, and informs
observers. So a plugin contains only what is its own, and a new capability breaks no plugin.

Each of its abilities is a class in a file of its own, beside this one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from speckhal.opened.deploys_networks import DeploysNetworks
from speckhal.opened.drives_slow_clock import DrivesSlowClock
from speckhal.opened.monitors_layers import MonitorsLayers
from speckhal.opened.probes_neurons import ProbesNeurons
from speckhal.opened.stimulates_layers import StimulatesLayers

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from speckhal.contract.reading import Reading
    from speckhal.opened.observers import RunInfo


class OpenDevice(DeploysNetworks, DrivesSlowClock, StimulatesLayers, MonitorsLayers, ProbesNeurons):
    """An open board, or the mock. Close it, or use it in a `with` statement.

    The slow clock is off when a device opens, after `deploy`, and when it closes, whatever
    happened in between. Once it is closed, whatever takes the board raises `DeviceClosed`. It
    belongs to the process that opened it: one that is forked from that can neither use nor close
    it. What a refusal contains is said at the top of `speckhal.contract.device`.

    A list of `LayerSpec` is a network for every device that `speckhal.open_device` opens, whatever
    other form its backend takes. Its deployment is in chip units, as the layers are: `scale` is 1.

    Args:
        raw: the device of a plugin.
        observers: who is informed of readings and runs; None for nobody.
        make_network: `example` of its backend, by which lists of `LayerSpec` are deployed on a
            device that takes networks in another form; None to pass them on as they are.
        selection: what opened it, as `backend:target`; empty where nobody knows.
        options: that it was opened with, as plain data.
    """

    def announced_run(
        self, *layers: int, run_id: str | None = None
    ) -> AbstractContextManager[RunInfo | None]:
        """In the body, what is read belongs to one run, of whose start and end observers hear.

        `measure_leak` and `run_leak` do this by themselves. Where this device is not the outermost
        one, it gives None and nobody hears of it.

        Args:
            layers: indices of the network layers that it reads.
            run_id: a name that no other run has; None for a new one.

        Raises:
            ConfigurationError: nothing is deployed.
            LayerNotFound: the network has no such layer.
            DeviceClosed: the device is closed.
        """
        return self._state.announced_run(layers, run_id)

    def publish(self, reading: Reading) -> None:
        """Inform observers of a reading that was taken by `OpenProbe.read_unpublished`."""
        self._state.publish(reading)
