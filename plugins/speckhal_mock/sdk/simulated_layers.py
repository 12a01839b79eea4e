"""The layers of the vendor's simulator, specksim: made by scripts, and what its nodes work with.

Their names and arguments: sinabs' tests. What they do with events is `emulation.specksim`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from speckhal_mock.emulation.options import EmulationOptions
from speckhal_mock.emulation.specksim import SumPooling as Pooling
from speckhal_mock.emulation.specksim import convolution, integrate_and_fire
from speckhal_mock.pybind.casters import misfit
from speckhal_mock.pybind.scalars import REAL, integer, object_list
from speckhal_mock.sdk.bus import current_bus
from speckhal_mock.sdk.event_types import SPECKSIM_SPIKE, SPECKSIM_WEIGHTED_EVENT
from speckhal_mock.sdk.nodes.simulation import Simulated

if TYPE_CHECKING:
    from speckhal_mock.emulation.specksim import Convolution, Pair
    from speckhal_mock.sdk.nodes.simulation import Rule
    from speckhal_mock.sdk.nodes.stream import EventType


class Layer:
    """What turns a list of events into another, without a graph."""

    __module__ = "samna.specksim"
    __slots__ = ("_simulated",)
    _accepts: EventType = SPECKSIM_SPIKE
    _offers: EventType = SPECKSIM_SPIKE

    def __init__(self, features: int | None, in_shape: Pair, rule: Rule) -> None:
        drops = _options().specksim_outside == "drop"
        name = f"{type(self).__module__}.{type(self).__name__}"
        self._simulated = Simulated(name, self._offers, rule, features, in_shape, drops=drops)

    def forward(self, arg0: object, /) -> list[object]:
        """What a list of events makes the layer send.

        Raises:
            TypeError: it is not a list, or holds something that is not such an event.
        """
        events = object_list(arg0, "forward")
        strangers = self._accepts.strangers(events)
        if strangers:
            raise misfit("forward", f"a list of {self._accepts.variant}s", strangers[0])
        return [event for batch in self._simulated.make(events) for event in batch]


class ShapedLayer(Layer):
    """A layer of which the shape of what comes out follows from its parameters."""

    __module__ = "samna.specksim"
    __slots__ = ("_out_shape",)

    def __init__(self, features: int | None, rule: Convolution | Pooling) -> None:
        super().__init__(features, rule.in_shape, rule)
        self._out_shape = rule.out_shape

    def get_output_shape(self) -> Pair:
        """Rows and columns of what comes out."""
        return self._out_shape


class Convolution2d(ShapedLayer):
    """Turns spikes into the weighted events of a convolution, which has no biases.

    Its arguments are channels in and out, then as (rows, columns) kernel, input, stride, padding.
    Weights are 0 until they are set.

    Raises:
        TypeError: one is no integer, or no pair of them.
        RuntimeError: no neuron is behind such a convolution.
    """

    __module__ = "samna.specksim"
    __slots__ = ("_channels", "_kernel", "_steps")
    _offers = SPECKSIM_WEIGHTED_EVENT

    def __init__(
        self,
        arg0: object,
        arg1: object,
        arg2: object,
        arg3: object,
        arg4: object,
        arg5: object,
        /,
    ) -> None:
        self._channels = (_from(arg0, 1), _from(arg1, 1))
        kernel, in_shape, stride = (_pair(pair, 1) for pair in (arg2, arg3, arg4))
        padding = _pair(arg5, 0)
        if any(
            size + 2 * pad < side for size, pad, side in zip(in_shape, padding, kernel, strict=True)
        ):
            raise RuntimeError(
                f"A convolution was given a kernel of {kernel[0]} x {kernel[1]} for an input of "
                f"{in_shape[0]} x {in_shape[1]} with a padding of {padding[0]} and {padding[1]}: "
                f"it does not fit in."
            )
        self._kernel, self._steps = kernel, (stride, padding)
        weights = np.zeros((*self._channels[::-1], *kernel))
        rule = convolution(weights, in_shape, stride, padding, _options())
        super().__init__(self._channels[0], rule)

    def set_weights(self, arg0: object, /) -> None:
        """Set the weights by channel out, channel in, row and column, as torch has them.

        Raises:
            TypeError: they are not four lists in one another that hold numbers.
            RuntimeError: they do not fit the parameters.
        """
        try:
            weights = np.array(arg0, dtype=np.float64)
        except (TypeError, ValueError):
            weights = np.zeros(0)
        if weights.ndim != 4:
            raise misfit("set_weights", "four lists in one another that hold numbers", arg0)
        wanted = (*self._channels[::-1], *self._kernel)
        if weights.shape != wanted:
            raise RuntimeError(
                f"set_weights was given weights of shape {weights.shape}, and the parameters that "
                f"were set need {wanted}."
            )
        simulated = self._simulated
        simulated.rule = convolution(weights, simulated.in_shape, *self._steps, _options())


class SumPooling(ShapedLayer):
    """Passes each spike on with its row and column divided.

    Its arguments are how many rows and columns become one, and how many of both come in.

    Raises:
        TypeError: one is no pair of integers.
    """

    __module__ = "samna.specksim"
    __slots__ = ()

    def __init__(self, arg0: object, arg1: object, /) -> None:
        super().__init__(None, Pooling(in_shape=_pair(arg1, 1), kernel=_pair(arg0, 1)))


class IntegrateAndFire(Layer):
    """Neurons without leak, which turn weighted events into spikes; all begin at 0.

    Its arguments are features, (rows, columns), threshold and lowest potential.

    Raises:
        TypeError: one is no number, or no pair of integers.
        RuntimeError: the threshold is not above 0.
    """

    __module__ = "samna.specksim"
    __slots__ = ("_neurons",)
    _accepts = SPECKSIM_WEIGHTED_EVENT

    def __init__(self, arg0: object, arg1: object, arg2: object, arg3: object, /) -> None:
        features, shape = _from(arg0, 1), _pair(arg1, 1)
        load = REAL.loader(_TAKER)
        threshold, min_v_mem = load(arg2), load(arg3)
        if not threshold > 0:
            raise RuntimeError(f"The threshold is {threshold:g}; it must be above 0.")
        self._neurons = integrate_and_fire(features, shape, threshold, min_v_mem, _options())
        super().__init__(features, shape, self._neurons)

    def get_v_mem(self) -> list[list[list[float]]]:
        """The membrane potentials by feature, row and column."""
        potentials: list[list[list[float]]] = self._neurons.v_mem.tolist()
        return potentials

    def reset_states(self) -> None:
        """Set every membrane potential to 0."""
        self._neurons.reset()


def simulated(layer: Layer) -> Simulated:
    """What a layer computes."""
    return layer._simulated  # noqa: SLF001  # private only to the scripts that hold it


def _options() -> EmulationOptions:
    """Those of a board that is plugged in, since a simulation has no options of its own."""
    boards = current_bus().boards
    return boards[0].options if boards else EmulationOptions()


_TAKER = "a layer of specksim"


def _from(value: object, lowest: int) -> int:
    number = integer(value, _TAKER)
    if number < lowest:
        raise misfit(_TAKER, f"integers of at least {lowest} here", value)
    return number


def _pair(value: object, lowest: int) -> Pair:
    items = object_list(value, _TAKER)
    if len(items) != 2:
        raise misfit(_TAKER, "pairs of integers", value)
    return _from(items[0], lowest), _from(items[1], lowest)
