"""What a repository has besides code and pages: citation, templates for reports, workflow."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import speckhal

PROJECT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((PROJECT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))


def test_the_citation_is_of_this_version_and_licence() -> None:
    citation = (PROJECT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {speckhal.__version__}\n" in citation
    assert "\nlicense: Apache-2.0\n" in citation


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.stem)
def test_whoever_reports_is_asked_for_what_doctor_says(template: Path) -> None:
    text = template.read_text(encoding="utf-8")
    asked = text.partition("speckhal doctor --json")[2]
    assert asked.partition("required: ")[2].startswith("true\n")


def test_there_is_a_template_for_problems_and_one_for_kits() -> None:
    assert {template.stem for template in TEMPLATES} == {"problem", "results-from-a-kit"}


def test_the_workflow_runs_the_two_commands_on_each_python_and_says_that_it_was_never_run() -> None:
    workflow = (PROJECT / ".github" / "workflows" / "commands.yml").read_text(encoding="utf-8")
    assert "was never run by us" in workflow
    assert "- run: .ci/run\n" in workflow
    supported = re.findall(
        r"Python :: (3\.\d+)", (PROJECT / "pyproject.toml").read_text(encoding="utf-8")
    )
    assert set(supported) <= set(re.findall(r'"(3\.\d+)"', workflow))
    assert "[ubuntu-latest, macos-latest]" in workflow
