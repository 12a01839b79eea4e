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
    # as each name itself, so that a type checker takes it for one that is public here
    from speckhal.contract.address import AddressLayout as AddressLayout
    from speckhal.contract.address import Shape as Shape
    from speckhal.contract.backend import API_VERSION as API_VERSION
    from speckhal.contract.backend import Backend as Backend
    from speckhal.contract.backend import BoardDescription as BoardDescription
    from speckhal.contract.backend import DescribesBoards as DescribesBoards
    from speckhal.contract.backend import DeskEmulator as DeskEmulator
    from speckhal.contract.backend import Emulator as Emulator
    from speckhal.contract.backend import Target as Target
    from speckhal.contract.capabilities import Capability as Capability
    from speckhal.contract.capabilities import ClockDrive as ClockDrive
    from speckhal.contract.changes_networks import ChangesNetworks as ChangesNetworks
    from speckhal.contract.chip import ChipFacts as ChipFacts
    from speckhal.contract.chip import CoreMemory as CoreMemory
    from speckhal.contract.clock import Clock as Clock
    from speckhal.contract.clock import VirtualClock as VirtualClock
    from speckhal.contract.clock import WallClock as WallClock
    from speckhal.contract.core_activity import CoreActivity as CoreActivity
    from speckhal.contract.core_activity import PermitsOrders as PermitsOrders
    from speckhal.contract.core_activity import ReportsActivity as ReportsActivity
    from speckhal.contract.deployment import DeployedLayer as DeployedLayer
    from speckhal.contract.deployment import Deployment as Deployment
    from speckhal.contract.device import Device as Device
    from speckhal.contract.device import DeviceInfo as DeviceInfo
    from speckhal.contract.errors import BackendAmbiguous as BackendAmbiguous
    from speckhal.contract.errors import BackendBroken as BackendBroken
    from speckhal.contract.errors import BackendDisabled as BackendDisabled
    from speckhal.contract.errors import BackendError as BackendError
    from speckhal.contract.errors import BackendIncompatible as BackendIncompatible
    from speckhal.contract.errors import BackendNotFound as BackendNotFound
    from speckhal.contract.errors import CapabilityUnsupported as CapabilityUnsupported
    from speckhal.contract.errors import ConfigurationError as ConfigurationError
    from speckhal.contract.errors import DeviceBusy as DeviceBusy
    from speckhal.contract.errors import DeviceClosed as DeviceClosed
    from speckhal.contract.errors import DeviceError as DeviceError
    from speckhal.contract.errors import DeviceFailed as DeviceFailed
    from speckhal.contract.errors import DeviceNotFound as DeviceNotFound
    from speckhal.contract.errors import InputError as InputError
    from speckhal.contract.errors import LayerNotFound as LayerNotFound
    from speckhal.contract.errors import NetworkDoesNotFit as NetworkDoesNotFit
    from speckhal.contract.errors import NetworkDoesNotLeak as NetworkDoesNotLeak
    from speckhal.contract.errors import NetworkError as NetworkError
    from speckhal.contract.errors import NotEmulated as NotEmulated
    from speckhal.contract.errors import NotRecorded as NotRecorded
    from speckhal.contract.errors import ProbeIncomplete as ProbeIncomplete
    from speckhal.contract.errors import SpeckhalError as SpeckhalError
    from speckhal.contract.errors import StimulationUnfinished as StimulationUnfinished
    from speckhal.contract.errors import VendorUnavailable as VendorUnavailable
    from speckhal.contract.facts import Certainty as Certainty
    from speckhal.contract.facts import Erratum as Erratum
    from speckhal.contract.facts import Fact as Fact
    from speckhal.contract.facts import Range as Range
    from speckhal.contract.health import Finding as Finding
    from speckhal.contract.health import HealthCheck as HealthCheck
    from speckhal.contract.health import Severity as Severity
    from speckhal.contract.input_spec import InputKind as InputKind
    from speckhal.contract.input_spec import InputSpec as InputSpec
    from speckhal.contract.leak_config import LeakConfig as LeakConfig
    from speckhal.contract.limits import FactWarning as FactWarning
    from speckhal.contract.linear_address import LinearAddresses as LinearAddresses
    from speckhal.contract.network_files import ReadsNir as ReadsNir
    from speckhal.contract.network_files import ReadsWeights as ReadsWeights
    from speckhal.contract.network_spec import ExampleNetwork as ExampleNetwork
    from speckhal.contract.network_spec import LayerSpec as LayerSpec
    from speckhal.contract.network_spec import Reset as Reset
    from speckhal.contract.option_description import DescribesOptions as DescribesOptions
    from speckhal.contract.option_description import OptionDescription as OptionDescription
    from speckhal.contract.probe import NeuronProbe as NeuronProbe
    from speckhal.contract.reading import Reading as Reading
    from speckhal.contract.reading import Trace as Trace
    from speckhal.contract.spikes import SENSOR_INPUT as SENSOR_INPUT
    from speckhal.contract.spikes import Spikes as Spikes
    from speckhal.discovery.entry_points import Offer as Offer
    from speckhal.discovery.hooks import hookimpl as hookimpl
    from speckhal.discovery.opening import open_device as open_device
    from speckhal.discovery.opening import open_raw_device as open_raw_device
    from speckhal.discovery.opening import select as select
    from speckhal.discovery.registry import Registry as Registry
    from speckhal.discovery.selection import Selection as Selection
    from speckhal.discovery.single_board import SingleBoardBackend as SingleBoardBackend
    from speckhal.leak.channel_verdict import Answer as Answer
    from speckhal.leak.experiment import measure_leak as measure_leak
    from speckhal.leak.planning.leak_plan import LeakPlan as LeakPlan
    from speckhal.leak.planning.planned_layer import PlannedLayer as PlannedLayer
    from speckhal.leak.planning.planned_layer import TradeOff as TradeOff
    from speckhal.leak.planning.time_constant import CRITERIA as CRITERIA
    from speckhal.leak.planning.time_constant import Criterion as Criterion
    from speckhal.leak.planning.wanted_leak import WantedLeak as WantedLeak
    from speckhal.leak.verdict import Verdict as Verdict
    from speckhal.leak.verdict import judge as judge
    from speckhal.leak.verification.finding import VerificationFinding as VerificationFinding
    from speckhal.leak.verification.layer_verification import LayerVerification as LayerVerification
    from speckhal.leak.verification.layer_verification import Verification as Verification
    from speckhal.opened.observers import RunInfo as RunInfo
    from speckhal.opened.open_device import OpenDevice as OpenDevice
    from speckhal.opened.open_devices import close_devices as close_devices
    from speckhal.opened.open_probe import OpenProbe as OpenProbe
    from speckhal.opened.opens_devices import OpensDevices as OpensDevices
    from speckhal.runs.comparison.compare import compare as compare
    from speckhal.runs.comparison.layer_comparison import ComparedReading as ComparedReading
    from speckhal.runs.comparison.layer_comparison import Divergence as Divergence
    from speckhal.runs.comparison.layer_comparison import LayerComparison as LayerComparison
    from speckhal.runs.comparison.run_comparison import RunComparison as RunComparison
    from speckhal.runs.network_reading import read_network as read_network
    from speckhal.runs.open_run import open_run as open_run
    from speckhal.runs.plan_leak import plan_leak as plan_leak
    from speckhal.runs.provenance import Provenance as Provenance
    from speckhal.runs.published import published_leak_path as published_leak_path
    from speckhal.runs.replay.backend import RecordIsPartial as RecordIsPartial
    from speckhal.runs.report.report import report as report
    from speckhal.runs.run import Run as Run
    from speckhal.runs.run_leak import run_leak as run_leak
    from speckhal.runs.spiking.compare_spikes import ComparedSpikes as ComparedSpikes
    from speckhal.runs.spiking.compare_spikes import SpikeComparison as SpikeComparison
    from speckhal.runs.spiking.compare_spikes import compare_spikes as compare_spikes
    from speckhal.runs.spiking.event_files import read_events as read_events
    from speckhal.runs.spiking.order_spread import OrderSpread as OrderSpread
    from speckhal.runs.spiking.orders import spread_of_orders as spread_of_orders
    from speckhal.runs.spiking.random_spikes import random_spikes as random_spikes
    from speckhal.runs.spiking.run_spikes import run_spikes as run_spikes
    from speckhal.runs.spiking.spike_files import write_spikes as write_spikes
    from speckhal.runs.spiking.spike_pictures import plot_spikes as plot_spikes
    from speckhal.runs.spiking.spike_record import open_spike_run as open_spike_run
    from speckhal.runs.spiking.spike_record import save_spike_run as save_spike_run
    from speckhal.runs.spiking.spike_run import SpikeRun as SpikeRun
    from speckhal.runs.sweep.points import SweepPoint as SweepPoint
    from speckhal.runs.sweep.sweep import sweep as sweep
    from speckhal.runs.sweep.table import SweepTable as SweepTable
    from speckhal.runs.verify_run import verify as verify

    __version__: str

