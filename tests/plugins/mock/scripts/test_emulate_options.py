"""`speckhal emulate` takes what `open_device("mock", ...)` takes."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import attrs
import numpy as np
import pytest

from speckhal.contract.characterise import Comparison, MeasuredBoard, Result
from speckhal.contract.errors import InputError
from speckhal.runs.profile import Profile, write_profile
from speckhal_mock.boards.option_table import kind_of
from speckhal_mock.emulation.options import EmulationOptions
from speckhal_mock.scripts.emulator import ScriptEmulator
from speckhal_mock.sdk.bus import current_bus

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

RunCommand = Callable[..., "subprocess.CompletedProcess[str]"]

FIELDS = [field.name for field in attrs.fields(EmulationOptions)]

OPENS_ALL = """
import samna
for info in samna.device.get_all_devices():
    kit = samna.device.open_device(info)
    start = __import__("time").monotonic()
    kit.get_model().apply_configuration(
        (samna.speck2e if "2e" in info.device_type_name else samna.speck2f)
        .configuration.SpeckConfiguration()
    )
    print(info.device_type_name, round(__import__("time").monotonic() - start, 1))
"""


def _options(*boards: str, **options: object) -> list[EmulationOptions]:
    with ScriptEmulator().desk(boards=boards, realtime=False, options=options):
        return [board.options for board in current_bus().boards]


@pytest.mark.parametrize("name", FIELDS)
def test_every_option_of_the_emulation_can_be_given(name: str, tmp_path: Path) -> None:
    scene = tmp_path / "events.npy"
    np.save(scene, np.zeros(1, dtype=[(field, "<i8") for field in "txyp"]))
    other: dict[str, object] = {
        "dvs_scene": str(scene),
        "merge_polarity_mark": 0,
        "idle_power_w": [1e-3] * 5,
        "accepted_rate_hz": [2, 1000],
        "neuron_address": ["x", "y", "c"],
        "default_rate_hz": 7,
    }
    default = getattr(EmulationOptions(), name)
    value = other.get(name, not default if isinstance(default, bool) else 3)
    if choices := kind_of(name).choices:
        value = next(choice for choice in choices if choice != default)

    (options,) = _options("speck2fdevkit", **{name: value})

    assert getattr(options, name) != default


def test_options_count_for_every_board() -> None:
    assert {options.overflow for options in _options(overflow="wrap")} == {"wrap"}
    assert len(_options(overflow="wrap")) == 4


@pytest.mark.parametrize("name", ["dvs_rate_hz", "realtime", "breakage", "OVERFLOW"])
def test_an_unknown_option_is_refused_with_the_known_ones(name: str) -> None:
    with pytest.raises(InputError, match=f"with {name}, and it has no such option") as refused:
        _options(**{name: 1})

    assert all(field in str(refused.value) for field in FIELDS)
    assert current_bus().boards == ()


def test_a_slip_of_the_pen_is_answered_with_what_was_meant() -> None:
    with pytest.raises(InputError, match="Did you mean dvs_event_rate_hz"):
        _options(dvs_event_rate=0)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("overflow", "both"),
        ("apply_s", -1),
        ("apply_s", "soon"),
        ("accepted_rate_hz", [5]),
        ("accepted_rate_hz", "1-1000"),
        ("neuron_address", ["x"]),
        ("neuron_address", 3),
        ("spike_on_tick", 1),
    ],
)
def test_a_wrong_value_is_refused_by_the_name_of_its_option(name: str, value: object) -> None:
    with pytest.raises(InputError, match=f"option {name} is "):
        _options(**{name: value})


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    """What somebody measured of a Speck2e: sums wrap."""
    result = Result("overflow", "wrap", "exact", "It was measured.", None, Comparison.DIFFERS)
    board = MeasuredBoard("speck2e", "Speck2eTestBoard", "A1", {}, "samna 0.48.5", emulated=False)
    when = dt.datetime(2026, 3, 1, 12, tzinfo=dt.timezone.utc)
    path = tmp_path / "board.toml"
    write_profile(Profile(board, when, "0", quick=True, results=(result,)), path)
    return path


def test_a_profile_plugs_in_the_board_that_was_measured(profile: Path) -> None:
    with ScriptEmulator().desk(boards=(), realtime=False, options={"profile": str(profile)}):
        (board,) = current_bus().boards

    assert (board.kit.name, board.options.overflow) == ("Speck2eTestBoard", "wrap")


def test_a_profile_counts_for_the_boards_that_are_chosen(profile: Path) -> None:
    given = {"profile": str(profile), "apply_s": 2}

    both = _options("speck2edevkit", "speck2edevkit", **given)

    assert [(options.overflow, options.apply_s) for options in both] == [("wrap", 2)] * 2
    with pytest.raises(InputError, match="one of a speck2e") as refused:
        _options("speck2fdevkit", **given)
    assert "--board speck2e" in str(refused.value)


def test_the_command_passes_options_on(
    run_command: RunCommand, script: Callable[[str], Path]
) -> None:
    done = run_command(
        "emulate", "--option", "apply_s=3", "--option", "overflow=wrap", script(OPENS_ALL)
    )

    assert (done.stderr, done.returncode) == ("", 0)
    assert done.stdout.splitlines() == [
        "Speck2eDevKit 3.0", "Speck2eTestBoard 3.0", "Speck2fDevKit 3.0", "Speck2fModuleDevKit 3.0",
    ]  # fmt: skip


def test_the_command_refuses_what_cannot_be_in_a_sentence(
    run_command: RunCommand, script: Callable[[str], Path], tmp_path: Path
) -> None:
    path = script("print('ran')")
    for options, said in (
        (["--option", "apply_s=-1"], "apply_s"),
        (["--option", "apply"], "NAME=VALUE"),
        (["--option", "applys=1"], "Did you mean apply_s"),
        (["--profile", str(tmp_path)], "folder"),
        (["--profile", str(path)], "profile"),
    ):
        done = run_command("emulate", *options, path)
        assert (done.stdout, done.returncode) == ("", 2)
        assert said in " ".join(done.stderr.split())
        assert "Traceback" not in done.stderr


LEAKS_AT_THE_SENSOR = """
import sys, time
import samna

