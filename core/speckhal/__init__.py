"""One typed device API for SynSense Speck boards.

Every name here is imported when it is first used, so `import speckhal` costs next to nothing:

    import speckhal

    with speckhal.open_device("mock:speck2f") as device:
        print(device.info)
"""

from __future__ import annotations

import importlib
import weakref
from typing import TYPE_CHECKING

from speckhal.former_paths import FORMER_PATHS, let_former_paths_be_imported

if TYPE_CHECKING:
    from speckhal.contract.address import AddressLayout, Shape
    from speckhal.contract.backend import (
        API_VERSION,
        Backend,
        BoardDescription,
        DescribesBoards,
        DeskEmulator,
        Emulator,
        Target,
    )
    from speckhal.contract.capabilities import Capability, ClockDrive
    from speckhal.contract.chip import ChipFacts, CoreMemory
    from speckhal.contract.clock import Clock, VirtualClock, WallClock
    from speckhal.contract.deployment import DeployedLayer, Deployment
    from speckhal.contract.device import Device, DeviceInfo
    from speckhal.contract.errors import (
        BackendAmbiguous,
        BackendBroken,
        BackendDisabled,
        BackendError,
        BackendIncompatible,
        BackendNotFound,
        CapabilityUnsupported,
        ConfigurationError,
        DeviceBusy,
        DeviceClosed,
        DeviceError,
        DeviceFailed,
        DeviceNotFound,
        InputError,
        LayerNotFound,
        NetworkDoesNotFit,
        NetworkDoesNotLeak,
        NetworkError,
        NotEmulated,
        ProbeIncomplete,
        SpeckhalError,
        VendorUnavailable,
    )
    from speckhal.contract.facts import Certainty, Erratum, Fact, Range
    from speckhal.contract.health import Finding, HealthCheck, Severity
    from speckhal.contract.leak_config import LeakConfig
    from speckhal.contract.limits import FactWarning
    from speckhal.contract.linear_address import LinearAddresses
    from speckhal.contract.network_spec import ExampleNetwork, LayerSpec, Reset
    from speckhal.contract.probe import NeuronProbe
    from speckhal.contract.reading import Reading, Trace
    from speckhal.discovery.entry_points import Offer
    from speckhal.discovery.hooks import hookimpl
    from speckhal.discovery.opening import open_device, open_raw_device, select
    from speckhal.discovery.registry import Registry
    from speckhal.discovery.selection import Selection
    from speckhal.discovery.single_board import SingleBoardBackend
    from speckhal.leak.channel_verdict import Answer
    from speckhal.leak.experiment import measure_leak
    from speckhal.leak.verdict import Verdict, judge
    from speckhal.opened.observers import RunInfo
    from speckhal.opened.open_device import OpenDevice
    from speckhal.opened.open_devices import close_devices
    from speckhal.opened.open_probe import OpenProbe

    __version__: str

__all__ = [
    "API_VERSION",
    "AddressLayout",
    "Answer",
    "Backend",
    "BackendAmbiguous",
    "BackendBroken",
    "BackendDisabled",
    "BackendError",
    "BackendIncompatible",
    "BackendNotFound",
    "BoardDescription",
    "Capability",
    "CapabilityUnsupported",
    "Certainty",
    "ChipFacts",
    "Clock",
    "ClockDrive",
    "ConfigurationError",
    "CoreMemory",
    "DeployedLayer",
    "Deployment",
    "DescribesBoards",
    "DeskEmulator",
    "Device",
    "DeviceBusy",
    "DeviceClosed",
    "DeviceError",
    "DeviceFailed",
    "DeviceInfo",
    "DeviceNotFound",
    "Emulator",
    "Erratum",
    "ExampleNetwork",
    "Fact",
    "FactWarning",
    "Finding",
    "HealthCheck",
    "InputError",
    "LayerNotFound",
    "LayerSpec",
    "LeakConfig",
    "LinearAddresses",
    "NetworkDoesNotFit",
    "NetworkDoesNotLeak",
    "NetworkError",
    "NeuronProbe",
    "NotEmulated",
    "Offer",
    "OpenDevice",
    "OpenProbe",
    "ProbeIncomplete",
    "Range",
    "Reading",
    "Registry",
    "Reset",
    "RunInfo",
    "Selection",
    "Severity",
    "Shape",
    "SingleBoardBackend",
    "SpeckhalError",
    "Target",
    "Trace",
    "VendorUnavailable",
    "Verdict",
    "VirtualClock",
    "WallClock",
    "__version__",
    "close_devices",
    "hookimpl",
    "judge",
    "measure_leak",
    "open_device",
    "open_raw_device",
    "select",
]

