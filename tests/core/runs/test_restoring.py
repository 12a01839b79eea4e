"""States that leaked are known, and are brought back exactly."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from speckhal import (
    Capability,
    ConfigurationError,
    DeviceFailed,
    LayerSpec,
    OpenDevice,
    measure_leak,
    run_leak,
)

if TYPE_CHECKING:
    from speckhal import Run

Deployed = Callable[..., OpenDevice]
DECLARED = frozenset({Capability.EXTERNAL_CLOCK, Capability.STEPPED_CLOCK, Capability.WRITE_BIASES})
"""Of a board that writes no membrane potentials."""
WITH_WRITING = DECLARED | {Capability.WRITE_V_MEM}
SAME_BOARD_MAKER = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30
)


def same(one: Run, other: Run) -> bool:
    pairs = zip(one.traces, other.traces, strict=True)
    return all((a.v_mem == b.v_mem).all() and (a.time_s == b.time_s).all() for a, b in pairs)


@given(
    ticks=st.integers(1, 30),
    between=st.integers(1, 30),
    read=st.sampled_from(["all", [0], [2, 0]]),
    can=st.sampled_from([WITH_WRITING, DECLARED]),
)
@SAME_BOARD_MAKER
def test_a_restored_run_is_the_first_once_more(
    deployed: Deployed, ticks: int, between: int, read: object, can: frozenset[Capability]
) -> None:
    device = deployed(capabilities=can)
    first = run_leak(device, read, ticks=ticks)  # type: ignore[arg-type]  # layers, drawn
    device.tick(between)
    restored = run_leak(device, read, ticks=ticks, restore=True)  # type: ignore[arg-type]

    assert same(first, restored)
    assert [first.provenance.states, restored.provenance.states] == ["deployed", "restored"]
    assert same(first, run_leak(device, read, ticks=ticks, restore=True))  # type: ignore[arg-type]


def test_a_second_run_knows_that_states_have_leaked(
    deployed: Deployed, caplog: pytest.LogCaptureFixture
) -> None:
    device = deployed()
    said = "the run starts from states that had leaked"
    with caplog.at_level("INFO", "speckhal"):
        first = run_leak(device, "all", ticks=3)
        assert said not in caplog.text
        second = run_leak(device, "all", ticks=3)

    assert f"Tidy 7: {said}" in caplog.text
    assert ["leaked" in repr(first), "leaked" in repr(second)] == [False, True]
    assert [first.provenance.states, second.provenance.states] == ["deployed", "leaked"]
    assert (second.trace(0).v_mem[0] == first.trace(0).v_mem[-1]).all()
    device.deploy([LayerSpec((1, 1, 1), [-1])], input_shape=(1, 1, 1))
    assert run_leak(device, ticks=1).provenance.states == "deployed"


@pytest.mark.parametrize(
    "move",
    [
        lambda device: device.tick(),
        lambda device: device.probe(0).write(np.zeros((1, 2, 2), int)),
        lambda device: device.probe(0, neurons=[[0, 0, 0]]).write([5]),
        lambda device: measure_leak(device, ticks=1),
    ],
)
def test_whatever_moves_states_is_noted(
    deployed: Deployed, move: Callable[[OpenDevice], object]
) -> None:
    device = deployed()
    device.probe(0).read()
    device.tick(0)
    assert device.states == "deployed"
    move(device)
    assert device.states == "leaked"
    device.restore_states()
    assert device.states == "restored"
    assert (device.probe(0).read().v_mem == 126).all()


def test_states_that_were_reset_are_known_to_be_until_they_leak(deployed: Deployed) -> None:
    device = deployed(rate_hz=1)
    device.reset_states()
    assert device.states == "reset"
    device.probe(0).read()  # which is not what was deployed
    run = run_leak(device, every_s=1, for_s=3)
    assert (run.provenance.states, device.states) == ("reset", "leaked")
    assert "leaked" not in repr(run)
    device.start_slow_clock()
    device.reset_states()
    assert device.states == "leaked"  # again, by the clock that runs on
    device.stop_slow_clock()
    device.reset_states()
    device.restore_states()
    assert device.states == "restored"
    assert (device.probe(0).read().v_mem == 126).all()


def test_a_clock_that_ran_has_moved_states(deployed: Deployed) -> None:
    device = deployed(rate_hz=1)
    run = run_leak(device, every_s=1, for_s=3)
    again = run_leak(device, every_s=1, for_s=3, restore=True)

    assert device.states == "leaked"
    assert (run.trace(0).v_mem == again.trace(0).v_mem).all()
    device.start_slow_clock()
    device.restore_states()
    assert device.raw.started_s is None  # type: ignore[attr-defined]  # of the test's board


def test_what_was_read_is_written_and_else_the_network_is_deployed_again(
    deployed: Deployed,
) -> None:
    for can, read, deployments in (
        (WITH_WRITING, [0, 1, 2], 1),
        (WITH_WRITING, [0], 2),
        (DECLARED, [0, 1, 2], 2),
    ):
        device = deployed(capabilities=can)
        run_leak(device, read, ticks=2)
        device.restore_states()
        device.restore_states()  # there is nothing to do
        assert device.raw.deployments == deployments  # type: ignore[attr-defined]
    device = deployed(capabilities=WITH_WRITING)
    device.tick()
    device.restore_states()  # by deploying; from then on the states are known
    device.tick()
    device.restore_states()
    assert device.raw.deployments == 2  # type: ignore[attr-defined]  # of the test's board


def test_biases_that_were_written_stay_written(deployed: Deployed) -> None:
    device = deployed(capabilities=DECLARED)
    device.deploy([LayerSpec((1, 1, 1), [-3])], input_shape=(1, 1, 1))
    device.probe(0).write_biases([-5])
    device.tick()
    device.restore_states()
    assert device.probe(0).read_biases().tolist() == [-5]
    assert device.probe(0).read().v_mem.tolist() == [[[0]]]


def test_a_network_that_has_changed_is_not_deployed_again(deployed: Deployed) -> None:
    network = [LayerSpec((1, 1, 1), [-1])]
    device = deployed(network, capabilities=DECLARED)
    device.tick()
    network[0] = LayerSpec((1, 1, 1), [-1], initial=7)

    with pytest.raises(ConfigurationError, match=r"network that has changed since.*deploy\("):
        run_leak(device, ticks=1, restore=True)
    assert device.raw.deployments == 1  # type: ignore[attr-defined]  # of the test's board


def test_states_that_nobody_knows_cannot_be_restored(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("speckhal.opened.deploys_networks.network_hash", lambda _: "")
    monkeypatch.setattr("speckhal.opened.restoring.network_hash", lambda _: "")
    device = deployed(capabilities=DECLARED)
    device.tick()
    with pytest.raises(ConfigurationError, match=r"states that nobody has read.*Read each layer"):
        device.restore_states()

    device = deployed(capabilities=DECLARED)
    first = run_leak(device, "all", ticks=2)
    assert same(first, run_leak(device, "all", ticks=2, restore=True))


def test_what_a_board_did_not_take_back_is_reported(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = deployed()
    run_leak(device, "all", ticks=2)
    probe = type(device.raw.probe(0))
    monkeypatch.setattr(probe, "write", lambda *_: None)

    with pytest.raises(DeviceFailed, match="layer 0, and 4 of its 4 neurons hold something else"):
        run_leak(device, ticks=2, restore=True)
    assert device.states == "leaked"


def test_without_a_network_nothing_is_restored(deployed: Deployed) -> None:
    with pytest.raises(ConfigurationError, match="no network is deployed"):
        OpenDevice(deployed().raw).restore_states()
