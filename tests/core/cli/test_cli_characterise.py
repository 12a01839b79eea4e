"""`speckhal characterise`: what it says when, on a terminal and in a pipe, and what it keeps."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from speckhal.runs.profile import read_profile

if TYPE_CHECKING:
    from pathlib import Path

Install = Callable[..., None]
Source = Callable[..., str]
Run = Callable[..., subprocess.CompletedProcess[str]]
Terminal = Callable[..., str]

LAB = """
import os
import time
from pathlib import Path
from speckhal.contract.characterise import MeasuredBoard, Measurement, Result, Comparison, choose
from speckhal.contract.errors import DeviceFailed

ALL = [
    Measurement("colour", "what colour it has", 1.5, 0.5),
    Measurement("weight", "what it weighs", 100.0, 0.25),
    Measurement("smell", "whether it smells", 300.0, 0.0),
]
HOW = "It was looked at for long, from all sides and in many kinds of light, until it was sure."
FOUND = {
    "colour": [
        Result("colour_of_the_board", "green", "exact", HOW, "green", Comparison.AS_ASSUMED),
        Result("loudness_db", 31.5, "± 0.5 dB", HOW, 0.0, Comparison.DIFFERS),
    ],
    "weight": [Result("weight_g", [80, 90], "exact", HOW, None, Comparison.DIFFERS)],
    "smell": [Result("smells", None, "", "It was not there.", False, Comparison.NOT_SETTLED)],
}

class Lab:
    def measurements(self):
        return ALL

    def wall_s(self, measurement, *, quick):
        return measurement.quick_wall_s if quick else measurement.wall_s

    def run(self, target, *, options, only, quick, watcher):
        print("opening", target, options, quick)
        if "LAB_MARKER" in os.environ:
            Path(os.environ["LAB_MARKER"]).touch()
        firmware = {"fx": "7"} if target else {}
        board = MeasuredBoard("speck9", "Speck9Kit", "A1", firmware, "samna 9", emulated=False)
        watcher.opened(board)
        for measurement in choose(ALL, only):
            watcher.begins(measurement)
            does = os.environ.get("LAB_" + measurement.name.upper())
            time.sleep(float(os.environ.get("LAB_SLEEPS", "0")))
            if does == "fail":
                error = DeviceFailed("The scales broke.", hint="Buy new ones.")
                watcher.failed(measurement, error)
                continue
            if does == "interrupt":
                raise KeyboardInterrupt
            if does == "raise":
                raise DeviceFailed("The board is gone.", hint="Look for it.")
            if does == "die":
                os._exit(9)
            for result in FOUND[measurement.name]:
                watcher.found(result)

class WithLab(Backend):
    @hookimpl
    def speckhal_characteriser(self):
        return Lab()

