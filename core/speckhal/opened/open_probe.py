"""The probe that users hold: checks what it is asked for, and publishes what it reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from speckhal.contract.capabilities import Capability
from speckhal.contract.probe import NeuronProbe
from speckhal.opened.arguments import as_int16
from speckhal.opened.observers import raw_device_at_work
from speckhal.system import log

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from speckhal.contract.address import Shape
    from speckhal.contract.deployment import DeployedLayer
    from speckhal.contract.reading import Reading
    from speckhal.opened.device_state import DeviceState


@attrs.define(eq=False)
class OpenProbe(NeuronProbe):
    """Reads and writes the membrane potentials, and the biases, of one layer.

    Made by `OpenDevice.probe`. It is of the network that was deployed when it was made. Observers
    see each reading too.

    Attributes:
        raw: the probe of the plugin: what it is asked is neither checked nor published.
    """

    _device: object  # that it belongs to, which stays open as long as a probe of it is held
    _state: DeviceState
    raw: NeuronProbe
    _layer: DeployedLayer
    _values: tuple[int, ...]  # shape of what `read` gives, which is less than the layer's for some

    @property
    def layer(self) -> int:
        return self._layer.index

    @property
    def shape(self) -> Shape:
        return self._layer.shape

    def read(self) -> Reading:
        reading = self.read_unpublished()
        self._state.publish(reading)
        return reading

    def read_unpublished(self) -> Reading:
        """As `read`, for an experiment that keeps a reading, or dates it, before others see it.

        It publishes each by `OpenDevice.publish`.

        Raises:
            ProbeIncomplete, LayerNotFound, DeviceClosed: as for `read`.
        """
        self._refuse_if_stale("read membrane potentials")
        with raw_device_at_work():
            reading = self.raw.read()
        if self._values == self.shape:  # all neurons
            self._state.note_read(reading)
        if log.DEVICE.isEnabledFor(log.DEBUG):
            log.DEVICE.debug(
                "%s: read layer %d: %d neurons at %.6f s, in %.6f s",
                log.board(self._state.raw.info),
                self.layer,
                reading.v_mem.size,
                reading.time_s,
                reading.duration_s,
            )
        return reading

    def write(self, v_mem: npt.ArrayLike) -> None:
        self._state.demand(Capability.WRITE_V_MEM)
        values = as_int16(
            v_mem,
            self._values,
            limit=self._state.raw.info.chip.limit("v_mem_range"),
            what="membrane potentials",
            layer=self.layer,
        )
        self._refuse_if_stale("write membrane potentials")
        self._state.states = "leaked"
        with raw_device_at_work():
            self.raw.write(values)

    def read_biases(self) -> npt.NDArray[np.int16]:
        self._state.demand(Capability.WRITE_BIASES)
        self._refuse_if_stale("read biases")
        with raw_device_at_work():
            return self.raw.read_biases()

    def write_biases(self, biases: npt.ArrayLike) -> npt.NDArray[np.int16]:
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
