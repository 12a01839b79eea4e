"""The probe that users hold: checks what it is asked for, and publishes what it reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speckhal.contract.capabilities import Capability
from speckhal.opened.observers import raw_device_at_work
from speckhal.opened.whole_numbers import as_int16

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from speckhal.contract.address import Shape
    from speckhal.contract.deployment import DeployedLayer
    from speckhal.contract.probe import NeuronProbe
    from speckhal.contract.reading import Reading
    from speckhal.opened.device_state import DeviceState


class OpenProbe:
    """Reads and writes the membrane potentials, and the biases, of one layer.

    Made by `OpenDevice.probe`. It is of the network that was deployed when it was made.

    Args:
        device: that it belongs to, which stays open as long as a probe of it is held.
        state: of that device.
        raw: the probe of the plugin.
        layer: as deployed.
        values: shape of what `read` gives and `write` takes: the layer's (channels, height,
            width), or (neurons,) where some were chosen.
    """

    def __init__(
        self,
        device: object,
        state: DeviceState,
        raw: NeuronProbe,
        layer: DeployedLayer,
        values: tuple[int, ...],
    ) -> None:
        self._device = device
        self._state = state
        self._layer = layer
        self._values = values
        self.raw = raw
        """The probe of the plugin: what it is asked is neither checked nor published."""

    @property
    def layer(self) -> int:
        """Index of the network layer."""
        return self._layer.index

    @property
    def shape(self) -> Shape:
        """(channels, height, width) of the layer's neurons."""
        return self._layer.shape

    def read(self) -> Reading:
        """Membrane potentials now; every neuron answered exactly once. Observers see it too.

        Returns:
            int16, (channels, height, width), or (neurons,) where some were chosen.

        Raises:
            ProbeIncomplete: an answer is missing, came twice, or belongs to no neuron asked for.
            LayerNotFound: another network was deployed since the probe was made.
            DeviceClosed: the device is closed.
        """
        reading = self.read_unpublished()
        self._state.publish(reading)
        return reading

    def read_unpublished(self) -> Reading:
        """The same, for an experiment that keeps a reading, or dates it, before others see it.

        It publishes each by `OpenDevice.publish`.

        Raises:
            ProbeIncomplete, LayerNotFound, DeviceClosed: as for `read`.
        """
        self._refuse_if_stale("read membrane potentials")
        with raw_device_at_work():
            return self.raw.read()

    def write(self, v_mem: npt.ArrayLike) -> None:
        """Set membrane potentials, in chip units, of the shape that `read` gives.

        The chip stores them as they are: it neither clamps nor fires until the next update. A clock
        that runs goes on running.

        Warns:
            FactWarning: a value is outside a range that is only assumed of the chip.

        Raises:
            InputError: the shape is another, the array is masked, or a value is not whole, outside
                the chip's `v_mem_range`, or beyond 16 bits.
            LayerNotFound: another network was deployed since the probe was made.
            DeviceFailed: the clock is off, and the chip holds something else.
            DeviceClosed: the device is closed.
            CapabilityUnsupported: the device does not declare `WRITE_V_MEM`.
        """
        self._state.demand(Capability.WRITE_V_MEM)
        values = as_int16(
            v_mem,
            self._values,
            limit=self._state.raw.info.chip.limit("v_mem_range"),
            what="membrane potentials",
            layer=self.layer,
        )
        self._refuse_if_stale("write membrane potentials")
        with raw_device_at_work():
            self.raw.write(values)

    def read_biases(self) -> npt.NDArray[np.int16]:
        """What each channel's neurons gain at a tick now, in chip units, int16, (channels,).

        Raises:
            ProbeIncomplete: an answer is missing or came twice.
            LayerNotFound: another network was deployed since the probe was made.
            DeviceClosed: the device is closed.
            CapabilityUnsupported: the device does not declare `WRITE_BIASES`.
        """
        self._state.demand(Capability.WRITE_BIASES)
        self._refuse_if_stale("read biases")
        with raw_device_at_work():
            return self.raw.read_biases()

    def write_biases(self, biases: npt.ArrayLike) -> npt.NDArray[np.int16]:
        """Set what each channel's neurons gain from the next tick on, in chip units, (channels,).

        Returns:
            What the chip holds now, read back, int16, (channels,).

        Warns:
            FactWarning: a value is outside a range that is only assumed of the chip.

        Raises:
            InputError: the shape is another, the array is masked, or a value is not whole, outside
                the chip's `bias_range`, or beyond 16 bits.
            LayerNotFound: another network was deployed since the probe was made.
            ProbeIncomplete: what the chip holds now could not be read back.
            DeviceFailed: the chip holds something else.
            DeviceClosed: the device is closed.
            CapabilityUnsupported: the device does not declare `WRITE_BIASES`.
        """
        self._state.demand(Capability.WRITE_BIASES)
        values = as_int16(
            biases,
            (self.shape[0],),
            limit=self._state.raw.info.chip.limit("bias_range"),
            what="biases",
            layer=self.layer,
        )
        self._refuse_if_stale("write biases")
        with raw_device_at_work():
            return self.raw.write_biases(values)

    def _refuse_if_stale(self, what: str) -> None:
        self._state.refuse_if_closed(what)
        self._state.refuse_if_replaced(self._layer, what)

    def __repr__(self) -> str:
        return f"<OpenProbe of layer {self.layer} {self.shape}, {self._state.raw.info.board}>"
