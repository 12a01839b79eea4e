"""What speckhal logs: silent by default, on standard error with -v, and never twice."""

from __future__ import annotations

import logging
import subprocess
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

import speckhal
from speckhal.cli import main

if TYPE_CHECKING:
    from pathlib import Path

Python = Callable[..., subprocess.CompletedProcess[str]]


def use_a_board() -> None:
    example = speckhal.select("mock")[0].example()
    with speckhal.open_device("mock:speck2f", apply_s=0.5) as device:
        leak = device.leak_config(rate_hz=10)
        device.deploy(example.network, input_shape=example.input_shape, leak=leak)
        device.start_slow_clock()
        device.stop_slow_clock()
        device.tick(3)
        device.probe(0).read()


def test_what_is_done_once_is_info_and_each_reading_and_tick_is_debug(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.DEBUG, "speckhal"):
        use_a_board()
    of_board = [one for one in caplog.records if one.name == "speckhal.device"]
    info = [one.getMessage() for one in of_board if one.levelno == logging.INFO]
    debug = [one.getMessage() for one in of_board if one.levelno == logging.DEBUG]
    opened, deployed, on, off, closed = info
    assert opened.endswith(": opened by mock, emulated, chip speck2f, apply_s=0.5")
    boards = {line.partition(": ")[0] for line in info + debug}
    assert boards == {"Speck2fModuleDevKit emulated-speck2fmodule-0"}
    assert "deployed layer 0 on core 0" in deployed
    assert "; slow clock external at 10 Hz; took " in deployed
    assert [line.partition(": ")[2] for line in (on, off, closed)] == [
        "slow clock on",
        "slow clock off",
        "closed",
    ]
    ticked, read = (line.partition(": ")[2] for line in debug)
    assert ticked == "made 3 ticks"
    assert read.startswith("read layer 0: ")
    assert {one.levelno for one in caplog.records} <= {logging.INFO, logging.DEBUG}


def test_an_error_that_is_raised_is_not_logged_too(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "speckhal"), pytest.raises(speckhal.SpeckhalError):
        speckhal.open_device("nobody")
    assert caplog.records == []


@pytest.mark.parametrize(
    ("verbose", "has", "has_not"),
    [
        ([], [], ["speckhal.device", "speckhal.files"]),
        (
            ["-v"],
            ["opened by mock", "deployed layer 0", "wrote {csv}", "wrote {h5}"],
            ["read layer"],
        ),
        (["-vv"], ["opened by mock", "read layer 0", "made 1 ticks"], []),
    ],
    ids=["silent", "-v", "-vv"],
)
def test_verbose_prints_on_standard_error_only(
    verbose: list[str], has: list[str], has_not: list[str], tmp_path: Path
) -> None:
    csv, record = str(tmp_path / "leak.csv"), str(tmp_path / "leak.h5")
    arguments = ["leak", "--ticks", "2", "--csv", csv, "--record", record]
    done = CliRunner().invoke(main, [*verbose, *arguments])
    assert done.exit_code in {0, 2}, done.output
    for text in has:
        logged = text.format(csv=f"{tmp_path}/leak.csv", h5=f"{tmp_path}/leak.h5")
        assert f": {logged}" in done.stderr  # behind the logger and the board
        assert text not in done.stdout
    for text in has_not:
        assert text not in done.output
    logger = logging.getLogger("speckhal")
    assert logger.level == logging.NOTSET
    assert [type(one) for one in logger.handlers] == [logging.NullHandler]


def test_listing_and_importing_need_no_logging(python: Python) -> None:
    done = python(
        "-c", "import sys, speckhal; from speckhal import open_device; print(*sys.modules)"
    )
    assert "logging" not in done.stdout.split()