_NAMES_OF_MODULE = {
    "contract.address": ("AddressLayout", "Shape"),
    "leak.channel_verdict": ("Answer",),
    "contract.backend": (
        "API_VERSION",
        "Backend",
        "BoardDescription",
        "DescribesBoards",
        "DeskEmulator",
        "Emulator",
        "Target",
    ),
    "contract.chip": ("ChipFacts", "CoreMemory"),
    "contract.clock": ("Clock", "VirtualClock", "WallClock"),
    "contract.deployment": ("DeployedLayer", "Deployment"),
    "contract.capabilities": ("Capability", "ClockDrive"),
    "contract.device": ("Device", "DeviceInfo"),
    "contract.leak_config": ("LeakConfig",),
    "contract.linear_address": ("LinearAddresses",),
    "contract.probe": ("NeuronProbe",),
    "contract.errors": (
        "BackendAmbiguous",
        "BackendBroken",
        "BackendDisabled",
        "BackendError",
        "BackendIncompatible",
        "BackendNotFound",
        "CapabilityUnsupported",
        "ConfigurationError",
        "DeviceBusy",
        "DeviceClosed",
        "DeviceError",
        "DeviceFailed",
        "DeviceNotFound",
        "InputError",
        "LayerNotFound",
        "NetworkDoesNotFit",
        "NetworkDoesNotLeak",
        "NetworkError",
        "NotEmulated",
        "ProbeIncomplete",
        "SpeckhalError",
        "VendorUnavailable",
    ),
    "contract.network_spec": ("ExampleNetwork", "LayerSpec", "Reset"),
    "leak.experiment": ("measure_leak",),
    "contract.facts": ("Certainty", "Erratum", "Fact", "Range"),
    "contract.health": ("Finding", "HealthCheck", "Severity"),
    "discovery.hooks": ("hookimpl",),
    "contract.limits": ("FactWarning",),
    "discovery.entry_points": ("Offer",),
    "opened.open_devices": ("close_devices",),
    "contract.reading": ("Reading", "Trace"),
    "discovery.registry": ("Registry",),
    "discovery.opening": ("open_device", "open_raw_device", "select"),
    "opened.observers": ("RunInfo",),
    "opened.open_device": ("OpenDevice",),
    "opened.open_probe": ("OpenProbe",),
    "discovery.selection": ("Selection",),
    "discovery.single_board": ("SingleBoardBackend",),
    "leak.verdict": ("Verdict", "judge"),
}
# Python calls what is to be done at exit last registered first, and finalisers, which close devices
# that were left open, are registered all together with the first of them: now, so that whatever
# the program registers from here on still has its devices
weakref.finalize(importlib, bool).atexit = False

let_former_paths_be_imported()

_MODULE_OF_NAME = {name: module for module, names in _NAMES_OF_MODULE.items() for name in names}

if not TYPE_CHECKING:  # else a type checker would believe that every name exists

    def __getattr__(name: str) -> object:
        """Import a public name when it is first used (PEP 562)."""
        if name == "__version__":
            value = importlib.import_module("importlib.metadata").version(__name__)
        elif name in _MODULE_OF_NAME:
            module = importlib.import_module(f"{__name__}.{_MODULE_OF_NAME[name]}")
            value = getattr(module, name)
        elif name in FORMER_PATHS:  # as `import speckhal` gave it once anything had used it
            value = importlib.import_module(f"{__name__}.{name}")
        else:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    """The public names, imported or not."""
    return sorted(__all__)
