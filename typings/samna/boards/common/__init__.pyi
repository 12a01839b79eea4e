from samna._document import Document as _Document

from . import power as power

class FirmwareVersions(_Document):
    fxtree: str
    unifirm: str
