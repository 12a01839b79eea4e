"""What a core is to do during a measurement, as the vendor's own configuration objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs
import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from speckhal.contract.address import Shape
    from speckhal_samna.bindings import CoreConfiguration

V_MIN, V_MAX = -(1 << 15), (1 << 15) - 1


@attrs.frozen
class Route:
    """Where spikes of a core go.

    Attributes:
        layer: a core, or 12 for the readout.
        feature_shift: added to the channel.
        pooling: rows and columns are divided by it.
    """

    layer: int
    feature_shift: int = 0
    pooling: int = 1


@attrs.frozen(kw_only=True)
class CoreSetup:
    """One core. As it comes, one neuron at 0 without bias, out of reach of its thresholds.

    It equals another one if writing either of them makes no difference.

    Attributes:
        shape: (channels, height, width) of its neurons.
        bias: what a tick adds to every neuron.
        inputs: channels of its input.
        weight: what an input spike adds to the neurons of its place: one for all, or an array that
            spreads to (channels, inputs, kernel, kernel).
        kernel: rows and columns of the kernel; the input's map is larger by those besides one.
        decimator: the code of the output decimator, which passes one of 2^(code + 1) spikes, or,
            from 5 on, of twice as many; None to pass all.
        v_mem: initial membrane potentials: one for all, or an array of `shape`.
        threshold_high: a neuron fires at or above this.
        threshold_low: neither a tick nor a spike leaves a neuron below this.
        leaks: whether ticks reach it.
        internal: whether it asks for ticks of the chip's own slow clock.
        monitored: whether its spikes go to the host.
        to_zero: whether a neuron that fires becomes 0; otherwise it loses the threshold.
        drops: whether the congestion balancer drops what comes while the core is busy.
        destinations: where its spikes go, at most two.
    """

    shape: Shape = (1, 1, 1)
    bias: int = 0
    inputs: int = 1
    weight: int | npt.NDArray[np.int8] = attrs.field(
        default=0, eq=attrs.cmp_using(np.array_equal, require_same_type=False)
    )
    kernel: int = 1
    decimator: int | None = None
    v_mem: int | npt.NDArray[np.int16] = attrs.field(
        default=0, eq=attrs.cmp_using(np.array_equal, require_same_type=False)
    )
    threshold_high: int = V_MAX
    threshold_low: int = V_MIN
    leaks: bool = True
    internal: bool = False
    monitored: bool = False
    to_zero: bool = False
    drops: bool = False
    destinations: tuple[Route, ...] = ()

    def write_to(self, core: CoreConfiguration) -> None:
        """Put it into the vendor's configuration of a core."""
        channels, height, width = self.shape
        given, out = core.dimensions.input_shape.size, core.dimensions.output_shape.size
        given.x, given.y = width + self.kernel - 1, height + self.kernel - 1
        out.x, out.y = width, height
        core.dimensions.kernel_size = self.kernel
        core.dimensions.input_shape.feature_count = self.inputs
        core.dimensions.output_shape.feature_count = channels
        kernels = (channels, self.inputs, self.kernel, self.kernel)
        weights = np.broadcast_to(np.asarray(self.weight, dtype=np.int8), kernels)
        core.weights = weights.swapaxes(2, 3)  # as the states below
        core.biases = np.full(channels, self.bias, dtype=np.int16)
        v_mem = np.broadcast_to(np.asarray(self.v_mem, dtype=np.int16), self.shape)
        core.neurons_initial_value = v_mem.swapaxes(1, 2)  # the vendor's tensors have x before y
        core.threshold_high, core.threshold_low = self.threshold_high, self.threshold_low
        core.return_to_zero = self.to_zero
        core.leak_enable = self.leaks
        core.leak_internal_slow_clk_enable = self.internal
        core.monitor_enable = self.monitored
        core.input_congestion_balancer_enable = self.drops
        for route, destination in zip(self.destinations, core.destinations, strict=False):
            destination.enable, destination.layer = True, route.layer
            destination.pooling, destination.feature_shift = route.pooling, route.feature_shift
        core.output_decimator_enable = self.decimator is not None
        core.output_decimator_interval = self.decimator or 0


SLOWEST: Final = CoreSetup(shape=(64, 8, 8), kernel=16, weight=1)
"""A core that an event takes as long as its memories permit, in row and column `SLOWEST_AT`."""

SLOWEST_AT: Final = 15
SLOWEST_OPERATIONS: Final = 64 * 8 * 8
