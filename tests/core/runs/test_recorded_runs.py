"""Runs that are written to a file while they are measured."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

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
    assert [len(trace) for trace in run.traces] == [
        count for count in ((at + 1) // 2, at // 2) if count
    ]
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
    run_leak(
        deployed(),
        [0],
        ticks=20,
        record=tmp_path / "run.h5",
        on_reading=lambda reading, _: seen.append(weakref.ref(reading)),
    )
    gc.collect()
    assert len(seen) == 21
    assert sum(one() is not None for one in seen) <= 1


def test_a_plan_is_kept_as_plain_data(deployed: Deployed) -> None:
    class Plan:
        def as_json(self) -> dict[str, object]:
            return {"rate_hz": 5}

    assert run_leak(deployed(), ticks=1, plan=Plan()).provenance.plan == {"rate_hz": 5}
