"""What scripts hold of the vendor's simulator, specksim: nodes that have a layer each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from speckhal_mock.emulation.options import EmulationOptions
from speckhal_mock.emulation.specksim import SumPooling, convolution, integrate_and_fire
from speckhal_mock.pybind.casters import misfit
from speckhal_mock.pybind.fields import full_name
from speckhal_mock.pybind.scalars import REAL, integer, object_list
from speckhal_mock.sdk.bus import current_bus
from speckhal_mock.sdk.event_types import SPECKSIM_SPIKE, SPECKSIM_WEIGHTED_EVENT
from speckhal_mock.sdk.nodes.simulation import SimulatedLayer
from speckhal_mock.sdk.nodes.stream import NodeInterface

if TYPE_CHECKING:
    from speckhal_mock.emulation.specksim import IntegrateAndFire, Pair


class ShapedLayer:
    """What `get_layer` gives of a convolution or a pooling: the shape of what comes out of it."""

    __module__ = "samna.specksim"
    __slots__ = ("_shape",)

    def __init__(self, shape: Pair) -> None:
        self._shape = shape

    def get_output_shape(self) -> Pair:
        """Rows and columns of what comes out."""
        return self._shape


class SpikingLayer:
    """What `get_layer` gives of neurons: their membrane potentials."""

    __module__ = "samna.specksim"
    __slots__ = ("_neurons",)

    def __init__(self, neurons: IntegrateAndFire) -> None:
        self._neurons = neurons

    def get_v_mem(self) -> list[list[list[float]]]:
        """The membrane potentials by feature, row and column."""
        potentials: list[list[list[float]]] = self._neurons.v_mem.tolist()
        return potentials

    def reset_states(self) -> None:
        """Set every membrane potential to 0."""
        self._neurons.reset()


class SpecksimFilterNode(NodeInterface):
    """What scripts hold of a layer of the simulator."""

    __module__ = "samna.specksim.nodes"
    __slots__ = ("_simulated",)
    _accepts = SPECKSIM_SPIKE
    _offers = SPECKSIM_SPIKE

    def __init__(self) -> None:
        self._simulated = SimulatedLayer(full_name(type(self)), self._accepts, self._offers)
        self._simulated.drops = _options().specksim_outside == "drop"
        super().__init__(self._simulated)


class SpecksimConvolutionalFilterNode(SpecksimFilterNode):
    """Turns spikes into the weighted events of a convolution, which has no biases."""

    __module__ = "samna.specksim.nodes"
    __slots__ = ("_parameters", "_weights")
    _offers = SPECKSIM_WEIGHTED_EVENT

    def __init__(self) -> None:
        super().__init__()
        self._parameters: tuple[int, int, Pair, Pair, Pair, Pair] | None = None

    def set_parameters(
        self,
        arg0: object,
        arg1: object,
        arg2: object,
        arg3: object,
        arg4: object,
        arg5: object,
        /,
    ) -> None:
        """Set channels in and out, then as (rows, columns) kernel, input, stride and padding.

        Weights are set afterwards.

        Raises:
            TypeError: one is no integer, or no pair of them.
            RuntimeError: no neuron is behind such a convolution.
        """
        taker = "set_parameters"
        channels = (_from(arg0, 1), _from(arg1, 1))
        kernel, in_shape, stride = (_pair(pair, 1) for pair in (arg2, arg3, arg4))
        padding = _pair(arg5, 0)
        if any(
            size + 2 * pad < side for size, pad, side in zip(in_shape, padding, kernel, strict=True)
        ):
            raise RuntimeError(
                f"{taker} was given a kernel of {kernel[0]} x {kernel[1]} for an input of "
                f"{in_shape[0]} x {in_shape[1]} with a padding of {padding[0]} and {padding[1]}: "
                f"it does not fit in."
            )
        self._parameters = (*channels, kernel, in_shape, stride, padding)
        self._build(np.zeros((channels[1], channels[0], *kernel)))

    def set_weights(self, arg0: object, /) -> None:
        """Set the weights by channel out, channel in, row and column, as torch has them.

        Raises:
            TypeError: they are not four lists in one another that hold numbers.
            RuntimeError: they do not fit the parameters, or no parameters were set yet.
        """
        self._simulated.ready()
        try:
            weights = np.array(arg0, dtype=np.float64)
        except (TypeError, ValueError):
            weights = np.zeros(0)
        if weights.ndim != 4:
            raise misfit("set_weights", "four lists in one another that hold numbers", arg0)
        channels_in, channels_out, kernel, *_ = self._set()
        wanted = (channels_out, channels_in, *kernel)
        if weights.shape != wanted:
            raise RuntimeError(
                f"set_weights was given weights of shape {weights.shape}, and the parameters that "
                f"were set need {wanted}."
            )
        self._build(weights)

    def get_layer(self) -> ShapedLayer:
        """The shape of what comes out."""
        layer: Any = self._simulated.ready()
        return ShapedLayer(layer.out_shape)

    def _set(self) -> tuple[int, int, Pair, Pair, Pair, Pair]:
        parameters = self._parameters
        if parameters is None:
            raise AssertionError
        return parameters

    def _build(self, weights: Any) -> None:
        channels_in, _, _, in_shape, stride, padding = self._set()
        simulated = self._simulated
        simulated.layer = convolution(weights, in_shape, stride, padding, _options())
        simulated.features, simulated.in_shape = channels_in, in_shape


class SpecksimSumPoolingFilterNode(SpecksimFilterNode):
    """Passes each spike on with its row and column divided."""

    __module__ = "samna.specksim.nodes"
    __slots__ = ()

    def set_parameters(self, arg0: object, arg1: object, /) -> None:
        """Set how many rows and columns become one, and how many of both come in.

        Raises:
            TypeError: one is no pair of integers.
        """
        self._simulated.in_shape = _pair(arg1, 1)
        self._simulated.layer = SumPooling(self._simulated.in_shape, _pair(arg0, 1))

    def get_layer(self) -> ShapedLayer:
        """The shape of what comes out."""
        layer: Any = self._simulated.ready()
        return ShapedLayer(layer.out_shape)


class SpecksimIAFFilterNode(SpecksimFilterNode):
    """Neurons without leak, which turn weighted events into spikes."""

    __module__ = "samna.specksim.nodes"
    __slots__ = ()
    _accepts = SPECKSIM_WEIGHTED_EVENT

    def set_parameters(self, arg0: object, arg1: object, arg2: object, arg3: object, /) -> None:
        """Set features, (rows, columns), threshold and lowest potential; all neurons become 0.

        Raises:
            TypeError: one is no number, or no pair of integers.
            RuntimeError: the threshold is not above 0.
        """
        features, shape = _from(arg0, 1), _pair(arg1, 1)
        load = REAL.loader("set_parameters")
        threshold, min_v_mem = load(arg2), load(arg3)
        if not threshold > 0:
            raise RuntimeError(f"The threshold is {threshold:g}; it must be above 0.")
        simulated = self._simulated
        simulated.features, simulated.in_shape = features, shape
        simulated.layer = integrate_and_fire(features, shape, threshold, min_v_mem, _options())

    def get_layer(self) -> SpikingLayer:
        """The neurons' states."""
        layer: Any = self._simulated.ready()
        return SpikingLayer(layer)


def _from(value: object, lowest: int) -> int:
    number = integer(value, "set_parameters")
    if number < lowest:
        raise misfit("set_parameters", f"integers of at least {lowest} here", value)
    return number


def _pair(value: object, lowest: int) -> Pair:
    items = object_list(value, "set_parameters")
    if len(items) != 2:
        raise misfit("set_parameters", "pairs of integers", value)
    return _from(items[0], lowest), _from(items[1], lowest)


def _options() -> EmulationOptions:
    """Those of a board that is plugged in, since a simulation has no options of its own."""
    boards = current_bus().boards
    return boards[0].options if boards else EmulationOptions()
