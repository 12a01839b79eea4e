"""`speckhal doctor`: its exit code, its JSON, and how it looks at 80 columns and in a pipe."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from speckhal.cli import main

if TYPE_CHECKING:
    from pathlib import Path

Install = Callable[..., None]
Source = Callable[..., str]
Run = Callable[..., subprocess.CompletedProcess[str]]
Terminal = Callable[..., str]

BOOTSTRAP = """
PYPI_SAMNA = True
from pathlib import Path
Path({marker!r}).touch()
raise RuntimeError("the bootstrap ran")
"""

PATIENT = """
from speckhal.contract.health import Finding, HealthCheck

def pulse():
    print("a vendor's greeting")
    yield Finding.ok("beats")

def limp():
    yield Finding.warning(
        "It limps, and it does so for reasons that would fill more than one line of a terminal.",
        should="It walks.",
        do="speckhal rest --for a-while",
    )

def board():
    yield Finding.lacking("No board.", should="A board.", do="Plug one in.")

def wound():
    yield Finding.problem("It bleeds.", should="It does not.", do="bandage --tight")

CHECKS = [HealthCheck("pulse", pulse), HealthCheck("gait", limp), HealthCheck("board", board)]

class Patient(Backend):
    @hookimpl
    def speckhal_health_checks(self):
        return CHECKS

