"""The events of the vendor's simulator, specksim."""

# ruff: noqa: TC001  # the annotations are evaluated at run time

from __future__ import annotations

from typing import Final

from speckhal_mock.pybind.binder import Binder
from speckhal_mock.pybind.casters import U32
from speckhal_mock.pybind.scalars import Float
from speckhal_mock.pybind.values import Record, value


@value
class Spike(Record):
    """A spike, or an input; types are assumed. The time is that of the input that led to it."""

    feature: U32 = 0
    y: U32 = 0
    x: U32 = 0
    timestamp: U32 = 0


@value
class WeightedEvent(Record):
    """What a convolution adds to one neuron; order and types of its members are assumed."""

    feature: U32 = 0
    y: U32 = 0
    x: U32 = 0
    timestamp: U32 = 0
    weight: Float = 0.0


_bind: Final = Binder("samna.specksim.events")

SPIKE: Final = _bind(Spike)
"""The class of that module."""

WEIGHTED_EVENT: Final = _bind(WeightedEvent)
"""The class of that module."""
