"""What reads and writes the neurons of one layer.

What a refusal contains is said at the top of `speckhal.contract.device`, and holds here too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from speckhal.contract.address import Shape
    from speckhal.contract.reading import Reading


class NeuronProbe(Protocol):
    """Reads and writes the membrane potentials, and the biases, of one layer.

    It is of the network that was deployed when it was made. Once another is, everything that it is
    asked raises `LayerNotFound`.
    """

    @property
    def layer(self) -> int:
        """Index of the network layer."""

    @property
    def shape(self) -> Shape:
        """(channels, height, width) of the layer's neurons."""

    def read(self) -> Reading:
        """Membrane potentials now; every neuron answered exactly once.

        Returns:
            int16, (channels, height, width), or (neurons,) where some were chosen.

        Raises:
            ProbeIncomplete: an answer is missing, came twice, or belongs to no neuron asked for.
            LayerNotFound: another network was deployed since the probe was made.
            DeviceClosed: the device is closed.
        """

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

    def read_biases(self) -> npt.NDArray[np.int16]:
        """What each channel's neurons gain at a tick now, in chip units, int16, (channels,).

        Raises:
            ProbeIncomplete: an answer is missing or came twice.
            LayerNotFound: another network was deployed since the probe was made.
            DeviceClosed: the device is closed.
            CapabilityUnsupported: the device does not declare `WRITE_BIASES`.
        """

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
