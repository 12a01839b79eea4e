from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import speckhal

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def leak(ticks: int) -> None:
    """Watch the example network leak on an emulated board."""
    with speckhal.open_device("mock") as device:
        wanted = device.leak_config(drive=speckhal.ClockDrive.STEPPED)
        example = speckhal.Registry().backend("mock").example()
        device.deploy(example.network, input_shape=example.input_shape, leak=wanted)
        speckhal.measure_leak(device, ticks=ticks)


def test_every_neuron_of_every_reading_has_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPECKHAL_CSV", str(tmp_path / "leak.csv"))
    leak(ticks=2)
    with (tmp_path / "leak.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["v_mem"] for row in rows if row["neuron"] == "0 1 0"] == ["127", "114", "101"]
    assert [row["ticks"] for row in rows] == ["0"] * 4 + ["1"] * 4 + ["2"] * 4
    assert {row["board"] for row in rows} == {"Speck2fModuleDevKit"}


def test_it_adds_to_a_file_that_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPECKHAL_CSV", str(tmp_path / "leak.csv"))
    leak(ticks=1)
    leak(ticks=1)
    lines = (tmp_path / "leak.csv").read_text().splitlines()
    assert lines[0].startswith("board,")
    assert len(lines) == 1 + 2 * 2 * 4


def test_it_does_nothing_unless_it_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SPECKHAL_CSV", raising=False)
    monkeypatch.chdir(tmp_path)
    leak(ticks=1)
    assert list(tmp_path.iterdir()) == []
