from typing import TypeAlias, overload

from samna.speck2eTestBoard import Speck2eTestBoard
from samna.speck2fBoards import (
    Speck2fCharacterizationBoard,
    Speck2fCharQiuciBoard,
    Speck2fDevKit,
    Speck2fLcc84LoulanBoard,
    Speck2fModuleDevKit,
    Speck2fModuleLoulanBoard,
)

# The boards that carry a Speck; samna opens others too.
_Board: TypeAlias = (
    Speck2eTestBoard
    | Speck2fCharacterizationBoard
    | Speck2fModuleDevKit
    | Speck2fDevKit
    | Speck2fLcc84LoulanBoard
    | Speck2fModuleLoulanBoard
    | Speck2fCharQiuciBoard
)

class DefaultConfigBase: ...

class DeviceInfo:
    device_type_name: str
    serial_number: str
    logic_version: int
    usb_bus_number: int
    usb_device_address: int
    def from_json(self, arg0: str, /) -> None: ...
    def to_json(self) -> str: ...

def get_all_devices() -> list[DeviceInfo]: ...
def get_unopened_devices() -> list[DeviceInfo]: ...
def get_opened_devices() -> list[DeviceInfo]: ...
@overload
def open_device(
    deviceInfo: DeviceInfo, defaultConfig: DefaultConfigBase | None = None
) -> _Board: ...
@overload
def open_device(nameAndId: str, defaultConfig: DefaultConfigBase | None = None) -> _Board: ...
def close_device(arg0: _Board, /) -> None: ...
