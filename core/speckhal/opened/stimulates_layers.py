"""Spikes into the layers of an opened device, and what the monitored ones answer."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, cast

from speckhal.contract.capabilities import Capability
from speckhal.contract.errors import BackendBroken
from speckhal.contract.spikes import Spikes
from speckhal.opened.given_spikes import checked_spikes
from speckhal.opened.held_device import HeldDevice
from speckhal.opened.observers import raw_device_at_work
from speckhal.system import log

if TYPE_CHECKING:
    from speckhal.contract.capability_protocols import Stimulates
    from speckhal.contract.device import DeviceInfo


class StimulatesLayers(HeldDevice):
    """A device whose layers take spikes from the host."""

    def stimulate(self, spikes: Spikes) -> Spikes:
        """Play spikes into the network, and return what the monitored layers sent meanwhile.

        Time 0 is the beginning of this stimulation, of the spikes that go in and of those that come
        out. It returns when the last time has passed and no spike is on its way any more. The slow
        clock goes on if it runs. Neurons keep their states: two stimulations, one after another,
        are as one that is longer, as far as no tick comes between.

        Args:
            spikes: in any order; those of one microsecond go in as they stand. The layer of each is
                the one whose input gets it, its coordinates are of that layer's input map
                (`DeployedLayer.input_shape`). Or it is `speckhal.SENSOR_INPUT`, for a network that
                takes events of the vision sensor.

        Returns:
            Of the layers that were deployed with `monitor=`, in the order of time: when the board
            saw them, in microseconds since the beginning, and the neuron in the layer's own map.
            Without such layers, no spikes.

        Raises:
            InputError: `spikes` are something else than `Spikes`; or one lies outside of the input
                that it is for, or comes later than a board counts (2**32 - 1 us).
            LayerNotFound: the network has no such layer, or no input of the sensor.
            ConfigurationError: nothing is deployed.
            StimulationUnfinished: it does not end; its `spikes` are those until then.
            DeviceClosed: the device is closed.
            CapabilityUnsupported: the device does not declare `STIMULATE`.
        """
        self._state.demand(Capability.STIMULATE)
        given = checked_spikes(spikes, self._state.deployed("be stimulated"))
        if len(given):
            self._state.states = "leaked"
        begun_s = time.perf_counter()
        with raw_device_at_work():
            sent = as_spikes(self.info, cast("Stimulates", self.raw).stimulate(given))
        if log.DEVICE.isEnabledFor(log.INFO):
            took_s = time.perf_counter() - begun_s
            board = log.board(self.info)
            counts = len(given), len(sent)
            log.DEVICE.info("%s: %d spikes in, %d out; took %.3f s", board, *counts, took_s)
        return sent


def as_spikes(info: DeviceInfo, sent: object) -> Spikes:
    """What the device of a plugin sent, if it is spikes.

    Raises:
        BackendBroken: it is something else.
    """
    if isinstance(sent, Spikes):
        return sent
    raise BackendBroken(
        f"{info.board} was asked for spikes and returned something of type {type(sent).__name__}.",
        hint=f"Report this to the authors of the backend {info.backend!r}.",
    )
