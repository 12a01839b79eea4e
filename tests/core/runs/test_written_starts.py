"""`run_leak(start=)`: what every neuron starts from, written before the clock runs."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from speckhal import (
    Capability,
    CapabilityUnsupported,
    ClockDrive,
    InputError,
    LayerSpec,
    OpenDevice,
    open_run,
    published_leak_path,
    run_leak,
    verify,
)
from speckhal.runs.exports import to_npz
from speckhal.runs.replay.device import ReplayDevice
from speckhal.runs.replay.network import RecordedNetwork

if TYPE_CHECKING:
    from pathlib import Path

Deployed = Callable[..., OpenDevice]

NETWORK = [
    LayerSpec((2, 1, 1), [-13, -13], threshold_high=127, threshold_low=-5),
    LayerSpec((1, 1, 1), [-40], threshold_high=700, threshold_low=-1),
]


def test_each_layer_starts_just_below_its_own_threshold_and_the_run_keeps_that(
    deployed: Deployed, tmp_path: Path
) -> None:
    record = tmp_path / "run.h5"

    run = run_leak(deployed(NETWORK), ticks=3, start="high", record=record)

    for one in (run, open_run(record)):
        assert one.trace(0).v_mem[:, 0, 0, 0].tolist() == [126, 113, 100, 87]
        assert one.trace(1).v_mem[:, 0, 0, 0].tolist() == [699, 659, 619, 579]
        assert one.provenance.states == "written"
        assert one.provenance.written == {"0": 126, "1": 699}
        assert one.provenance.start is None  # the first reading is of it
        assert [step.answer.value for step in verify(one).findings if step.name == "step"] == [
            "agrees",
            "agrees",
        ]
    assert "states written (126 to layer 0, 699 to layer 1)" in str(run._repr_html_())


def test_arrays_say_what_the_neurons_began_with_where_the_clock_ran_before(tmp_path: Path) -> None:
    run = open_run(published_leak_path())
    run.records[0].save_npz(tmp_path / "saved.npz")
    to_npz(run, tmp_path / "exported.npz")
    for name in ("saved.npz", "exported.npz"):
        about = open_run(tmp_path / name).provenance
        assert (about.states, about.written, about.start) == ("leaked", {}, 127)


@pytest.mark.parametrize("start", [None, "high"])
def test_arrays_say_what_the_neurons_began_with(
    deployed: Deployed, tmp_path: Path, start: Any
) -> None:
    run = run_leak(deployed(NETWORK), ticks=3, start=start)
    saved, exported = tmp_path / "saved.npz", tmp_path / "exported.npz"

    run.records[0].save_npz(saved)
    to_npz(run, exported)

    for path, written in ((saved, {"0": 126}), (exported, {"0": 126, "1": 699})):
        about = open_run(path).provenance
        assert about.states == run.provenance.states == ("written" if start else "deployed")
        assert about.written == (written if start else {})


def test_of_arrays_that_do_not_say_it_nobody_knows_what_the_neurons_began_with(
    deployed: Deployed, tmp_path: Path
) -> None:
    run = run_leak(deployed(NETWORK), ticks=3)
    path = tmp_path / "earlier.npz"
    run.records[0].save_npz(path)
    with np.load(path) as file:
        arrays = dict(file)
    about = json.loads(str(arrays.pop("about")))
    del about["states"], about["written"]
    np.savez(path, about=np.array(json.dumps(about)), **arrays)

    opened = open_run(path)

    assert opened.provenance.states == ""
    assert "states" not in str(opened._repr_html_())
    device = OpenDevice(ReplayDevice(opened))
    config = device.leak_config(drive=ClockDrive.STEPPED)
    device.deploy(RecordedNetwork(), input_shape=(2, 1, 1), leak=config)
    assert run_leak(device, [0], ticks=3).provenance.states == ""
    assert run_leak(device, [0], ticks=3, restore=True).provenance.states == ""


def test_only_layers_that_are_read_are_written(deployed: Deployed) -> None:
    device = deployed(NETWORK)

    run = run_leak(device, [1], ticks=1, start=100)

    assert run.provenance.written == {"1": 100}
    assert run.trace(1).v_mem[0].max() == 100
    assert device.probe(0).read().v_mem.max() < 100


def test_a_clock_that_runs_is_off_before_neurons_are_written(deployed: Deployed) -> None:
    device = deployed(NETWORK, rate_hz=10)
    device.start_slow_clock()
    device.clock.sleep_s(0.35)

    run = run_leak(device, every_s=0.05, for_s=0.2, start="high")

    assert run.trace(0).v_mem[0].tolist() == [[[126]], [[126]]]


@pytest.mark.parametrize(
    ("start", "said"),
    [
        ("low", r"start the neurons from 'low', which is not a membrane potential. .*'high'"),
        (1.5, r"from 1.5, which is not a membrane potential"),
        (np.array([1, 2]), r"from array\(\[1, 2\]\), which is not a membrane potential"),
        (np.array([]), r"which is not a membrane potential"),
        (
            128,
            r"layer 0 from 128, which is above its threshold of 127. Give -5 to 127, .* 126",
        ),
        (-2, r"layer 1 from -2, which is below its floor of -1. Give -1 to 700"),
    ],
)
def test_what_no_neuron_can_rest_at_is_refused_before_anything_is_written(
    deployed: Deployed, start: Any, said: str
) -> None:
    device = deployed(NETWORK)

    with pytest.raises(InputError, match=said):
        run_leak(device, ticks=1, start=start)

    assert device.states == "deployed"


def test_a_device_that_cannot_write_refuses_a_start_in_a_sentence(deployed: Deployed) -> None:
    device = deployed(NETWORK, capabilities=frozenset({Capability.STEPPED_CLOCK}))

    with pytest.raises(CapabilityUnsupported, match="Tidy cannot write membrane potentials"):
        run_leak(device, ticks=1, start="high")
