"""The emulated `samna.speck2f.configuration`."""

# ruff: noqa: TC001  # the annotations are evaluated at run time

from __future__ import annotations

from speckhal_mock.pybind.binder import Binder as _Binder
from speckhal_mock.pybind.casters import Bool as _Bool
from speckhal_mock.sdk import configurations as _templates
from speckhal_mock.sdk.configurations import VECTORS as _VECTORS


class _DvsLayerConfig(_templates.DvsLayerConfig):
    """The event pre-processing between the DVS, or the host, and the cores.

    Switching one of the two monitors on makes `pass_sensor_events` True: monitoring alone is
    enough to see the sensor. Whoever feeds events from the host sets it False afterwards.
    """

    def _was_set(self, name: str) -> None:
        if name in {"monitor_enable", "raw_monitor_enable"} and getattr(self, name):
            self.pass_sensor_events = True


class _DvsFilterConfig(_templates.DvsFilterConfig):
    """The noise filter of the event pre-processing, with a low-pass mode (default assumed)."""

    low_pass_mode_enable: _Bool = False


_bind = _Binder("samna.speck2f.configuration", _VECTORS)

IOShape = _bind(_templates.IOShape)
CnnLayerDimensions = _bind(_templates.CnnLayerDimensions)
CnnLayerDestination = _bind(_templates.CnnLayerDestination)
CnnLayerConfig = _bind(_templates.CnnLayerConfig)
DvsLayerDestination = _bind(_templates.DvsLayerDestination)
DvsLayerConfig = _bind(_DvsLayerConfig, name="DvsLayerConfig")
DvsFilterConfig = _bind(_DvsFilterConfig, name="DvsFilterConfig")
ReadoutConfig = _bind(_templates.ReadoutConfig)
for _template in _templates.FACTORY_PARTS:
    _bind(_template)
FactoryConfig = _bind(_templates.FactoryConfig)
DebugConfig = _bind(_templates.DebugConfig)
SpeckConfiguration = _bind(_templates.SpeckConfiguration)
