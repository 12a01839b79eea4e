"""Plugins as they were written against 0.1.0 do all that they did, unchanged.

Two distributions in `tests/data/frozen`, a samna chip and an exporter, bring tests of their own,
which are run there.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from speckhal.conformance.case import Half
from speckhal.conformance.report import Outcome
from speckhal.conformance.runner import examine
from speckhal.contract.capabilities import VERSION_1
from speckhal.discovery.registry import Registry
from speckhal.doctor.diagnosis import diagnose

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

CHIP = Path(__file__).parents[1] / "data" / "frozen" / "speckhal-veteran" / "src"


def test_a_board_without_samna_passes_the_suite_with_nothing_to_remark(
    frozen: Callable[[str], Any],
) -> None:
    report = examine(frozen("board_without_samna").backend)
    assert [result.reason for result in report.results if result.outcome is Outcome.FAILED] == []
    refused = [result.case for result in report.results if result.outcome is not Outcome.PASSED]
    assert all(not one.needs <= VERSION_1 for one in refused)  # what came later
    assert len(refused) < len(report.results) / 4


def test_a_doctor_check_is_run(frozen: Callable[[str], Any]) -> None:
    registry = Registry()
    registry.register("disk", frozen("doctor_check").Disk())
    (found,) = [each for each in diagnose(registry) if each.check == "room"]
    assert (found.plugin, found.finding.is_) == ("disk", "3 MB are free.")


def test_a_samna_chip_as_the_scaffold_of_0_1_0_wrote_it_passes_the_suite(
    frozen: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(CHIP))
    chip = frozen("speckhal_veteran")
    for backend, halves in ((chip.backend, {Half.STATIC}), (chip.emulated, set(Half))):
        report = examine(backend, halves=halves)
        assert {result.outcome for result in report.results if result.case.needs <= VERSION_1} == {
            Outcome.PASSED
        }
        assert Outcome.FAILED not in {result.outcome for result in report.results}
