"""An emulated `samna`: the part of the vendor's SDK that programs for Speck boards use.

Boards come from the emulated bus (`bus.current_bus`), not from USB. Modules and classes are called
as the vendor calls them; what is not emulated says so when it is called.
"""

from __future__ import annotations

from types import ModuleType as _ModuleType
from typing import TYPE_CHECKING as _TYPE_CHECKING
from typing import Any as _Any

from speckhal_mock.samna import debugging as debugging
from speckhal_mock.samna import device as device
from speckhal_mock.samna import graph as graph
from speckhal_mock.samna import jit as jit
from speckhal_mock.samna import speck2e as speck2e
from speckhal_mock.samna import speck2eTestBoard as speck2eTestBoard
from speckhal_mock.samna import speck2f as speck2f
from speckhal_mock.samna import speck2fBoards as speck2fBoards
from speckhal_mock.samna import specksim as specksim
from speckhal_mock.sdk import records as _records
from speckhal_mock.sdk import windows as _windows
from speckhal_mock.sdk.configurations import Vec2_unsigned_char as Vec2_unsigned_char
from speckhal_mock.sdk.io_module import StopWatch as _StopWatch
from speckhal_mock.sdk.node_classes import NODE_CLASSES as _NODE_CLASSES
from speckhal_mock.sdk.nodes.ends import SinkError as SinkError
from speckhal_mock.sdk.nodes.stream import NodeInterface as _NodeInterface
from speckhal_mock.sdk.power import PowerMonitor as _PowerMonitor

__version__ = "0.48.6.0"
"""The version whose behaviour is emulated."""

_speckhal_emulated = True


def _module(name: str, doc: str, **names: object) -> _ModuleType:
    """One of the vendor's modules with too little in it for a file."""
    made = _ModuleType(f"{__name__}.{name}", f"The emulated `samna.{name}`: {doc}")
    vars(made).update(names)
    return made


boards = _module(
    "boards",
    "what boards of several kinds have in common.",
    common=_module(
        "boards.common",
        "versions and power.",
        FirmwareVersions=_records.FIRMWARE_VERSIONS,
        power=_module(
            "boards.common.power",
            "a power monitor, which estimates.",
            PowerMonitor=_PowerMonitor,
        ),
    ),
)
iris = _module("iris", "what every node of a graph is.", NodeInterface=_NodeInterface)
unifirm = _module(
    "unifirm",
    "what the boards' FPGA offers.",
    modules=_module(
        "unifirm.modules",
        "what its parts send.",
        events=_module(
            "unifirm.modules.events",
            "what the FPGA itself sends, and what a power monitor does.",
            DroppedEventsNum=_records.DROPPED_EVENTS_NUM,
            PowerMeasurement=_records.POWER_MEASUREMENT,
        ),
    ),
    timestamp=_module("unifirm.timestamp", "the counter that stamps events.", StopWatch=_StopWatch),
)

ui = _windows

if _TYPE_CHECKING:

    def __getattr__(name: str) -> type[_Any]:
        """A class of nodes, of which the vendor has one for each type of event."""
        raise AttributeError(name)
else:
    globals().update(_NODE_CLASSES)
