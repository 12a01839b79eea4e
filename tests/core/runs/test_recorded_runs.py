"""Runs that are written to a file while they are measured."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from speckhal import InputError, OpenDevice, open_run, run_leak

if TYPE_CHECKING:
    from pathlib import Path

    from speckhal import Reading, Run

Deployed = Callable[..., OpenDevice]


@pytest.mark.parametrize("clock", [{"rate_hz": 1}, {}])
def test_a_recorded_run_is_what_one_in_memory_is(
    deployed: Deployed, tmp_path: Path, clock: dict[str, int]
) -> None:
    sampling: dict[str, Any] = {"every_s": 1, "for_s": 4} if clock else {"ticks": 4}
    kept = run_leak(deployed(reading_s=0.125, **clock), [2, 0], **sampling)
    run = run_leak(
        deployed(reading_s=0.125, **clock), [2, 0], record=tmp_path / "run.h5", **sampling
    )
    opened = open_run(tmp_path / "run.h5")

    for found in (run, opened):
        assert [trace.layer for trace in found.traces] == [2, 0]
        for one, other in zip(found.traces, kept.traces, strict=True):
            assert (one.v_mem == other.v_mem).all()
            assert one.time_s.tolist() == other.time_s.tolist()
            assert one.duration_s.tolist() == other.duration_s.tolist()
            assert (one.ticks is None) == (other.ticks is None)
        assert found.problem is None
        assert not found.is_partial
    assert opened.provenance.run_id == run.provenance.run_id
    assert opened.provenance.network_hash == kept.provenance.network_hash


@pytest.mark.parametrize("at", [0, 1, 3])
def test_whatever_ends_it_the_record_is_closed_with_the_problem_in_it(
    deployed: Deployed, tmp_path: Path, at: int
) -> None:
    device = deployed(fail_at=at)
    with pytest.raises(KeyboardInterrupt) as ended:
        run_leak(device, [0, 2], ticks=5, record=str(tmp_path / "run.h5"))

    run: Run = ended.value.run  # type: ignore[attr-defined]  # it is given to all errors
    opened = open_run(tmp_path / "run.h5")
    assert opened.problem is not None
    assert "KeyboardInterrupt" in opened.problem
    assert run.problem is not None
    assert not opened.is_partial
    for found in (run, opened):  # what was asked for, read or not
        assert [trace.layer for trace in found.traces] == [0, 2]
        assert [len(trace) for trace in found.traces] == [(at + 1) // 2, at // 2]
    first = ended.value.trace  # type: ignore[attr-defined]  # it is given to all errors
    assert (0 if first is None else len(first)) == (at + 1) // 2
    assert list(tmp_path.iterdir()) == [tmp_path / "run.h5"]


def test_a_file_that_is_there_is_refused_before_anything_is_done_to_the_board(
    deployed: Deployed, tmp_path: Path
) -> None:
    device, file = deployed(), tmp_path / "run.h5"
    run_leak(device, ticks=2, record=file)
    reads = device.raw.reads  # type: ignore[attr-defined]  # of the test's board
    with pytest.raises(InputError, match=r"run\.h5"):
        run_leak(device, ticks=2, record=file, restore=True)
    any_run: Any = run_leak
    with pytest.raises(InputError, match="Asked to record to 5, which is no path"):
        any_run(device, ticks=2, record=5)
    assert device.raw.reads == reads  # type: ignore[attr-defined]  # of the test's board
    assert device.states == "leaked"

    again = run_leak(device, ticks=3, record=file, restore=True, overwrite=True)
    assert [len(trace) for trace in open_run(file).traces] == [4, 4]
    assert again.provenance.states == "restored"


def test_readings_that_a_record_has_are_not_kept_in_memory(
    deployed: Deployed, tmp_path: Path
) -> None:
    import gc
    import weakref

    seen: list[weakref.ref[Reading]] = []
    most_alive = 0

    def count(reading: Reading, _time_s: float) -> None:
        nonlocal most_alive
        seen.append(weakref.ref(reading))
        gc.collect()
        most_alive = max(most_alive, sum(one() is not None for one in seen))

    run_leak(deployed(), [0], ticks=20, record=tmp_path / "run.h5", on_reading=count)
    assert len(seen) == 21
    assert most_alive <= 2  # the one at hand, and the one before, until it is replaced


def test_a_plan_is_kept_as_plain_data(deployed: Deployed) -> None:
    class Plan:
        def as_json(self) -> dict[str, object]:
            return {"rate_hz": 5}

    assert run_leak(deployed(), ticks=1, plan=Plan()).provenance.plan == {"rate_hz": 5}


class Wanted:
    """A plan, as far as a deployment keeps it."""

    chip = "tidy"
    rate_hz = 5

    def as_json(self) -> dict[str, object]:
        return {"rate_hz": 5}


@pytest.mark.parametrize("restore", [False, True])
def test_the_plan_of_the_deployment_is_kept_where_none_is_given(
    deployed: Deployed, tmp_path: Path, *, restore: bool
) -> None:
    device = deployed()
    assert device.deployment is not None
    object.__setattr__(device.deployment, "plan", Wanted())  # as deploy(plan=) leaves it
    if restore:
        device.tick()
    run = run_leak(device, ticks=1, restore=restore, record=tmp_path / "run.h5")
    assert run.provenance.plan == {"rate_hz": 5}
    assert open_run(tmp_path / "run.h5").provenance.plan == {"rate_hz": 5}
    other = run_leak(device, ticks=1, plan={"rate_hz": 6})
    assert other.provenance.plan == {"rate_hz": 6}


@pytest.mark.parametrize(
    "plan", [{1: 2}, {"a": (1, 2)}, {"a": np.int64(3), "b": np.arange(3)}, {"a": "\udcff\0漢"}, {}]
)
def test_a_record_has_the_plan_that_the_run_has(
    deployed: Deployed, tmp_path: Path, plan: Any
) -> None:
    run = run_leak(deployed(), ticks=1, plan=plan, record=tmp_path / "run.h5")
    assert open_run(tmp_path / "run.h5").provenance.plan == run.provenance.plan
    assert repr(open_run(tmp_path / "run.h5").provenance.plan) == repr(run.provenance.plan)


@pytest.mark.parametrize("plan", [5, "5 Hz", [1], {(1, 2): 3}, {"a": b"x"}, {"a": object()}])
def test_what_is_no_plan_is_refused_before_anything_is_done_to_the_board(
    deployed: Deployed, tmp_path: Path, plan: Any
) -> None:
    device = deployed()
    with pytest.raises(InputError, match="Asked to keep"):
        run_leak(device, ticks=1, plan=plan, record=tmp_path / "run.h5")
    assert device.raw.reads == 0  # type: ignore[attr-defined]  # of the test's board
    assert list(tmp_path.iterdir()) == []
