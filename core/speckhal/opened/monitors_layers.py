"""The layers of an opened device whose spikes come to the host."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from speckhal.contract.capabilities import Capability
from speckhal.opened.held_device import HeldDevice
from speckhal.opened.observers import raw_device_at_work
from speckhal.opened.stimulates_layers import as_spikes

if TYPE_CHECKING:
    from speckhal.contract.capability_protocols import RecordsSpikes
    from speckhal.contract.spikes import Spikes


class MonitorsLayers(HeldDevice):
    """A device that sends the spikes of chosen layers to the host."""

    @property
    def monitored_layers(self) -> tuple[int, ...]:
        """Indices of the layers that were deployed with `monitor=`, as they were given there."""
        return () if self._state.request is None else self._state.request.monitor

    def recorded_spikes(self) -> Spikes:
        """What the monitored layers sent outside of stimulations, such as at ticks.

        What came of a stimulation that an error or Ctrl-C ended is among them, but for that of
        `StimulationUnfinished`, which has it itself.

        Returns:
            What came since it was last asked for, or since the network was deployed. Time is that
            of the board's stop watch, in microseconds: it starts at 0 when a network is deployed
            and at each stimulation. Without such layers, no spikes.

        Raises:
            ConfigurationError: nothing is deployed.
            DeviceClosed: the device is closed.
            CapabilityUnsupported: the device does not declare `RECORD_SPIKES`.
        """
        self._state.demand(Capability.RECORD_SPIKES)
        self._state.deployed("hand over spikes")
        with raw_device_at_work():
            return as_spikes(self.info, cast("RecordsSpikes", self.raw).recorded_spikes())
