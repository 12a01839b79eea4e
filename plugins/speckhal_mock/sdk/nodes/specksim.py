"""What scripts hold of the vendor's simulator, specksim: nodes that have a layer each."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from speckhal_mock.pybind.fields import full_name
from speckhal_mock.sdk.event_types import SPECKSIM_SPIKE, SPECKSIM_WEIGHTED_EVENT
from speckhal_mock.sdk.nodes.simulation import SimulatedLayer
from speckhal_mock.sdk.nodes.stream import NodeInterface
from speckhal_mock.sdk.simulated_layers import (
    Convolution2d,
    IntegrateAndFire,
    Layer,
    SumPooling,
    simulated,
)

if TYPE_CHECKING:
    from speckhal_mock.sdk.nodes.stream import EventType

OneLayer = TypeVar("OneLayer", bound=Layer)


class SpecksimFilterNode(NodeInterface):
    """What scripts hold of a layer of the simulator."""

    __module__ = "samna.specksim.nodes"
    __slots__ = ("_at_work", "_layer")
    _accepts: EventType = SPECKSIM_SPIKE
    _offers: EventType = SPECKSIM_SPIKE

    def __init__(self) -> None:
        name = full_name(type(self))
        self._at_work = SimulatedLayer(name, self._accepts, self._offers)
        self._layer: Layer | None = None
        super().__init__(self._at_work)

    def _take(self, layer: Layer) -> None:
        """Work with `layer` from now on."""
        self._layer, self._at_work.simulated = layer, simulated(layer)
        self._at_work.simulated.name = full_name(type(self))

    def _taken(self, kind: type[OneLayer]) -> OneLayer:
        """The layer that was taken, or RuntimeError before there is one."""
        self._at_work.ready()
        assert isinstance(self._layer, kind)  # noqa: S101  # it is ready
        return self._layer


class SpecksimConvolutionalFilterNode(SpecksimFilterNode):
    """Turns spikes into the weighted events of a convolution, which has no biases."""

    __module__ = "samna.specksim.nodes"
    __slots__ = ()
    _offers = SPECKSIM_WEIGHTED_EVENT

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
        self._take(Convolution2d(arg0, arg1, arg2, arg3, arg4, arg5))

    def set_weights(self, arg0: object, /) -> None:
        """Set the weights by channel out, channel in, row and column, as torch has them.

        Raises:
            TypeError: they are not four lists in one another that hold numbers.
            RuntimeError: they do not fit the parameters, or no parameters were set yet.
        """
        self.get_layer().set_weights(arg0)

    def get_layer(self) -> Convolution2d:
        """The convolution."""
        return self._taken(Convolution2d)


class SpecksimSumPoolingFilterNode(SpecksimFilterNode):
    """Passes each spike on with its row and column divided."""

    __module__ = "samna.specksim.nodes"
    __slots__ = ()

    def set_parameters(self, arg0: object, arg1: object, /) -> None:
        """Set how many rows and columns become one, and how many of both come in.

        Raises:
            TypeError: one is no pair of integers.
        """
        self._take(SumPooling(arg0, arg1))

    def get_layer(self) -> SumPooling:
        """The pooling."""
        return self._taken(SumPooling)


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
        self._take(IntegrateAndFire(arg0, arg1, arg2, arg3))

    def get_layer(self) -> IntegrateAndFire:
        """The neurons."""
        return self._taken(IntegrateAndFire)
