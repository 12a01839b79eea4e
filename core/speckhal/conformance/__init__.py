"""Proves that a backend is what it says: one suite of cases, behind three doors.

    speckhal conformance mychip             the command line
    pytest --speckhal-backend mychip        each case an item of pytest
    class TestMyChip(DeviceConformance)     a class in the plugin's own tests, with one fixture:

        @pytest.fixture
        def speckhal_backend(self) -> Backend:
            return mychip.backend

A case is a claim that every backend must keep. One that needs a capability which the backend does
not declare demands that the backend refuses it. On hardware the few cases that take exact timing
are left out: the report counts and names them, and they speak for no capability.

Every name here is imported when it is first used, and pytest only with the classes.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from speckhal.conformance.case import Case, Half
    from speckhal.conformance.expectations import Violation
    from speckhal.conformance.pytest_classes import DeviceConformance, StaticConformance
    from speckhal.conformance.report import CaseResult as Result
    from speckhal.conformance.report import Outcome, Report
    from speckhal.conformance.runner import examine
    from speckhal.conformance.suite import CASES

__all__ = [
    "CASES",
    "Case",
    "DeviceConformance",
    "Half",
    "Outcome",
    "Report",
    "Result",
    "StaticConformance",
    "Violation",
    "examine",
]

_PLACE_OF_NAME = {
    "CASES": "suite.CASES",
    "Case": "case.Case",
    "DeviceConformance": "pytest_classes.DeviceConformance",
    "Half": "case.Half",
    "Outcome": "report.Outcome",
    "Report": "report.Report",
    "Result": "report.CaseResult",
    "StaticConformance": "pytest_classes.StaticConformance",
    "Violation": "expectations.Violation",
    "examine": "runner.examine",
}

if not TYPE_CHECKING:  # else a type checker would believe that every name exists

    def __getattr__(name: str) -> object:
        """Import a public name when it is first used (PEP 562)."""
        if name not in _PLACE_OF_NAME:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        module, _, attribute = _PLACE_OF_NAME[name].partition(".")
        value = getattr(importlib.import_module(f"{__name__}.{module}"), attribute)
        globals()[name] = value
        return value
