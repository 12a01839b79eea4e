"""The emulated `samna.speck2e.configuration`, with Speck2e-t, which has five cores."""

# ruff: noqa: TC003  # the annotations are evaluated at run time

from __future__ import annotations

from collections.abc import Sequence as _Sequence
from typing import Annotated as _Annotated

from speckhal_mock.pybind.binder import Binder as _Binder
from speckhal_mock.pybind.nesting import Length as _Length
from speckhal_mock.pybind.structs import Struct as _Struct
from speckhal_mock.sdk import configurations as _templates
from speckhal_mock.sdk.configurations import VECTORS as _VECTORS


class _RGBConfig(_Struct):
    """The parallel video input. The reference names it and no member, so it has none here."""


class _SpeckConfiguration(_templates.SpeckConfiguration):
    """A whole chip."""

    rgb_config: _RGBConfig


class _SpeckConfigurationT(_templates.SpeckConfiguration):
    """The same of a Speck2e-t, which has five cores."""

    cnn_layers: _Annotated[_Sequence[_templates.CnnLayerConfig], _Length(5)]


_bind = _Binder("samna.speck2e.configuration", _VECTORS)

IOShape = _bind(_templates.IOShape)
CnnLayerDimensions = _bind(_templates.CnnLayerDimensions)
CnnLayerDestination = _bind(_templates.CnnLayerDestination)
CnnLayerConfig = _bind(_templates.CnnLayerConfig)
DvsLayerDestination = _bind(_templates.DvsLayerDestination)
DvsLayerConfig = _bind(
    _templates.DvsLayerConfig,
    mirror={"x": True, "y": False},
    mirror_diagonal=True,
    pass_sensor_events=True,
)
DvsFilterConfig = _bind(_templates.DvsFilterConfig)
ReadoutConfig = _bind(_templates.ReadoutConfig)
for _template in _templates.FACTORY_PARTS:
    _bind(_template)
FactoryConfig = _bind(_templates.FactoryConfig)
DebugConfig = _bind(_templates.DebugConfig)
RGBConfig = _bind(_RGBConfig, name="RGBConfig")
SpeckConfiguration = _bind(_SpeckConfiguration, name="SpeckConfiguration")
SpeckConfigurationT = _bind(_SpeckConfigurationT, name="SpeckConfigurationT")
