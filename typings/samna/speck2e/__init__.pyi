import enum

import samna

from . import configuration as configuration
from . import event as event

class FlashEraseType(enum.Enum):
    SECTOR_4KB = 1
    BLOCK_32KB = 2
    BLOCK_64KB = 3
    CHIP = 4

class FlashStatusType(enum.Enum):
    IDLE = 0
    BUSY = 1

class Speck2eModel:
    def apply_configuration(
        self, arg0: configuration.SpeckConfiguration | configuration.SpeckConfigurationT, /
    ) -> None: ...
    def get_configuration(
        self,
    ) -> configuration.SpeckConfiguration | configuration.SpeckConfigurationT: ...
    def get_sink_node(
        self,
    ) -> (
        samna.DeviceSinkNode_speck2e_event_speck2et_input_event
        | samna.DeviceSinkNode_speck2e_event_speck2e_input_event
    ): ...
    def get_source_node(self) -> samna.DeviceSourceNode_speck2e_event_output_event: ...
    def reset(self) -> None: ...

def configuration_to_flash_binary(
    arg0: configuration.SpeckConfiguration | configuration.SpeckConfigurationT, /
) -> list[int]: ...
def validate_configuration(arg0: configuration.SpeckConfiguration, /) -> tuple[bool, str]: ...
def validate_configuration_t(arg0: configuration.SpeckConfigurationT, /) -> tuple[bool, str]: ...
