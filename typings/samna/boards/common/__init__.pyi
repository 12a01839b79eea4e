from . import power as power

class FirmwareVersions:
    fxtree: str
    unifirm: str
    def from_json(self, arg0: str, /) -> None: ...
    def to_json(self) -> str: ...
