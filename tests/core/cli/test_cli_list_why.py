"""`speckhal list --why`: every entry point, whether its plugin loads, and why not."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

Install = Callable[..., None]
Source = Callable[..., str]
Run = Callable[..., "subprocess.CompletedProcess[str]"]

NOTEBOOK = """
from speckhal.discovery.hooks import hookimpl
print("hello from an import")

@hookimpl
def speckhal_reading(reading):
    pass
"""


@pytest.fixture
def zoo(install: Install, healthy: Source) -> None:
    """One plugin of each kind."""
    install(
        "zoo",
        "3.1",
        backends={
            "fine": "fine_module:backend",
            "gone": "gone_module:backend",
            "leaving": "leaving_module:backend",
            "misnamed": "fine_module:backend",
            "old": "old_module:backend",
            "off": "gone_module:backend",
            "two words": "words_module:backend",
        },
        plugins={"notes": "notes_module", "sick": "sick_module"},
        modules={
            "fine_module": healthy("fine"),
            "leaving_module": "import sys\nsys.exit(3)",
            "words_module": healthy("two words"),
            "old_module": healthy("old", api_version=0),
            "notes_module": NOTEBOOK,
            "sick_module": "1 / 0",
        },
    )
    install("copycat", backends={"fine": "fine_module:backend"}, site="other")


def states(run: Run, **variables: str) -> dict[tuple[str, str], dict[str, object]]:
    done = run("list", "--why", "--json", **variables)
    assert done.returncode == 0, done.stderr
    return {(row["name"], row["distribution"]): row for row in json.loads(done.stdout)}


@pytest.mark.usefixtures("zoo")
@pytest.mark.parametrize(
    ("name", "state", "reason"),
    [
        ("fine", "clashes", "copycat 1.0 offers a backend of that name too."),
        ("gone", "fails", "Backend 'gone' of zoo 3.1 could not be imported: ModuleNotFoundError"),
        ("leaving", "fails", "Backend 'leaving' of zoo 3.1 could not be imported: SystemExit: 3."),
        ("misnamed", "fails", "calls itself 'fine'"),
        ("old", "fails", "written for version 0 of the plugin API"),
        ("off", "disabled", "SPECKHAL_DISABLE_PLUGINS=off names it."),
        ("two words", "fails", "cannot be selected by its name: that must be without spaces"),
        ("notes", "loads", ""),
        ("sick", "fails", "Plugin 'sick' of zoo 3.1 could not be imported: ZeroDivisionError"),
    ],
)
def test_every_entry_point_has_a_state_and_a_reason(
    speckhal: Run, name: str, state: str, reason: str
) -> None:
    found = states(speckhal, SPECKHAL_DISABLE_PLUGINS="off")
    assert found[name, "zoo"]["state"] == state
    assert reason in str(found[name, "zoo"]["reason"])
    assert found["mock", "speckhal"]["state"] == "loads"


@pytest.mark.usefixtures("zoo")
def test_a_plugin_that_loads_is_reported_with_its_hooks(speckhal: Run) -> None:
    found = states(speckhal)
    assert found["notes", "zoo"]["hooks"] == ["speckhal_reading"]
    assert found["notes", "zoo"]["group"] == "speckhal.plugins"
    assert "speckhal_backend" in str(found["mock", "speckhal"]["hooks"])


@pytest.mark.usefixtures("zoo")
def test_the_table_names_entry_point_distribution_and_state_and_gives_reasons_below(
    speckhal: Run,
) -> None:
    done = speckhal("list", "--why", SPECKHAL_DISABLE_PLUGINS="off,nobody")
    backends, listeners, remarks = done.stdout.split("\n\n", 2)
    rows = {tuple(line.split()) for line in backends.splitlines()}
    assert ("gone", "fails", "zoo", "3.1", "gone_module:backend") in rows
    rows = {tuple(line.split()) for line in listeners.splitlines()}
    assert ("notes", "loads", "zoo", "3.1", "notes_module") in rows
    assert "gone: Backend 'gone' of zoo 3.1 could not be imported" in remarks
    assert "names 'nobody', and no plugin or distribution has that name" in remarks
    assert "mock:" not in remarks


@pytest.mark.usefixtures("zoo")
def test_what_a_plugin_prints_while_it_is_imported_stays_out_of_the_table(speckhal: Run) -> None:
    done = speckhal("list", "--why")
    assert "hello from an import" not in done.stdout
    assert "hello from an import" in done.stderr


def test_entry_points_that_cannot_be_read_cost_no_other_plugin_and_are_reported(
    install: Install, healthy: Source, speckhal: Run, tmp_path: Path
) -> None:
    install("fine", backends={"fine": "fm:backend"}, modules={"fm": healthy("fine")}, site="a")
    install("garbled", backends={"garbled": "gm:backend"}, site="b")
    (info,) = tmp_path.glob("b/*.dist-info")
    (info / "entry_points.txt").write_bytes(b"\xff\xfe[speckhal.backends]\nx = y:z\n")
    plain, why = speckhal("list"), speckhal("list", "--why")
    assert (plain.returncode, why.returncode) == (0, 0), plain.stderr + why.stderr
    for done in (plain, why):
        assert {"fine", "mock"} <= {line.split()[0] for line in done.stdout.splitlines() if line}
    assert "garbled: its entry points cannot be read: UnicodeDecodeError" in why.stdout
    as_json = speckhal("list", "--why", "--json")
    assert "garbled" not in as_json.stdout
    assert "garbled: its entry points cannot be read" in as_json.stderr
    assert speckhal("info", "mock").returncode == 0


def test_metadata_that_cannot_be_read_cost_nobody_anything(
    install: Install, healthy: Source, speckhal: Run, tmp_path: Path
) -> None:
    install("jose-s_own", "0.3", backends={"own": "om:backend"}, modules={"om": healthy("own")})
    (info,) = tmp_path.glob("site/*.dist-info")
    (info / "METADATA").write_bytes("Name: jose\nAuthor: José\n".encode("latin-1"))
    why, described = speckhal("list", "--why"), speckhal("info", "mock")
    assert (why.returncode, described.returncode) == (0, 0), why.stderr + described.stderr
    (line,) = (line for line in why.stdout.splitlines() if line.startswith("own "))
    assert line.split() == ["own", "loads", "jose-s-own", "0.3", "om:backend"]


@pytest.mark.parametrize("broken", [b"\xff\xfe[x]\n", b"[speckhal.backends]\nno equals sign\n"])
def test_entry_points_that_cannot_be_read_do_not_keep_torch_from_being_imported(
    install: Install, speckhal: Run, tmp_path: Path, broken: bytes
) -> None:
    install("garbled", backends={"garbled": "gm:backend"})
    (info,) = tmp_path.glob("site/*.dist-info")
    (info / "entry_points.txt").write_bytes(broken)
    done = speckhal("leak", "--ticks", "1")
    assert done.returncode == 0, done.stderr
    doctor = " ".join(speckhal("doctor").stdout.split())
    assert "The entry points of garbled cannot be read: " in doctor
    assert "do pip install --force-reinstall garbled, or uninstall it" in doctor