_NAMES_OF_MODULE = {
    "contract.address": "AddressLayout Shape",
    "contract.backend": (
        "API_VERSION Backend BoardDescription DescribesBoards DeskEmulator Emulator Target"
    ),
    "contract.capabilities": "Capability ClockDrive",
    "contract.changes_networks": "ChangesNetworks",
    "contract.chip": "ChipFacts CoreMemory",
    "contract.clock": "Clock VirtualClock WallClock",
    "contract.deployment": "DeployedLayer Deployment",
    "contract.device": "Device DeviceInfo",
    "contract.errors": (
        "BackendAmbiguous BackendBroken BackendDisabled BackendError BackendIncompatible "
        "BackendNotFound CapabilityUnsupported ConfigurationError DeviceBusy DeviceClosed "
        "DeviceError DeviceFailed DeviceNotFound InputError LayerNotFound NetworkDoesNotFit "
        "NetworkDoesNotLeak NetworkError NotEmulated NotRecorded ProbeIncomplete "
        "SpeckhalError StimulationUnfinished VendorUnavailable"
    ),
    "contract.facts": "Certainty Erratum Fact Range",
    "contract.health": "Finding HealthCheck Severity",
    "contract.input_spec": "InputKind InputSpec",
    "contract.leak_config": "LeakConfig",
    "contract.limits": "FactWarning",
    "contract.linear_address": "LinearAddresses",
    "contract.network_files": "ReadsNir ReadsWeights",
    "contract.network_spec": "ExampleNetwork LayerSpec Reset",
    "contract.option_description": "DescribesOptions OptionDescription",
    "contract.probe": "NeuronProbe",
    "contract.reading": "Reading Trace",
    "contract.spikes": "SENSOR_INPUT Spikes",
    "opened.observers": "RunInfo",
    "opened.open_device": "OpenDevice",
    "opened.open_devices": "close_devices",
    "opened.open_probe": "OpenProbe",
    "opened.opens_devices": "OpensDevices",
    "discovery.entry_points": "Offer",
    "discovery.hooks": "hookimpl",
    "discovery.opening": "open_device open_raw_device select",
    "discovery.registry": "Registry",
    "discovery.selection": "Selection",
    "discovery.single_board": "SingleBoardBackend",
    "leak.channel_verdict": "Answer",
    "leak.experiment": "measure_leak",
    "leak.planning.leak_plan": "LeakPlan",
    "leak.planning.planned_layer": "PlannedLayer TradeOff",
    "leak.verdict": "Verdict judge",
    "runs.open_run": "open_run",
    "leak.verification.layer_verification": "LayerVerification Verification",
    "leak.verification.finding": "VerificationFinding",
    "runs.comparison.compare": "compare",
    "runs.comparison.layer_comparison": "ComparedReading Divergence LayerComparison",
    "runs.comparison.run_comparison": "RunComparison",
    "runs.network_reading": "read_network",
    "leak.planning.time_constant": "CRITERIA Criterion",
    "leak.planning.wanted_leak": "WantedLeak",
    "runs.plan_leak": "plan_leak",
    "runs.published": "published_leak_path",
    "runs.replay.backend": "RecordIsPartial",
    "runs.report.report": "report",
    "runs.provenance": "Provenance",
    "runs.run": "Run",
    "runs.run_leak": "run_leak",
    "contract.core_activity": "CoreActivity PermitsOrders ReportsActivity",
    "runs.spiking.compare_spikes": "ComparedSpikes SpikeComparison compare_spikes",
    "runs.spiking.event_files": "read_events",
    "runs.spiking.order_spread": "OrderSpread",
    "runs.spiking.orders": "spread_of_orders",
    "runs.spiking.random_spikes": "random_spikes",
    "runs.spiking.run_spikes": "run_spikes",
    "runs.spiking.spike_files": "write_spikes",
    "runs.spiking.spike_pictures": "plot_spikes",
    "runs.spiking.spike_record": "open_spike_run save_spike_run",
    "runs.spiking.spike_run": "SpikeRun",
    "runs.sweep.points": "SweepPoint",
    "runs.sweep.sweep": "sweep",
    "runs.sweep.table": "SweepTable",
    "runs.verify_run": "verify",
}
"""The names that each module has, by the module's path, without `speckhal.`."""

_MODULE_OF_NAME = {
    name: module for module, names in _NAMES_OF_MODULE.items() for name in names.split()
}

# Python calls what is to be done at exit last registered first, and finalisers, which close devices
# that were left open, are registered all together with the first of them: now, so that whatever
# the program registers from here on still has its devices
weakref.finalize(importlib, bool).atexit = False

let_former_paths_be_imported()

if TYPE_CHECKING:
    __all__: list[str]  # public names, all of which are imported above for a type checker
else:  # a type checker would believe that every name exists
    __all__ = list(_MODULE_OF_NAME)
    __all__ += ["__version__"]

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