kit = samna.device.open_device("Speck2fDevKit")
configuration = samna.speck2f.configuration.SpeckConfiguration()
core = configuration.cnn_layers[3]
core.biases, core.leak_enable, core.leak_internal_slow_clk_enable = [-1], True, True
kit.get_model().apply_configuration(configuration)
io = kit.get_io_module()
io.set_slow_clk_rate(2000)
time.sleep(1)
print("ran")
"""


def test_a_warning_names_the_line_of_the_script_and_an_option_that_can_be_given(
    run_command: RunCommand, script: Callable[[str], Path]
) -> None:
    path = script(LEAKS_AT_THE_SENSOR)

    warned = run_command("emulate", path)
    (option,) = re.findall(r"--option (\S+=\S+?)`", warned.stderr)
    quiet = run_command("emulate", "--option", option, path)
    other = run_command("emulate", "--option", "accepted_rate_hz=[1, 1000]", path)

    assert warned.stderr.startswith(f"{path}:9: EmulationWarning: Cores [3] leak")
    assert warned.stderr.endswith("\n  kit.get_model().apply_configuration(configuration)\n")
    assert (quiet.stderr, quiet.stdout) == ("", "ran\n")
    assert f"\n{path}:11: EmulationWarning: A slow clock of 2000 Hz has no effect" in other.stderr


def test_a_warning_that_is_to_be_an_error_is_one_in_that_line(
    run_command: RunCommand, script: Callable[[str], Path]
) -> None:
    path = script(f"import warnings; warnings.simplefilter('error')\n{LEAKS_AT_THE_SENSOR}")

    done = run_command("emulate", path)

    assert (done.stdout, done.returncode) == ("", 1)
    assert f'File "{path}", line 10, in <module>' in done.stderr
    assert "EmulationWarning: Cores [3] leak" in done.stderr.splitlines()[-1]
