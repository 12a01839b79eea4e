"""What is written into a record is what is opened: whole, and of a process that died."""

from __future__ import annotations

import copy
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runs_made import CHIP, INFO, layer, readings, refuse_difference, run_of, runs
from speckhal import Answer, Fact, InputError, LayerNotFound, Run, Trace, open_run
from speckhal.runs.record_writer import RecordWriter
from speckhal.runs.save_run import save_run

if TYPE_CHECKING:
    from collections.abc import Callable

few = settings(max_examples=25)


@few
@given(runs())
def test_any_run_that_is_saved_and_opened_is_equal_in_every_field(run: Run) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.h5"
        save_run(run, path)
        opened = open_run(path)
        assert not opened.is_partial
        refuse_difference(run, opened)
        assert [one.name for one in Path(folder).iterdir()] == ["run.h5"]


@few
@given(runs(), st.data())
def test_a_record_that_grows_is_always_the_readings_so_far(run: Run, data: st.DataObject) -> None:
    run = attrs.evolve(run, problem=None)
    for trace in run.traces:  # as every experiment begins
        trace.time_s[0] = trace.duration_s[0] = 0.0
        if trace.ticks is not None:
            trace.ticks[:] -= trace.ticks[0]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.h5"
        layers = [trace.layer for trace in run.traces]
        with RecordWriter(run, path, layers=layers) as writer:
            taken = dict.fromkeys(layers, 0)
            for reading, time_s in readings(run) if run.traces else ():
                writer.reading(reading, time_s)
                taken[reading.layer] += 1
                if data.draw(st.integers(0, 3)) == 0:
                    opened = open_run(path)
                    assert opened.is_partial
                    so_far = attrs.evolve(_beginning(run, taken), is_partial=True)
                    refuse_difference(so_far, opened)
        opened = open_run(path)
        assert not opened.is_partial
        refuse_difference(run, opened)


def _beginning(run: Run, taken: dict[int, int]) -> Run:
    traces = [
        attrs.evolve(
            trace,
            time_s=trace.time_s[: taken[trace.layer]],
            v_mem=trace.v_mem[: taken[trace.layer]],
            ticks=None
            if trace.ticks is None or not taken[trace.layer]
            else trace.ticks[: taken[trace.layer]],
            duration_s=trace.duration_s[: taken[trace.layer]],
        )
        for trace in run.traces
    ]
    return attrs.evolve(run, traces=tuple(traces))


def test_the_first_readings_last_as_long_as_the_clock_takes_to_start(tmp_path: Path) -> None:
    run = run_of(layer(0), layer(1, (1, 2, 2)))
    with RecordWriter(run, tmp_path / "run.h5") as writer:
        for number, (reading, time_s) in enumerate(readings(run)):
            writer.reading(attrs.evolve(reading, duration_s=0.25), time_s)
            if number == 1:
                writer.started(0.125)
    for trace in open_run(tmp_path / "run.h5").traces:
        assert trace.duration_s.tolist() == [0.125, 0.25, 0.25, 0.25, 0.25]


def test_what_ends_a_run_is_in_its_record(tmp_path: Path) -> None:
    run = run_of()
    path = tmp_path / "run.h5"
    with pytest.raises(KeyboardInterrupt), RecordWriter(run, path) as writer:
        for reading, time_s in list(readings(run))[:3]:
            writer.reading(reading, time_s)
        raise KeyboardInterrupt
    opened = open_run(path)
    assert (opened.problem, opened.is_partial) == ("KeyboardInterrupt", False)
    assert len(opened.trace()) == 3
    with pytest.raises(InputError, match="that record is finished"):
        writer.reading(*next(readings(run)))
    writer.finish()  # which does nothing


def test_a_long_problem_is_cut_between_two_letters(tmp_path: Path) -> None:
    save_run(run_of(problem="1" + "ä" * 10_000), tmp_path / "run.h5")
    assert open_run(tmp_path / "run.h5").problem == "1" + "ä" * 2045


def test_a_reading_that_an_interrupt_cut_short_is_written_at_the_end(tmp_path: Path) -> None:
    run = run_of()
    path = tmp_path / "run.h5"
    taken = list(readings(run))
    with pytest.raises(KeyboardInterrupt), RecordWriter(run, path) as writer:
        writer.reading(*taken[0])
        series: Any = vars(writer)["_series"][0]
        whole = series._duration_s
        series._duration_s = _Interrupted()
        try:
            writer.reading(*taken[1])
        finally:
            series._duration_s = whole
    refuse_difference(
        _beginning(attrs.evolve(run, problem="KeyboardInterrupt"), {0: 2}), open_run(path)
    )


class _Interrupted:
    @property
    def id(self) -> object:
        raise KeyboardInterrupt


def test_a_run_of_a_record_is_judged_like_the_one_that_was_measured(tmp_path: Path) -> None:
    save_run(run_of(samples=4), tmp_path / "run.h5")
    opened = open_run(tmp_path / "run.h5")
    assert opened.answer is Answer.AGREES
    assert opened.info.chip == CHIP
    assert opened.info.chip.neuron_address.value.addresses((2, 2, 2)).shape == (2, 2, 2)


