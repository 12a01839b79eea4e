"""`speckhal list`: what is installed, quickly, and without importing any of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from speckhal.cli import main
from speckhal.discovery.entry_points import BACKENDS, PLUGINS
from speckhal.discovery.stale_install import stale_install
from speckhal.doctor.core_checks import entry_point_findings

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

Install = Callable[..., None]
Source = Callable[..., str]
Run = Callable[..., subprocess.CompletedProcess[str]]

ROOT = Path(__file__).parents[3]
NOT_FOR_LISTING = ("torch", "sinabs", "samna", "numpy", "rich", "listed_module", "speckhal_mock")

BOOTSTRAP = """
PYPI_SAMNA = True
from pathlib import Path
Path({marker!r}).touch()
raise RuntimeError("the bootstrap ran")
"""


def rows(listing: str) -> dict[str, list[str]]:
    """Words of each line of the table behind its first."""
    return {line.split()[0]: line.split()[1:] for line in listing.splitlines() if line}


def test_every_backend_has_a_line_with_its_distribution_and_version(
    install: Install, speckhal: Run
) -> None:
    install("speckhal-fine", "1.2", backends={"fine": "fm:b", "finer": "fm:c"})
    done = speckhal("list")
    assert (done.returncode, done.stderr) == (0, "")
    table = rows(done.stdout)
    assert table["BACKEND"] == ["DISTRIBUTION", "VERSION"]
    assert table["fine"] == table["finer"] == ["speckhal-fine", "1.2"]
    assert table["mock"][0] == "speckhal"
    assert table["mock"][-1] == "default"


def test_the_columns_are_aligned_and_no_line_ends_in_blanks(
    install: Install, speckhal: Run
) -> None:
    install("a-distribution-with-a-rather-long-name", "1.2", backends={"fine": "fm:b"})
    lines = speckhal("list").stdout.splitlines()
    column = lines[0].index("VERSION")
    assert all(line[column - 2 : column] == "  " and line[column] != " " for line in lines)
    assert all(line == line.rstrip() for line in lines)


def test_json_says_the_same_with_the_entry_points(install: Install, speckhal: Run) -> None:
    install("speckhal-fine", "1.2", backends={"fine": "fm:b"})
    offers = json.loads(speckhal("list", "--json", SPECKHAL_BACKEND="fine:board").stdout)
    assert {
        "name": "fine",
        "distribution": "speckhal-fine",
        "version": "1.2",
        "value": "fm:b",
        "default": True,
        "disabled": False,
    } in offers
    assert [offer["name"] for offer in offers if offer["default"]] == ["fine"]


def test_the_default_is_marked_with_the_variable_that_made_it_so(
    install: Install, speckhal: Run
) -> None:
    install("speckhal-fine", backends={"fine": "fm:b"})
    listing = speckhal("list", SPECKHAL_BACKEND="fine:board").stdout
    assert "default (SPECKHAL_BACKEND=fine:board)" in listing
    assert listing.count("default") == 1


def test_what_an_old_editable_installation_does_not_know_is_named_with_what_to_type(
    install: Install,
) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    offered = project["entry-points"]
    backends = {name: value for name, value in offered[BACKENDS].items() if name != "replay"}
    install("speckhal", backends=backends, plugins=offered[PLUGINS], site="old")
    hint = f"Reinstall it: pip install -e {ROOT}"
    done = CliRunner().invoke(main, ["list"])
    said = f"This installation does not know yet what {ROOT} has: replay."
    assert done.stdout.endswith(f"\n{said}\n{hint}\n")
    as_json = CliRunner().invoke(main, ["list", "--json"])
    assert json.loads(as_json.stdout)
    assert said in as_json.stderr
    asked = CliRunner().invoke(main, ["info", "replay"])
    assert asked.exit_code == 2
    assert f"{said}\nhint: {hint}\n" in asked.stderr
    assert any(said in finding.is_ for finding in entry_point_findings())


def test_a_folder_that_is_not_speckhals_says_nothing_of_its_installation(tmp_path: Path) -> None:
    for text in ("", "[project]\nname = 'x'\n", "project = 3", "[", "[project]\n"):
        (tmp_path / "pyproject.toml").write_text(text)
        assert stale_install(tmp_path) is None
    assert stale_install(tmp_path / "nowhere") is None


def test_a_default_that_is_not_installed_is_reported(speckhal: Run) -> None:
    done = speckhal("list", SPECKHAL_BACKEND="nowhere")
    assert done.returncode == 0
    assert "default (SPECKHAL_BACKEND=nowhere): not installed" in done.stdout


def test_a_malformed_default_is_an_error(speckhal: Run) -> None:
    done = speckhal("list", SPECKHAL_BACKEND="mock:")
    assert done.returncode == 2
    assert done.stderr.startswith("error: The environment variable SPECKHAL_BACKEND holds 'mock:'")


def test_both_distributions_that_offer_a_name_are_listed(install: Install, speckhal: Run) -> None:
    install("speckhal-a", backends={"twin": "am:b"})
    install("speckhal-b", backends={"twin": "bm:b"})
    listing = speckhal("list").stdout
    assert "speckhal-a" in listing
    assert "speckhal-b" in listing


@pytest.mark.parametrize("arguments", [["list"], ["list", "--json"], ["--help"], ["--version"]])
def test_listing_imports_no_plugin_and_nothing_heavy(
    install: Install, healthy: Source, python: Run, arguments: list[str]
) -> None:
    install(
        "speckhal-listed",
        backends={"listed": "listed_module:backend"},
        modules={"listed_module": healthy("listed")},
    )
    done = python(
        "-c",
        "import sys\n"
        "from speckhal.cli import main\n"
        f"main({arguments!r}, standalone_mode=False)\n"
        "print(*sys.modules, file=sys.stderr)",
    )
    assert done.returncode == 0, done.stderr
    imported = set(done.stderr.split())
    assert "speckhal.cli" in imported
    assert not imported & set(NOT_FOR_LISTING)


@pytest.mark.parametrize("arguments", [["list"], ["info", "fakechip"]])
def test_the_vendors_bootstrap_is_not_run(
    install: Install, speckhal: Run, tmp_path: Path, arguments: list[str]
) -> None:
    marker = tmp_path / "the bootstrap ran"
    fakechip = (Path(__file__).parents[1] / "data" / "fakechip.py").read_text()
    install(
        "speckhal-fakechip",
        backends={"fakechip": "fakechip:backend"},
        modules={"fakechip": fakechip, "samna": BOOTSTRAP.format(marker=str(marker))},
    )
    done = speckhal(*arguments)
    assert done.returncode == 0, done.stderr
    assert "fakechip" in done.stdout
    assert not marker.exists()


def test_listing_takes_about_twice_the_time_of_importing_what_it_is_built_on(
    tmp_path: Path,
) -> None:
    commands = {
        "listing": [sys.executable, "-m", "speckhal", "list"],
        "imports": [sys.executable, "-c", "import pluggy, attrs, click"],
    }
    # with compiled modules, as users have them, also where the environment forbids to write them
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(tmp_path)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    # of the processor alone, and taken by turns: whatever else a machine does makes both slower,
    # and the shortest run of each shows what it takes, which more runs can only make shorter; it is
    # 1.9 to 2.0 times on one machine, and what Python itself imports differs with its version
    times_s: dict[str, list[float]] = {name: [] for name in commands}
    for taken in range(15):
        if taken >= 3 and min(times_s["listing"]) <= 2.5 * min(times_s["imports"]):
            break
        for name, command in commands.items():
            process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            assert process.returncode == 0
            times_s[name].append(used.ru_utime + used.ru_stime)
    assert min(times_s["listing"]) <= 2.5 * min(times_s["imports"])