backend = Patient()
"""

WOUNDED = 'CHECKS.append(HealthCheck("skin", wound))\n'


@pytest.fixture
def patient(install: Install, healthy: Source) -> Callable[..., None]:
    """Install a backend "patient" whose board is lacking, with or without a wound."""

    def put(extra: str = "") -> None:
        source = healthy("patient") + PATIENT + extra
        install("patient", backends={"patient": "pm:backend"}, modules={"pm": source})

    return put


def severities(listing: str) -> dict[str, list[str]]:
    """Severities by check in JSON of the doctor."""
    found: dict[str, list[str]] = {}
    for item in json.loads(listing):
        found.setdefault(item["check"], []).append(item["severity"])
    return found


def test_the_mock_is_well_on_any_machine(speckhal: Run) -> None:
    done = speckhal("doctor", "mock")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Speck2fModuleDevKit opens, its 9 cores answer, and it closes" in done.stdout
    assert "Speck2eDevKit opens, its 9 cores answer, and it closes" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("No problems, no warnings, ")


def test_warnings_do_not_fail_and_problems_do(patient: Callable[..., None], speckhal: Run) -> None:
    patient()
    variables = {"SPECKHAL_BACKEND": "mock"}
    whole = speckhal("doctor", "--json", **variables)
    found = severities(whole.stdout)
    assert (found["gait"], found["board"]) == (["warning"], ["warning"])
    anything_wrong = any("problem" in of_check for of_check in found.values())
    assert whole.returncode == (1 if anything_wrong else 0), whole.stdout
    asked = speckhal("doctor", "patient", "--json", **variables)
    found = severities(asked.stdout)
    assert (found["gait"], found["board"], asked.returncode) == (["warning"], ["problem"], 1)


def test_a_problem_fails_for_people_and_for_programs(
    patient: Callable[..., None], speckhal: Run
) -> None:
    patient(WOUNDED)
    assert speckhal("doctor").returncode == 1
    assert speckhal("doctor", "--json").returncode == 1


def test_json_is_a_list_of_findings_and_nothing_else(
    patient: Callable[..., None], speckhal: Run
) -> None:
    patient(WOUNDED)
    done = speckhal("doctor", "patient", "--json")
    listing = json.loads(done.stdout)
    assert {tuple(item) for item in listing} == {
        ("check", "plugin", "severity", "is", "should", "do")
    }
    assert {item["severity"] for item in listing} == {"ok", "warning", "problem"}
    assert {
        "check": "skin",
        "plugin": "patient",
        "severity": "problem",
        "is": "It bleeds.",
        "should": "It does not.",
        "do": "bandage --tight",
    } in listing
    assert all(item["is"] for item in listing)
    assert all(bool(item["do"]) == (item["severity"] != "ok") for item in listing)
    assert done.stderr == "a vendor's greeting\n"


def test_what_is_not_ok_says_what_is_should_be_and_is_to_do_on_a_line_each(
    patient: Callable[..., None], speckhal: Run
) -> None:
    patient(WOUNDED)
    lines = speckhal("doctor", "patient").stdout.splitlines()
    skin = lines.index("  problem  skin")
    assert [line.split(maxsplit=1) for line in lines[skin + 1 : skin + 4]] == [
        ["is", "It bleeds."],
        ["should", "It does not."],
        ["do", "bandage --tight"],
    ]
    assert "  ok       pulse: beats" in lines
    assert "patient" in lines


def test_the_end_counts_and_comforts_those_who_use_another_backend(
    patient: Callable[..., None], speckhal: Run
) -> None:
    comfort = "Warnings about a backend that you do not use need no action."
    patient(WOUNDED)
    everything = speckhal("doctor").stdout
    assert everything.endswith(f"\n{comfort}\n")
    asked = speckhal("doctor", "patient").stdout
    assert comfort not in asked
    assert re.search(r"\n2 problems, 1 warning, \d+ ok\.\n$", asked)


def test_findings_fit_a_terminal_and_hang_below_their_beginnings(
    patient: Callable[..., None], on_a_terminal: Terminal
) -> None:
    patient(WOUNDED)
    printed = on_a_terminal("doctor", "patient", NO_COLOR="1")
    plain = re.sub(r"\x1b\[[0-9;]*m", "", printed)
    assert max(map(len, plain.splitlines())) <= 80
    lines = plain.splitlines()
    limps = next(number for number, line in enumerate(lines) if "It limps" in line)
    column = lines[limps].index("It limps")
    assert lines[limps + 1][:column].isspace()
    assert not lines[limps + 1][column].isspace()


def test_colour_is_for_terminals_that_want_it(
    patient: Callable[..., None], on_a_terminal: Terminal, speckhal: Run
) -> None:
    patient(WOUNDED)
    colours = re.compile(r"\x1b\[3[123]m")
    assert len(set(colours.findall(on_a_terminal("doctor", "patient")))) == 3
    assert not colours.search(on_a_terminal("doctor", "patient", NO_COLOR="1"))
    assert "\x1b" not in speckhal("doctor", "patient").stdout


def test_in_a_pipe_each_text_stays_whole(patient: Callable[..., None], speckhal: Run) -> None:
    patient()
    assert "more than one line of a terminal." in speckhal("doctor", "patient").stdout


def test_a_backend_that_is_not_installed_is_an_error(speckhal: Run) -> None:
    done = speckhal("doctor", "mokc")
    assert (done.returncode, done.stdout) == (2, "")
    assert "offers a backend named 'mokc'" in done.stderr
    assert "Did you mean 'mock'?" in done.stderr


def test_a_plugin_without_a_backend_is_examined_by_whatever_name_it_has(install: Install) -> None:
    source = (
        "from speckhal.discovery.hooks import hookimpl\n@hookimpl\ndef speckhal_reading(): pass"
    )
    install("notes", plugins={"my notes": "notes_module"}, modules={"notes_module": source})
    done = CliRunner().invoke(main, ["doctor", "my notes"])
    assert done.exit_code == 0, done.output
    assert "plugins: my notes (notes 1.0)" in " ".join(done.stdout.split())


def test_a_target_is_refused_and_not_ignored(speckhal: Run) -> None:
    done = speckhal("doctor", "mock:speck2e")
    assert (done.returncode, done.stdout) == (2, "")
    assert "hint: Type: speckhal doctor mock\n" in done.stderr


def test_a_broken_plugin_and_a_clash_fail_the_whole_and_not_the_mock(
    install: Install, healthy: Source, speckhal: Run
) -> None:
    install("sick", "0.7", backends={"sick": "sick_module"}, modules={"sick_module": "1 / 0"})
    source = healthy("twin")
    install("speckhal-a", "1.0", backends={"twin": "am:backend"}, modules={"am": source})
    install("speckhal-b", "2.0", backends={"twin": "bm:backend"}, modules={"bm": source})
    everything = speckhal("doctor")
    assert everything.returncode == 1
    assert "Backend 'sick' of sick 0.7 could not be imported: ZeroDiv" in everything.stdout
    assert "speckhal-a 1.0 (am:backend) and speckhal-b 2.0 (bm:backend)" in everything.stdout
    assert "its 9 cores answer" in everything.stdout
    assert speckhal("doctor", "sick").returncode == 1
    assert speckhal("doctor", "twin").returncode == 1
    assert speckhal("doctor", "mock").returncode == 0


@pytest.mark.parametrize("asked", [["speck2f"], ["speck2e"], []])
def test_the_vendors_bootstrap_is_reported_and_not_run(
    install: Install, speckhal: Run, tmp_path: Path, asked: list[str]
) -> None:
    marker = tmp_path / "the bootstrap ran"
    install("samna", "0.48.6", modules={"samna": BOOTSTRAP.format(marker=str(marker))})
    done = speckhal("doctor", *asked, "--json")
    assert severities(done.stdout)["samna"] == ["problem" if asked else "warning"]
    assert "only the bootstrap from PyPI" in done.stdout
    assert not marker.exists()
    if asked:
        assert done.returncode == 1


def test_examining_everything_imports_neither_torch_nor_sinabs_nor_samna(
    install: Install, python: Run, tmp_path: Path
) -> None:
    install("samna", "0.48.6", modules={"samna": BOOTSTRAP.format(marker=str(tmp_path / "ran"))})
    done = python(
        "-c",
        "import sys\n"
        "from speckhal.doctor.diagnosis import diagnose\n"
        "from speckhal.discovery.registry import registry\n"
        "list(diagnose(registry()))\n"
        "print(*sys.modules)",
    )
    assert done.returncode == 0, done.stderr
    imported = set(done.stdout.split())
    assert "speckhal_samna.doctor.health" in imported
    assert not imported & {"torch", "sinabs", "samna", "samnagui", "rich", "matplotlib"}
