"""What a leak leaves behind: JSON, arrays, a table, a picture."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

import numpy as np

from speckhal import Answer, measure_leak
from speckhal.runs.record import LeakRecord

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Leaky = Callable[..., Any]  # the conftest's device, which tests cannot import


def _record(device: Any, **sampling: Any) -> LeakRecord:
    trace = measure_leak(device, **sampling)
    return LeakRecord(device.info, device.layer_as_told, trace)


def test_the_json_has_what_it_promises(leaky: Leaky) -> None:
    record = _record(leaky(), every_s=0.5, for_s=1)

    data = json.loads(json.dumps(record.as_json()))

    assert (data["backend"], data["chip"], data["emulated"]) == ("leaky", "leaky", True)
    assert data["shape"] == [1, 2, 2]
    assert (data["expected_step"], data["measured_step"]) == (-13, -13)
    assert (data["agrees"], data["answer"], data["answers"]) == (True, "agrees", ["agrees"])
    assert [sample["time_s"] for sample in data["samples"]] == [0, 0.5, 1]
    assert data["samples"][2]["v_mem"] == [[[114, 114], [114, 114]]]
    assert "tick" not in data["samples"][0]


def test_counted_ticks_are_in_the_json(leaky: Leaky) -> None:
    data = _record(leaky(told_rate_hz=None), ticks=2).as_json()

    samples: Any = data["samples"]
    assert [sample["tick"] for sample in samples] == [0, 1, 2]


def test_channels_that_differ_are_listed(leaky: Leaky) -> None:
    device = leaky(start=np.zeros((2, 1, 1), np.int16), steps=[-1, -2], told_steps=[-1, -2])

    data = _record(device, every_s=0.5, for_s=4).as_json()

    assert data["expected_step"] == data["measured_step"] == [-1, -2]


def test_a_record_of_one_sample_has_no_verdict(leaky: Leaky) -> None:
    record = _record(leaky(), every_s=1, for_s=1)
    one = LeakRecord(
        record.info,
        record.layer,
        type(record.trace)(0, record.trace.time_s[:1], record.trace.v_mem[:1]),
    )

    assert (one.verdict, one.answer) == (None, Answer.CANNOT_TELL)
    data = one.as_json()
    assert (data["agrees"], data["answer"]) == (None, "cannot tell")
    assert data["problems"] == ["A leak shows from two readings on, and this is 1."]


def test_what_disagrees_and_what_cannot_be_told_differ_in_the_json(leaky: Leaky) -> None:
    device = leaky(start=np.full((2, 1, 1), 100, np.int16), steps=[-9, 5], told_steps=[-13, -13])

    wrong = _record(device, every_s=0.5, for_s=4).as_json()
    short = _record(leaky(), every_s=0.5, for_s=0.5).as_json()

    assert (wrong["agrees"], wrong["answer"]) == (False, "disagrees")
    assert (short["agrees"], short["answer"]) == (None, "cannot tell")
    assert short["answers"] == ["cannot tell"]


def test_arrays_come_back_from_the_file(leaky: Leaky, tmp_path: Path) -> None:
    record = _record(leaky(told_rate_hz=None, reading_s=0.25), ticks=4)
    record.save_npz(tmp_path / "leak.npz")

    with np.load(tmp_path / "leak.npz") as saved:
        assert (saved["v_mem"] == record.trace.v_mem).all()
        assert (saved["time_s"] == record.trace.time_s).all()
        assert saved["duration_s"].tolist() == [0, 0.25, 0.25, 0.25, 0.25]
        assert saved["ticks"].tolist() == [0, 1, 2, 3, 4]
        about = json.loads(str(saved["about"]))
    assert about["emulated"] is True


def test_the_file_gets_the_name_it_was_asked_for(leaky: Leaky, tmp_path: Path) -> None:
    _record(leaky(), every_s=1, for_s=1).save_npz(tmp_path / "leak.data")

    assert [path.name for path in tmp_path.iterdir()] == ["leak.data"]


def test_the_table_has_a_line_for_each_neuron_of_each_sample(leaky: Leaky, tmp_path: Path) -> None:
    device = leaky(start=np.arange(6, dtype=np.int16).reshape(1, 2, 3))
    _record(device, every_s=1, for_s=2).save_csv(tmp_path / "leak.csv")

    with (tmp_path / "leak.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))

    assert len(rows) == 3 * 6
    assert rows[5] == {"time_s": "0", "tick": "", "c": "0", "y": "1", "x": "2", "v_mem": "5"}
    assert rows[6]["time_s"] == "1"
    assert rows[6]["v_mem"] == "-13"
