"""An emulated `samna`: the part of the vendor's SDK that programs for Speck boards use.

Boards come from the emulated bus (`bus.current_bus`), not from USB. Modules and classes are called
as the vendor calls them; what is not emulated says so when it is called.
"""

from __future__ import annotations

from speckhal_mock.samna import (
    boards,
    debugging,
    device,
    graph,
    iris,
    speck2e,
    speck2eTestBoard,
    speck2f,
    speck2fBoards,
    ui,
    unifirm,
)
from speckhal_mock.sdk import event_types as _types
from speckhal_mock.sdk import node_classes as _classes
from speckhal_mock.sdk.nodes.basic import BasicSinkNode as _BasicSinkNode  # noqa: F401  # for stubtest
from speckhal_mock.sdk.nodes.basic import BasicSourceNode as _BasicSourceNode  # noqa: F401  # for stubtest
from speckhal_mock.sdk.nodes.basic import SinkError
from speckhal_mock.sdk.vectors import Vec2_unsigned_char

__all__ = [
    "BasicSinkNode_speck2e_event_output_event",
    "BasicSinkNode_speck2e_event_speck2e_input_event",
    "BasicSinkNode_speck2e_event_speck2et_input_event",
    "BasicSinkNode_speck2f_event_input_event",
    "BasicSinkNode_speck2f_event_output_event",
    "BasicSinkNode_ui_event",
    "BasicSinkNode_unifirm_modules_events_measurement",
    "BasicSourceNode_speck2e_event_output_event",
    "BasicSourceNode_speck2e_event_speck2e_input_event",
    "BasicSourceNode_speck2e_event_speck2et_input_event",
    "BasicSourceNode_speck2f_event_input_event",
    "BasicSourceNode_speck2f_event_output_event",
    "BasicSourceNode_ui_event",
    "DeviceSinkNode_speck2e_event_speck2e_input_event",
    "DeviceSinkNode_speck2e_event_speck2et_input_event",
    "DeviceSinkNode_speck2f_event_input_event",
    "DeviceSourceNode_speck2e_event_output_event",
    "DeviceSourceNode_speck2f_event_output_event",
    "DeviceSourceNode_unifirm_modules_events_measurement",
    "SinkError",
    "Vec2_unsigned_char",
    "boards",
    "debugging",
    "device",
    "graph",
    "iris",
    "speck2e",
    "speck2eTestBoard",
    "speck2f",
    "speck2fBoards",
    "ui",
    "unifirm",
]

__version__ = "0.48.6.0"
"""The version whose behaviour is emulated."""

_speckhal_emulated = True

BasicSinkNode_speck2e_event_output_event = _classes.SINKS[_types.SPECK2E_OUTPUT]
BasicSinkNode_speck2e_event_speck2e_input_event = _classes.SINKS[_types.SPECK2E_INPUT]
BasicSinkNode_speck2e_event_speck2et_input_event = _classes.SINKS[_types.SPECK2ET_INPUT]
BasicSinkNode_speck2f_event_input_event = _classes.SINKS[_types.SPECK2F_INPUT]
BasicSinkNode_speck2f_event_output_event = _classes.SINKS[_types.SPECK2F_OUTPUT]
BasicSinkNode_ui_event = _classes.SILENT_SINKS[_types.UI]
BasicSinkNode_unifirm_modules_events_measurement = _classes.SILENT_SINKS[_types.MEASUREMENT]
BasicSourceNode_speck2e_event_output_event = _classes.SOURCES[_types.SPECK2E_OUTPUT]
BasicSourceNode_speck2e_event_speck2e_input_event = _classes.SOURCES[_types.SPECK2E_INPUT]
BasicSourceNode_speck2e_event_speck2et_input_event = _classes.SOURCES[_types.SPECK2ET_INPUT]
BasicSourceNode_speck2f_event_input_event = _classes.SOURCES[_types.SPECK2F_INPUT]
BasicSourceNode_speck2f_event_output_event = _classes.SOURCES[_types.SPECK2F_OUTPUT]
BasicSourceNode_ui_event = _classes.UI_SOURCE
DeviceSinkNode_speck2e_event_speck2e_input_event = _classes.CHIP_SINKS[_types.SPECK2E_INPUT]
DeviceSinkNode_speck2e_event_speck2et_input_event = _classes.CHIP_SINKS[_types.SPECK2ET_INPUT]
DeviceSinkNode_speck2f_event_input_event = _classes.CHIP_SINKS[_types.SPECK2F_INPUT]
DeviceSourceNode_speck2e_event_output_event = _classes.CHIP_SOURCES[_types.SPECK2E_OUTPUT]
DeviceSourceNode_speck2f_event_output_event = _classes.CHIP_SOURCES[_types.SPECK2F_OUTPUT]
DeviceSourceNode_unifirm_modules_events_measurement = _classes.CHIP_SOURCES[_types.MEASUREMENT]
