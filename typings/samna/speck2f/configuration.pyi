from collections.abc import Mapping

from samna import _speck_configuration as _shared
from samna._speck_configuration import CnnLayerConfig as CnnLayerConfig
from samna._speck_configuration import CnnLayerDestination as CnnLayerDestination
from samna._speck_configuration import CnnLayerDimensions as CnnLayerDimensions
from samna._speck_configuration import DebugConfig as DebugConfig
from samna._speck_configuration import DvsLayerConfig as DvsLayerConfig
from samna._speck_configuration import DvsLayerDestination as DvsLayerDestination
from samna._speck_configuration import FactoryConfig as FactoryConfig
from samna._speck_configuration import IOShape as IOShape
from samna._speck_configuration import ReadoutConfig as ReadoutConfig

class DvsFilterConfig(_shared.DvsFilterConfig):
    low_pass_mode_enable: bool

class SpeckConfiguration(_shared.SpeckConfiguration):
    @property
    def dvs_filter(self) -> DvsFilterConfig: ...
    @dvs_filter.setter
    def dvs_filter(self, value: DvsFilterConfig | Mapping[str, object]) -> None: ...
