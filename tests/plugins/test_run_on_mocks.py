"""Runs of several layers on emulated boards of both chips: several at once, restored, described."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import nn

import speckhal
from speckhal import Answer, ClockDrive, measure_leak, run_leak
from speckhal.runs.versions import versions
from speckhal_samna.samna_import import EMULATION_MARKER

if TYPE_CHECKING:
    from speckhal import OpenDevice

MOCKS = ["mock:speck2f", "mock:speck2e"]
FEW = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=6)


def _network(biases: tuple[float, ...], v_mem: float) -> nn.Sequential:
    """One layer for each bias, of which the next gets what it fires."""
    from sinabs.layers import IAFSqueeze

    modules: list[nn.Module] = []
    for bias in biases:
        convolution = nn.Conv2d(1, 1, kernel_size=1)
        with torch.no_grad():
            convolution.weight.fill_(0.5)
            assert convolution.bias is not None
            convolution.bias.fill_(bias)
        modules += [convolution, IAFSqueeze(batch_size=1, min_v_mem=-1.0)]
    network = nn.Sequential(*modules)
    with torch.no_grad():
        network(torch.zeros(1, 1, 2, 2))
        for neurons in modules[1::2]:
            neurons.v_mem.fill_(v_mem)  # type: ignore[operator]  # a buffer of sinabs
    return network


def _deployed(device: OpenDevice, network: nn.Sequential, rate_hz: int | None = None) -> None:
    drive = ClockDrive.STEPPED if rate_hz is None else ClockDrive.EXTERNAL
    leak = device.leak_config(drive=drive, rate_hz=rate_hz)
    device.deploy(network, input_shape=(1, 2, 2), leak=leak)


@pytest.mark.parametrize("selection", MOCKS)
@given(
    falling=st.lists(st.sampled_from([-0.3, -0.1]), min_size=1, max_size=2),
    last=st.sampled_from([-0.3, 0.2, 0.4]),  # convolution is not emulated: only this may fire
    v_mem=st.sampled_from([-0.5, 0.0, 0.9]),
)
@FEW
def test_layers_leak_in_one_run_as_in_single_ones_and_restored_firing_or_not(
    selection: str, falling: list[float], last: float, v_mem: float
) -> None:
    with speckhal.open_device(selection) as device:
        _deployed(device, _network((*falling, last), v_mem))
        run = run_leak(device, "all", ticks=6)
        again = run_leak(device, "all", ticks=6, restore=True)
        for trace, restored in zip(run.traces, again.traces, strict=True):
            device.restore_states()
            alone = measure_leak(device, layer=trace.layer, ticks=6)
            assert (trace.v_mem == restored.v_mem).all()
            assert (trace.v_mem == alone.v_mem).all()
        assert run.answer is not Answer.DISAGREES


@pytest.mark.parametrize("selection", MOCKS)
def test_layers_agree_under_a_running_clock_and_restored(selection: str) -> None:
    with speckhal.open_device(selection) as device:
        _deployed(device, _network((-0.1, -0.05), 1.0), rate_hz=1)
        run = run_leak(device)
        again = run_leak(device, restore=True)
        stepped = run_leak(device, ticks=8, restore=True)

        assert [trace.layer for trace in run.traces] == [0, 1]
        assert run.answer is again.answer is stepped.answer is Answer.AGREES
        assert [trace.ticks is None for trace in stepped.traces] == [False, False]
        assert (run.trace(1).v_mem == again.trace(1).v_mem).all()
        assert again.provenance.states == "restored"


def test_where_potentials_cannot_be_written_the_network_is_deployed_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with speckhal.open_device("mock") as device:
        _deployed(device, _network((-0.1, -0.05), 1.0))
        able = device.capabilities - {speckhal.Capability.WRITE_V_MEM}
        monkeypatch.setattr(type(device.raw), "capabilities", able)
        run = run_leak(device, ticks=4)
        before = device.deployment
        again = run_leak(device, ticks=4, restore=True)

        assert device.deployment is not before
        assert again.deployment is device.deployment
        assert (run.trace(1).v_mem == again.trace(1).v_mem).all()


def test_a_simulation_in_between_changes_the_network_and_is_noticed() -> None:
    with speckhal.open_device("mock") as device:
        network = _network((-0.1,), 1.0)
        _deployed(device, network)
        named = device.network_hash
        device.tick()
        network(torch.zeros(1, 1, 2, 2))
        with pytest.raises(speckhal.ConfigurationError, match="has changed since"):
            device.restore_states()
        assert device.network_hash == named
        _deployed(device, network)
        assert device.network_hash != named


def test_a_run_says_how_its_board_was_opened(tmp_path: Path) -> None:
    with speckhal.open_device("mock:speck2e", realtime=False, accepted_rate_hz=[1, 1000]) as device:
        _deployed(device, _network((-0.1,), 1.0))
        about = run_leak(device, ticks=1).provenance

    assert about.selection == "mock:speck2e"
    assert about.options == {"realtime": False, "accepted_rate_hz": [1, 1000]}
    assert len(about.network_hash) == 64
    assert device.info.firmware == "fxtree emulated, unifirm emulated"
    assert about.versions["samna"].endswith(" (emulated)")
    assert {"sinabs", "torch", "numpy"} <= {*about.versions}
    assert json.loads(json.dumps(attrs.asdict(about)))["options"]["realtime"] is False


def test_the_emulated_samna_is_recognised_by_its_own_mark(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import sys
    from types import ModuleType

    vendors = ModuleType("samna")
    monkeypatch.setitem(sys.modules, "samna", vendors)
    assert "emulated" not in versions().get("samna", "")
    setattr(vendors, EMULATION_MARKER, True)
    assert versions()["samna"] == "unknown (emulated)"


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (np.int16(5), 5),
        (np.array([1, 2]), [1, 2]),
        ((1, [2.5, None]), [1, [2.5, None]]),
        ({1: "x"}, {"1": "x"}),
        (Path("a/b"), "a/b"),
        (ClockDrive.STEPPED, "<ClockDrive.STEPPED: 'stepped'>"),
    ],
)
def test_an_option_that_is_not_plain_becomes_so(value: Any, plain: object) -> None:
    from speckhal.opened.plain_options import plain_options

    assert plain_options({"it": value}) == {"it": plain}


def test_the_text_of_a_profile_is_kept_with_its_place(tmp_path: Path) -> None:
    from speckhal.opened.plain_options import plain_options

    file = tmp_path / "measured.toml"
    file.write_text("format = 1\n", encoding="utf-8")
    wanted = {"profile": str(file), "profile_text": "format = 1\n"}
    assert plain_options({"profile": file}) == plain_options({"profile": str(file)}) == wanted
    assert plain_options({"profile": tmp_path / "gone"}) == {"profile": str(tmp_path / "gone")}


def test_two_devices_run_in_threads_of_their_own() -> None:
    from concurrent.futures import ThreadPoolExecutor

    def run(selection: str) -> speckhal.Run:
        with speckhal.open_device(selection) as device:
            _deployed(device, _network((-0.1, -0.05), 1.0))
            return run_leak(device, ticks=20)

    with ThreadPoolExecutor(2) as threads:
        one, other = threads.map(run, MOCKS)
    assert one.answer is other.answer is Answer.AGREES
    assert [one.info.chip.name, other.info.chip.name] == ["speck2f", "speck2e"]
    assert one.provenance.run_id != other.provenance.run_id
