"""Lets modules be imported by the paths that they had before the core was put in order.

Plugins that were written then import `speckhal.device` or `speckhal.errors`. Such a path gives a
module that passes on every name that still exists, from where it is now. The modules of the command
line are not among them, but for one.
"""

from __future__ import annotations

import importlib
import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

FORMER_PATHS: Final = {
    "address": "contract.address",
    "arrays": "contract.arrays",
    "backend": "contract.backend",
    "channel_verdict": "leak.channel_verdict",
    "characterise": "contract.characterise",
    "chip": "contract.chip",
    "cli.gathering": "runs.profile_recorder",
    "clock": "contract.clock",
    "conformance.bench": "conformance.suite_bench",
    "conformance.classes": "conformance.pytest_classes",
    "conformance.isolation": "conformance.cases.descriptor",
    "conformance.subject": "conformance.backend_under_test",
    "deployment": "contract.deployment",
    "device": "contract.device contract.capabilities contract.leak_config contract.probe",
    "diagnosis": "doctor.diagnosis",
    "environment": "doctor.core_checks",
    "errors": "contract.errors",
    "example": "contract.network_spec",
    "experiment": "leak.experiment leak.sampling",
    "facts": "contract.facts",
    "floor": "leak.channel_trace",
    "health": "contract.health",
    "hook_trace": "discovery.hooks",
    "hooks": "discovery.hooks",
    "interrupts": "system.interrupts",
    "leak.layer_verification": "leak.verification.layer_verification",
    "leak.leak_plan": "leak.planning.leak_plan",
    "leak.planned_layer": "leak.planning.planned_layer",
    "leak.time_constant": "leak.planning.time_constant",
    "leak.verification_finding": "leak.verification.finding",
    "leak.wanted_leak": "leak.planning.wanted_leak",
    "limits": "contract.limits",
    "loading": "discovery.guarded_loading",
    "network_file": "runs.network_file",
    "offers": "discovery.entry_points",
    "open_devices": "opened.open_devices",
    "paths": "system.paths",
    "plotting": "runs.plotting",
    "printable": "system.printable",
    "profile": "runs.profile",
    "programs": "system.programs",
    "pytest_plugin": "conformance.pytest_plugin",
    "reading": "contract.reading",
    "record": "runs.record",
    "registry": "discovery.registry",
    "sampling_advice": "leak.sampling_advice",
    "scaffold.order": "scaffold.plugin_spec",
    "selection": "discovery.selection discovery.opening",
    "standing": "discovery.status",
    "trajectory": "leak.step_inference",
    "verdict": "leak.verdict",
    "warn": "contract.warn",
    "whole_file": "system.whole_file",
}
"""Where the contents of each module are now, by its former path, all without `speckhal.`."""


class FormerPaths(MetaPathFinder, Loader):
    """Finds and loads the modules of `FORMER_PATHS`, and no other."""

    def find_spec(
        self,
        fullname: str,
        _path: Sequence[str] | None = None,
        _target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        """How to load a module by its former path; None for any other name."""
        package, _, former = fullname.partition(".")
        if package != "speckhal" or former not in FORMER_PATHS:
            return None
        return ModuleSpec(fullname, self)

    def exec_module(self, module: ModuleType) -> None:
        """Pass on every name that still exists, as it is whenever it is asked for."""
        _, _, former = module.__name__.partition(".")
        # imported now, so that what goes wrong does so now
        sources = [
            importlib.import_module(f"speckhal.{path}") for path in FORMER_PATHS[former].split()
        ]
        module.__doc__ = sources[0].__doc__

        def names() -> list[str]:
            return sorted({name for source in sources for name in dir(source)})

        def look_up(name: str) -> object:
            if name == "__all__":  # for `from speckhal.errors import *`
                return [one for one in names() if not one.startswith("_")]
            for source in sources:
                if hasattr(source, name):
                    found: object = getattr(source, name)
                    return found
            raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}")

        vars(module).update(__getattr__=look_up, __dir__=names)  # see PEP 562


def let_former_paths_be_imported() -> None:
    """Let Python ask for former paths after everything that it finds by itself."""
    if not any(isinstance(finder, FormerPaths) for finder in sys.meta_path):
        sys.meta_path.append(FormerPaths())
