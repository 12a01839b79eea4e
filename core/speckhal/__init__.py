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

if TYPE_CHECKING:
    from speckhal.address import AddressLayout, Shape
    from speckhal.backend import API_VERSION, Backend, DeskEmulator, Emulator, Target
    from speckhal.channel_verdict import Answer
    from speckhal.chip import ChipFacts, CoreMemory
    from speckhal.clock import Clock, VirtualClock, WallClock
    from speckhal.deployment import DeployedLayer, Deployment
    from speckhal.device import Capability, ClockDrive, Device, DeviceInfo, LeakConfig, NeuronProbe
    from speckhal.errors import (
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
    from speckhal.example import ExampleNetwork, LayerSpec, Reset
    from speckhal.experiment import measure_leak
    from speckhal.facts import Certainty, Erratum, Fact, Range
    from speckhal.health import Finding, HealthCheck, Severity
    from speckhal.hooks import hookimpl
    from speckhal.limits import FactWarning
    from speckhal.offers import Offer
    from speckhal.open_devices import close_devices
    from speckhal.reading import Reading, Trace
    from speckhal.registry import Registry
    from speckhal.selection import Selection, open_device
    from speckhal.verdict import Verdict, judge

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
    "NetworkDoesNotFit",
    "NetworkDoesNotLeak",
    "NetworkError",
    "NeuronProbe",
    "NotEmulated",
    "Offer",
    "ProbeIncomplete",
    "Range",
    "Reading",
    "Registry",
    "Reset",
    "Selection",
    "Severity",
    "Shape",
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
]

_NAMES_OF_MODULE = {
    "address": ("AddressLayout", "Shape"),
    "channel_verdict": ("Answer",),
    "backend": ("API_VERSION", "Backend", "DeskEmulator", "Emulator", "Target"),
    "chip": ("ChipFacts", "CoreMemory"),
    "clock": ("Clock", "VirtualClock", "WallClock"),
    "deployment": ("DeployedLayer", "Deployment"),
    "device": ("Capability", "ClockDrive", "Device", "DeviceInfo", "LeakConfig", "NeuronProbe"),
    "errors": (
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
    "example": ("ExampleNetwork", "LayerSpec", "Reset"),
    "experiment": ("measure_leak",),
    "facts": ("Certainty", "Erratum", "Fact", "Range"),
    "health": ("Finding", "HealthCheck", "Severity"),
    "hooks": ("hookimpl",),
    "limits": ("FactWarning",),
    "offers": ("Offer",),
    "open_devices": ("close_devices",),
    "reading": ("Reading", "Trace"),
    "registry": ("Registry",),
    "selection": ("Selection", "open_device"),
    "verdict": ("Verdict", "judge"),
}
# Python calls what is to be done at exit last registered first, and finalisers, which close devices
# that were left open, are registered all together with the first of them: now, so that whatever
# the program registers from here on still has its devices
weakref.finalize(importlib, bool).atexit = False

_MODULE_OF_NAME = {name: module for module, names in _NAMES_OF_MODULE.items() for name in names}

if not TYPE_CHECKING:  # else a type checker would believe that every name exists

    def __getattr__(name: str) -> object:
        """Import a public name when it is first used (PEP 562)."""
        if name == "__version__":
            value = importlib.import_module("importlib.metadata").version(__name__)
        elif name in _MODULE_OF_NAME:
            module = importlib.import_module(f"{__name__}.{_MODULE_OF_NAME[name]}")
            value = getattr(module, name)
        else:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    """The public names, imported or not."""
    return sorted(__all__)
