from collections.abc import Mapping

from samna import _speck_configuration as _shared
from samna._document import Document as _Document
from samna._speck_configuration import CnnLayerConfig as CnnLayerConfig
from samna._speck_configuration import CnnLayerDestination as CnnLayerDestination
from samna._speck_configuration import CnnLayerDimensions as CnnLayerDimensions
from samna._speck_configuration import DebugConfig as DebugConfig
from samna._speck_configuration import DvsLayerConfig as DvsLayerConfig
from samna._speck_configuration import DvsLayerDestination as DvsLayerDestination
from samna._speck_configuration import FactoryConfig as FactoryConfig
from samna._speck_configuration import IOShape as IOShape
from samna._speck_configuration import ReadoutConfig as ReadoutConfig

class DvsFilterConfig(_shared.DvsFilterConfig): ...

class RGBConfig(_Document):
    def __init__(self) -> None: ...

class SpeckConfiguration(_shared.SpeckConfiguration):
    @property
    def dvs_filter(self) -> DvsFilterConfig: ...
    @dvs_filter.setter
    def dvs_filter(self, value: DvsFilterConfig | Mapping[str, object]) -> None: ...
    @property
    def rgb_config(self) -> RGBConfig: ...
    @rgb_config.setter
    def rgb_config(self, value: RGBConfig | Mapping[str, object]) -> None: ...

class SpeckConfigurationT(_shared.SpeckConfiguration):
    @property
    def dvs_filter(self) -> DvsFilterConfig: ...
    @dvs_filter.setter
    def dvs_filter(self, value: DvsFilterConfig | Mapping[str, object]) -> None: ...
