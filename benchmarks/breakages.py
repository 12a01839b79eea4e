"""The mutation check as a table: each breakage of the mock, and what in the suite catches it.

    python benchmarks/breakages.py

prints Markdown. Every breakage is put to the whole live half of the suite, which takes two or three
minutes in all; the exit code is 1 if one is not caught.
"""

from __future__ import annotations

import gc
import sys

from speckhal.conformance import Half, Outcome, Result, examine
from speckhal_mock.backend.mock_backend import BrokenMock
from speckhal_mock.sdk.bus import current_bus
from speckhal_mock.testing.breakages import BREAKAGES


def _tidy_up(_result: Result) -> None:
    """Close what a breakage kept open, so that each case is judged by itself."""
    if current_bus().boards:
        gc.collect()


def main() -> int:
    """Print a row for each breakage, and then how many were caught."""
    print("| breakage | what the mock does instead | first case that fails | others |")
    print("|---|---|---|---|")
    caught = 0
    for name, breakage in BREAKAGES.items():
        report = examine(BrokenMock(name), halves={Half.LIVE}, on_result=_tidy_up)
        failed = [result.case.name for result in report.results if result.outcome is Outcome.FAILED]
        caught += bool(failed)
        case = f"`{failed[0]}`" if failed else "**none**"
        print(f"| `{name}` | {breakage.rule} | {case} | {max(0, len(failed) - 1)} |", flush=True)
    print(f"\n{caught} of {len(BREAKAGES)} breakages are caught.")
    return 0 if caught == len(BREAKAGES) else 1


if __name__ == "__main__":
    sys.exit(main())