def test_membrane_potentials_stay_in_the_file_until_they_are_used(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    run = run_of()
    save_run(run, path)
    trace = open_run(path).trace()
    assert isinstance(trace, Trace)
    assert (len(trace), trace.shape) == (5, (2, 1, 3))
    path.rename(tmp_path / "other.h5")
    with pytest.raises(InputError, match="no such file"):
        _ = trace.v_mem
    save_run(run_of(provenance=attrs.evolve(run.provenance, run_id="another")), path)
    with pytest.raises(InputError, match="by now another run has that name"):
        _ = trace.v_mem
    (tmp_path / "other.h5").replace(path)
    first = trace.v_mem
    path.unlink()
    assert trace.v_mem is first
    assert attrs.evolve(trace, layer=3).v_mem is first
    copied = copy.deepcopy(trace)
    np.testing.assert_array_equal(copied.v_mem, first)
    with pytest.raises(AttributeError, match="v_memory"):
        _ = trace.v_memory  # type: ignore[attr-defined]  # the subject


def test_a_partial_record_may_take_its_name_before_it_is_used(tmp_path: Path) -> None:
    run = run_of()
    with RecordWriter(run, tmp_path / "run.h5") as writer:
        for reading, time_s in readings(run):
            writer.reading(reading, time_s)
        trace = open_run(writer.partial_path).trace()
    np.testing.assert_array_equal(trace.v_mem, run.trace().v_mem)


def test_a_record_takes_only_the_layers_that_it_is_for(tmp_path: Path) -> None:
    run = run_of(layer(0), layer(1))
    with pytest.raises(LayerNotFound, match="layer 7"):
        RecordWriter(run, tmp_path / "run.h5", layers=[7])
    with RecordWriter(run, tmp_path / "run.h5", layers=[1]) as writer:
        with pytest.raises(InputError, match="layer 0, which this record is not for"):
            writer.reading(*next(readings(run)))
        with pytest.raises(InputError, match="layer 0, which this record is not for"):
            writer.write_trace(run.trace(0))
    opened = open_run(tmp_path / "run.h5")
    assert [trace.layer for trace in opened.traces] == [1]
    assert len(opened.deployment.layers) == 2
    assert opened.answer is Answer.CANNOT_TELL


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (np.ones((1, 1, 3), np.int16), r"int16 of shape \(1, 1, 3\)"),
        (np.ones((2, 1, 4), np.int16), r"int16 of shape \(2, 1, 4\)"),
        (np.full((2, 1, 3), 70_000), r"int64 of shape \(2, 1, 3\)"),
    ],
)
def test_a_record_takes_only_values_of_its_layer(tmp_path: Path, values: Any, said: str) -> None:
    run = run_of(traces=(Trace(0, np.zeros(1), values[np.newaxis]),))
    with RecordWriter(run_of(), tmp_path / "run.h5") as writer:
        with pytest.raises(InputError, match=f"layer 0 that is {said}") as refused:
            writer.reading(*next(readings(run)))
        assert refused.value.hint == "Readings of this layer are int16 of shape (2, 1, 3)."
        with pytest.raises(InputError, match=f"layer 0 that is {said}"):
            writer.write_trace(run.trace())
    assert len(open_run(tmp_path / "run.h5").trace()) == 0


class _Fielded:
    """Addresses of a plugin's own."""

    def formula(self) -> str:
        return "c * 7"


def test_what_only_a_plugin_understands_becomes_text(tmp_path: Path) -> None:
    facts = {"kind": Fact(Path("a/b"), "a test")}
    address: Any = Fact(_Fielded(), "a test")
    chip = attrs.evolve(CHIP, neuron_address=address, particulars=facts)
    save_run(run_of(info=attrs.evolve(INFO, chip=chip)), tmp_path / "run.h5")
    chip = open_run(tmp_path / "run.h5").info.chip
    assert chip.particulars["kind"].value == "a/b"
    addresses = chip.neuron_address.value
    assert addresses.formula() == "c * 7"
    refused: list[Callable[[], object]] = [
        lambda: addresses.addresses((1, 1, 1)),
        lambda: addresses.bits((1, 1, 1)),
        lambda: addresses.memory_words((1, 1, 1)),
        lambda: addresses.encode(0, 0, 0, (1, 1, 1)),
        lambda: addresses.decode(0, (1, 1, 1)),
    ]
    for ask in refused:
        with pytest.raises(InputError, match=r"c \* 7"):
            ask()
    save_run(open_run(tmp_path / "run.h5"), tmp_path / "again.h5")
    assert open_run(tmp_path / "again.h5").info.chip == chip


def test_a_writer_is_used_once_while_it_is_open(tmp_path: Path) -> None:
    run = run_of()
    writer = RecordWriter(run, tmp_path / "run.h5")
    assert not list(tmp_path.iterdir())
    assert not writer.has_begun
    with pytest.raises(InputError, match="that record is not open"):
        writer.reading(*next(readings(run)))
    writer.finish()  # which does nothing
    with writer, pytest.raises(InputError, match="that record is open"):
        writer.open()
    with pytest.raises(InputError, match="that record is finished"):
        writer.open()