backend = WithLab()
"""


@pytest.fixture(autouse=True)
def _lab(install: Install, healthy: Source) -> None:
    """A backend "lab" that measures things, as the environment says."""
    source = healthy("lab") + LAB
    install("lab", backends={"lab": "lab_module:backend"}, modules={"lab_module": source})


def plain(printed: str) -> list[str]:
    """Lines without colours and without the ways in which a progress bar moves about."""
    return re.split(r"[\r\n]+", re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", printed))


def test_the_estimate_comes_before_the_board_is_opened(speckhal: Run) -> None:
    lines = speckhal("characterise", "lab").stdout.splitlines()
    assert lines[:2] == ["3 measurements on lab: about 7 min.", "opening None {} False"]
    quick = speckhal("characterise", "lab", "--quick").stdout.splitlines()
    assert quick[:2] == [
        "3 measurements on lab: less than a second.",
        "opening None {} True",
    ]
    one = speckhal("characterise", "lab:9", "--only", "colour").stdout.splitlines()
    assert one[:2] == ["1 measurement on lab: about 2 s.", "opening 9 {} False"]


def test_each_result_has_its_value_its_uncertainty_and_its_verdict(speckhal: Run) -> None:
    done = speckhal("characterise", "lab:9")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert "board     Speck9Kit, hardware (speck9)" in lines
    assert "firmware  fx 7" in lines
    assert "  as assumed   colour_of_the_board         green (exact)" in lines
    differs = lines.index("  differs      loudness_db                 31.5 ± 0.5 dB")
    assert lines[differs + 1] == " " * 15 + "Assumed: 0.0."
    # whole, so that it can be searched
    assert lines[differs + 2].strip().startswith("It was looked at")
    assert lines[differs + 2].endswith("until it was sure.")
    assert "  differs      weight_g                    80 to 90 (exact)" in lines
    unsettled = lines.index("  not settled  smells")
    assert lines[unsettled + 1] == " " * 15 + "It was not there."
    assert lines[-1] == "4 results: 1 as assumed, 2 differ, 1 not settled."
    assert "\x1b" not in done.stdout


def test_on_a_terminal_everything_fits_and_there_is_a_bar(on_a_terminal: Terminal) -> None:
    printed = on_a_terminal("characterise", "lab", LAB_SLEEPS="0.2")
    lines = plain(printed)
    assert max(map(len, lines)) <= 80
    assert any("━" in line and "of about 7 min" in line for line in lines)
    assert lines[-2 if not lines[-1] else -1] == (
        "4 results: 1 as assumed, 2 differ, 1 not settled."
    )
    how = next(number for number, line in enumerate(lines) if "It was looked at" in line)
    assert lines[how].index("It was") == 15
    assert lines[how + 1].startswith(" " * 15)
    colours = re.compile(r"\x1b\[3[236]m")
    assert len(set(colours.findall(printed))) == 3
    bare = on_a_terminal("characterise", "lab", "--quick", NO_COLOR="1")
    assert not colours.search(bare)
    # nothing that takes so little needs one
    assert "━" not in bare


def test_a_profile_is_written_and_reported(speckhal: Run, tmp_path: Path) -> None:
    path = tmp_path / "board.toml"
    done = speckhal("characterise", "lab:9", "--out", str(path), "--quick")
    assert (done.returncode, done.stderr) == (0, f"Wrote {path}\n")
    profile = read_profile(path)
    assert (profile.is_complete, profile.quick) == (True, True)
    assert (profile.board.board, dict(profile.board.firmware)) == ("Speck9Kit", {"fx": "7"})
    assert [result.name for result in profile.results] == [
        "colour_of_the_board",
        "loudness_db",
        "weight_g",
        "smells",
    ]
    assert list(tmp_path.glob("board*")) == [path]


def test_ctrl_c_keeps_what_was_found(speckhal: Run, tmp_path: Path) -> None:
    path = tmp_path / "board.toml"
    done = speckhal("characterise", "lab", "--out", str(path), LAB_WEIGHT="interrupt")
    assert done.returncode == 130
    assert done.stderr == f"Wrote {path} (incomplete)\nInterrupted.\n"
    assert done.stdout.endswith(
        "2 results: 1 as assumed, 1 differs.\nIncomplete: without weight, smell.\n"
    )
    profile = read_profile(path)
    assert (len(profile.results), profile.missing) == (2, ("weight", "smell"))


def test_an_error_keeps_what_was_found(speckhal: Run, tmp_path: Path) -> None:
    path = tmp_path / "board.toml"
    done = speckhal("characterise", "lab", "--out", str(path), LAB_WEIGHT="raise")
    assert done.returncode == 2
    assert "error: The board is gone.\nhint: Look for it.\n" in done.stderr
    assert read_profile(path).missing == ("weight", "smell")


def test_a_process_that_dies_leaves_what_was_found_before(speckhal: Run, tmp_path: Path) -> None:
    path = tmp_path / "board.toml"
    done = speckhal("characterise", "lab", "--out", str(path), LAB_SMELL="die")
    assert done.returncode == 9
    profile = read_profile(path)
    assert (len(profile.results), profile.missing) == (3, ("smell",))


def test_a_measurement_that_fails_is_reported_and_fails_the_command(
    speckhal: Run, tmp_path: Path
) -> None:
    path = tmp_path / "board.toml"
    done = speckhal("characterise", "lab", "--out", str(path), LAB_COLOUR="fail")
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    failed = lines.index("  failed       colour")
    assert lines[failed + 1 : failed + 3] == [
        " " * 15 + "The scales broke.",
        " " * 15 + "Buy new ones.",
    ]
    assert "  not settled  smells" in lines
    assert read_profile(path).missing == ("colour",)


def test_json_is_the_profile_and_nothing_else(speckhal: Run) -> None:
    done = speckhal("characterise", "lab", "--json", LAB_WEIGHT="fail")
    assert (done.returncode, done.stderr) == (
        1,
        "opening None {} False\nweight failed: The scales broke. Buy new ones.\n",
    )
    profile = json.loads(done.stdout)
    assert (profile["complete"], profile["missing"]) == (False, ["weight"])
    assert profile["results"]["loudness_db"]["value"] == 31.5
    assert profile["results"]["smells"]["value"] is None
    interrupted = speckhal("characterise", "lab", "--json", LAB_WEIGHT="interrupt")
    assert json.loads(interrupted.stdout)["missing"] == ["weight", "smell"]


def test_a_place_that_cannot_be_written_is_refused_before_anything_is_measured(
    speckhal: Run, tmp_path: Path
) -> None:
    marker = tmp_path / "opened"
    for place in (tmp_path / "none" / "board.toml", tmp_path):
        done = speckhal("characterise", "lab", "--out", str(place), LAB_MARKER=str(marker))
        assert (done.returncode, done.stdout) == (2, "")
        assert f"error: Asked to write the profile {place}" in done.stderr
    assert not marker.exists()


def test_only_takes_several_names_and_knows_them(speckhal: Run) -> None:
    for chosen in (["--only", "weight,smell"], ["--only", "smell", "--only", "weight"]):
        lines = speckhal("characterise", "lab", *chosen).stdout.splitlines()
        assert lines[0] == "2 measurements on lab: about 7 min."
        assert lines[-1] == "2 results: 1 differs, 1 not settled."
    done = speckhal("characterise", "lab", "--only", "size")
    assert (done.returncode, done.stdout) == (2, "")
    assert "Asked to measure 'size', and there is no such measurement." in done.stderr
    assert "hint: There are: colour, weight, smell." in done.stderr
    for none in ("", " , "):
        done = speckhal("characterise", "lab", "--only", none)
        assert (done.returncode, done.stdout) == (2, "")
        assert f"measure only {none!r}, which names no measurement." in done.stderr


def test_the_measurements_can_be_listed(speckhal: Run) -> None:
    done = speckhal("characterise", "lab", "--list", "--only", "colour,weight")
    assert done.stdout.splitlines() == [
        "colour  what colour it has (about 2 s)",
        "weight  what it weighs (about 2 min)",
    ]


def test_a_profile_to_measure_reaches_the_backend(speckhal: Run) -> None:
    done = speckhal("characterise", "lab", "--profile", "board.toml")
    assert "opening None {'profile': 'board.toml'} False" in done.stdout


def test_a_backend_that_measures_nothing_says_so(
    install: Install, healthy: Source, speckhal: Run
) -> None:
    install("plain", backends={"plain": "pm:backend"}, modules={"pm": healthy("plain")})
    done = speckhal("characterise", "plain")
    assert (done.returncode, done.stdout) == (2, "")
    assert "does not measure boards" in done.stderr
