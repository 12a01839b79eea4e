from .chips.dynapcnn import DynapcnnConfigBuilder

class ChipFactory:
    supported_devices: dict[str, type[DynapcnnConfigBuilder]]
