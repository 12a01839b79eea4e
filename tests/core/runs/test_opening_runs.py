"""What is not a record, or not a whole one, gets a sentence; nothing in a file is executed."""

from __future__ import annotations

import contextlib
import functools
import os
import pickle
from threading import Thread
from typing import TYPE_CHECKING, Any

import attrs
import h5py
import numpy as np
import pytest
from h5py._objects import phil
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runs_made import layer, readings, refuse_difference, run_of
from speckhal import Answer, InputError, compare, open_run, report, verify
from speckhal.runs.record import LeakRecord
from speckhal.runs.record_writer import RecordWriter
from speckhal.runs.recorded_trace import RecordedTrace
from speckhal.runs.save_run import save_run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from speckhal import OpenDevice


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"hello", "not a record"),
        (b"PK\x03\x04 no zip", "not a record"),
        (b"\x89HDF\r\n\x1a\n", "damaged"),
        (b"\x89HDF\r\n\x1a\n" + bytes(3000), "damaged"),
    ],
)
def test_a_file_of_another_kind_gets_a_sentence(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "a file"
    path.write_bytes(content)
    with pytest.raises(InputError, match=said) as caught:
        open_run(path)
    assert caught.value.hint


def test_what_is_no_file_gets_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        open_run(tmp_path / "nothing.h5")
    with pytest.raises(InputError, match="a folder"):
        open_run(tmp_path)
    with pytest.raises(InputError, match="NUL"):
        open_run("a\0b")


@pytest.mark.parametrize("wrong", [3, None, b"run.h5"])
def test_what_is_no_path_gets_a_sentence(wrong: Any) -> None:
    for use in (open_run, functools.partial(report, run_of())):
        with pytest.raises(InputError, match="which is no path"):
            use(wrong)


def test_what_selects_a_board_is_refused_in_the_place_of_a_run() -> None:
    for selection, hint in (
        ("mock:speck2f", "verify(run)"),
        ("replay:run.h5", "path of the record alone: 'run.h5'"),
    ):
        with pytest.raises(InputError, match="selects a board") as refused:
            verify(selection)
        assert hint in str(refused.value.hint)


def test_the_path_of_a_run_is_taken_where_a_run_is(tmp_path: Path) -> None:
    run, path = run_of(), tmp_path / "run.h5"
    save_run(run, path)
    assert verify(str(path)).answer is verify(run).answer
    assert compare(path, run).agrees
    assert compare(str(path), path).agrees
    for use in (verify, functools.partial(compare, run)):
        with pytest.raises(InputError, match="no such file"):
            use(tmp_path / "nothing.h5")


def test_a_device_in_the_place_of_a_run_is_refused_with_the_lines_that_do_it(
    deployed: Callable[[], OpenDevice], tmp_path: Path
) -> None:
    device: Any = deployed()
    page = tmp_path / "x.html"
    for use, said in (
        (lambda: compare(device, device), "b = run_leak(device_b); comparison = compare(a, b)"),
        (lambda: verify(device), "run = run_leak(device)"),
        (lambda: report(device, page), "run = run_leak(device)"),
    ):
        with pytest.raises(InputError, match="a device, and what a device did") as refused:
            use()
        assert said in str(refused.value.hint)
    wrong: Any = 5
    with pytest.raises(InputError, match="Asked to report a int"):
        report(wrong, page)


def test_an_hdf5_file_of_another_kind_gets_a_sentence(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["a"] = 1
    with pytest.raises(InputError, match="HDF5 file of another kind"):
        open_run(tmp_path / "x.h5")


@pytest.mark.parametrize("locking", [None, True, False])
def test_a_record_opens_while_others_in_this_process_read_it(
    tmp_path: Path, *, locking: bool | None
) -> None:
    run, path = run_of(), tmp_path / "run.h5"
    save_run(run, path)
    with h5py.File(path, locking=locking) as before:
        refuse_difference(open_run(path), run)
        with h5py.File(path, locking=locking) as after:
            assert before["layer_0/v_mem"].shape == after["layer_0/v_mem"].shape
        with pytest.raises(InputError, match="there is one already"):
            save_run(run, path)


def test_a_record_is_read_along_by_others_in_the_process_that_writes_it(tmp_path: Path) -> None:
    run = run_of()
    with RecordWriter(run, tmp_path / "run.h5") as writer:
        with h5py.File(writer.partial_path, swmr=True) as beside:
            for at, (reading, time_s) in enumerate(readings(run), 1):
                writer.reading(reading, time_s)
                beside["layer_0/time_s"].refresh()
                assert len(beside["layer_0/time_s"]) == at == len(open_run(writer.path).trace())
        assert open_run(writer.path).trace().v_mem.any()


def test_no_other_thread_is_in_hdf5_as_a_record_is_opened_for_reading_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered: list[bool] = []

    def enter() -> None:
        entered.append(phil.acquire(blocking=False))
        if entered[-1]:
            phil.release()

    class Library:
        """That of HDF5, with one function."""

        def H5Pset_metadata_read_attempts(self, *_: object) -> None:  # noqa: N802 - its name
            other = Thread(target=enter)
            other.start()
            other.join()

    monkeypatch.setattr("ctypes.CDLL", lambda _: Library())
    with RecordWriter(run_of(), tmp_path / "run.h5") as writer:
        open_run(writer.path)
    assert set(entered) == {False}


def test_a_record_that_is_being_changed_is_not_called_damaged(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    save_run(run_of(), path)
    with h5py.File(path, "r+"), pytest.raises(InputError, match="a program has"):
        open_run(path)
    open_run(path)


def test_a_record_of_a_later_version_gets_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    save_run(run_of(), path)
    with h5py.File(path, "r+") as file:
        file.attrs["speckhal_record_version"] = 2
    with pytest.raises(InputError, match=r"later version of speckhal.*version 2.*up to 1") as error:
        open_run(path)
    assert error.value.hint == "Update it: pip install --upgrade speckhal"


CHANGES: dict[str, object] = {
    "board": "another board", "serial_number": "7", "started_at": "2020-01-01",
    "provenance": '{"run_id": "run-2"}', "emulated": np.int8(0),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_an_attribute_that_is_not_what_was_written_gets_a_sentence(
    tmp_path: Path, name: str
) -> None:
    path = tmp_path / "run.h5"
    save_run(run_of(), path)
    with h5py.File(path, "r+") as file:
        file.attrs["note"] = "of somebody else, which is nobody's concern"
    assert open_run(path).answer is Answer.AGREES
    with h5py.File(path, "r+") as file:
        file.attrs[name] = CHANGES[name]
    with pytest.raises(InputError, match="damaged"):
        open_run(path)


@pytest.mark.parametrize("name", ["core", "scale", "threshold_low", "leak_enable", "rate_hz"])
def test_an_attribute_of_a_layer_that_was_changed_gets_a_sentence(
    tmp_path: Path, name: str
) -> None:
    path = tmp_path / "run.h5"
    save_run(run_of(layer(4)), path)
    with h5py.File(path, "r+") as file:
        file["layer_4"].attrs[name] = file["layer_4"].attrs[name] + 1
    with pytest.raises(InputError, match="damaged"):
        open_run(path)


@pytest.mark.parametrize("erased", [slice(16, 216), slice(24, 32), slice(8, 24)])
def test_a_heap_of_texts_in_which_hdf5_would_loop_for_ever_gets_a_sentence(
    tmp_path: Path, erased: slice
) -> None:
    path = tmp_path / "run.h5"
    save_run(run_of(), path)
    damaged = bytearray(path.read_bytes())
    at = damaged.index(b"GCOL")
    damaged[at + erased.start : at + erased.stop] = bytes(erased.stop - erased.start)
    path.write_bytes(damaged)
    with pytest.raises(InputError, match="damaged"):
        open_run(path)


def _stored(path: Path, name: str, chunk: int = 0) -> slice:
    """Where a chunk of a variable is in the file."""
    with h5py.File(path, swmr=True) as file:
        found = file[name].id.get_chunk_info(chunk)
    return slice(found.byte_offset, found.byte_offset + found.size)


def _lose(path: Path, name: str) -> None:
    """Zero a chunk, to which HDF5's own checksum of zero then fits."""
    lost, content = _stored(path, name), bytearray(path.read_bytes())
    content[lost] = bytes(lost.stop - lost.start)
    path.write_bytes(content)


TIMES = "the times of the readings, or what ended them, are not what was written"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("layer_4/biases", "the attributes, or biases, are not those that were written"),
        ("layer_4/wanted_biases", "the attributes, or biases, are not those"),
        ("layer_4/time_s", TIMES),
        ("layer_4/ticks", TIMES),
        ("layer_4/duration_s", TIMES),
        ("layer_4/crc32", TIMES),
        ("problem", TIMES),
        ("end_sha256", TIMES),
        ("layer_4/v_mem", r"5 readings of layer 4 are not what was written, the first .* at 0 s"),
    ],
)
def test_a_page_that_was_lost_gets_a_sentence_that_names_it(
    tmp_path: Path, name: str, said: str
) -> None:
    path = tmp_path / "run.h5"
    run = run_of(layer(4), problem="DeviceFailed")
    save_run(
        attrs.evolve(run, traces=(attrs.evolve(run.trace(4), duration_s=np.full(5, 0.25)),)), path
    )
    _lose(path, name)
    with pytest.raises(InputError, match=f"that file is damaged: {said}"):
        _ = open_run(path).trace(4).v_mem


def test_a_record_is_finished_where_its_digest_says_so(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    save_run(run_of(), path)
    _lose(path, "finished")
    assert not open_run(path).is_partial


def test_a_reading_in_the_place_of_another_gets_a_sentence_with_its_time(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    save_run(run_of(layer(0, (16, 16, 16))), path)
    content = bytearray(path.read_bytes())
    one, other = (content[_stored(path, "layer_0/v_mem", at)] for at in (1, 2))
    assert len(one) == len(other)
    content[_stored(path, "layer_0/v_mem", 2)] = one
    path.write_bytes(content)
    said = r"damaged: the reading of layer 0 at 0\.2 s is not what was written"
    with pytest.raises(InputError, match=said):
        _ = open_run(path).trace().v_mem
    content[_stored(path, "layer_0/v_mem", 2)] = bytes(len(one))  # which is not even compressed
    path.write_bytes(content)
    with pytest.raises(InputError, match=said):
        _ = open_run(path).trace().v_mem


def test_a_part_of_a_record_that_nobody_finished_is_compared_too(tmp_path: Path) -> None:
    run = run_of()
    with RecordWriter(run, tmp_path / "run.h5") as writer:
        for reading, time_s in readings(run):
            writer.reading(reading, time_s)
        copy = tmp_path / "copy.h5"
        copy.write_bytes(writer.partial_path.read_bytes())
    assert open_run(copy).is_partial
    _lose(copy, "layer_0/v_mem")
    (opened,) = open_run(copy).traces
    assert isinstance(opened, RecordedTrace)
    with pytest.raises(InputError, match=r"damaged: 2 readings of layer 0 .* at 0\.2 s"):
        opened.part(slice(2, 4))


@pytest.mark.parametrize("value", [30, 35, 255])
def test_what_ended_a_run_that_nobody_finished_is_no_page_of_one_value(
    tmp_path: Path, value: int
) -> None:
    """HDF5's own checksum of 460 words of such a value, after zeros, is that value too."""
    run = run_of()
    copy = tmp_path / "copy.h5"
    with RecordWriter(run, tmp_path / "run.h5") as writer:
        copy.write_bytes(writer.partial_path.read_bytes())
    page, content = _stored(copy, "problem"), bytearray(copy.read_bytes())
    content[page.stop - 924 : page.stop] = bytes([value]) * 924
    copy.write_bytes(content)
    with h5py.File(copy, swmr=True) as file:
        assert bytes(file["problem"][0]).strip(b"\0")
    with pytest.raises(InputError, match=r"that file is damaged: (what|the words for what) ended"):
        open_run(copy)


def test_every_value_of_a_record_has_a_checksum(tmp_path: Path) -> None:
    save_run(run_of(layer(0), layer(1, (16, 16, 16))), tmp_path / "run.h5")
    without = []

    def see(name: str, found: object) -> None:
        if isinstance(found, h5py.Dataset) and not found.fletcher32:
            without.append(name)

    with h5py.File(tmp_path / "run.h5") as file:
        file.visititems(see)
    assert without == []


def test_a_record_of_before_there_were_checksums_opens(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    save_run(run_of(problem="KeyboardInterrupt"), path)
    with h5py.File(path, "r+") as file:
        del file.attrs["sha256"], file["finished"], file["problem"]
        del file["end_sha256"], file["layer_0/crc32"]
        file["finished"], file["problem"] = np.int8(1), np.bytes_(b"KeyboardInterrupt")
    opened = open_run(path)
    assert (opened.problem, opened.is_partial) == ("KeyboardInterrupt", False)
    assert opened.answer is Answer.AGREES
    with h5py.File(path, "r+") as file:
        file["finished"][()] = 2
    with pytest.raises(InputError, match="damaged"):
        open_run(path)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("records") / "run.h5"
    save_run(run_of(layer(0, (16, 16, 16)), layer(1)), path)
    return path.read_bytes()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.data())
def test_a_damaged_record_opens_or_gets_a_sentence(
    tmp_path: Path, whole: bytes, data: st.DataObject
) -> None:
    path = tmp_path / "run.h5"
    content = bytearray(whole)
    for _ in range(data.draw(st.integers(0, 3))):
        content[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(1, len(whole)))])
    with contextlib.suppress(InputError):
        for trace in open_run(path).traces:
            assert trace.v_mem.shape == (len(trace), *trace.shape)


def test_the_arrays_of_leak_save_still_open(tmp_path: Path) -> None:
    run = run_of(layer(4))
    path = tmp_path / "old.npz"
    LeakRecord(run.info, run.layers[0], run.trace(4)).save_npz(path)
    opened = open_run(path)
    assert opened.answer is run.answer is Answer.AGREES
    assert not opened.is_partial
    assert (opened.info.board, opened.info.chip.name) == ("Speck9DevKit", "speck9")
    np.testing.assert_array_equal(opened.trace(4).v_mem, run.trace(4).v_mem)
    np.testing.assert_array_equal(opened.layers[0].biases, run.layers[0].biases)
    assert np.isnan(opened.layers[0].scale)
    assert opened.provenance.run_id == open_run(path).provenance.run_id
    save_run(opened, tmp_path / "new.h5")  # and can be kept as a record
    assert open_run(tmp_path / "new.h5").info == opened.info


class _Evil:
    def __reduce__(self) -> tuple[object, ...]:
        return os.abort, ()


@pytest.mark.parametrize("damage", ["pickled", "other", "shape", "cut"])
def test_arrays_that_are_not_of_a_leak_get_a_sentence(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "x.npz"
    run = run_of()
    LeakRecord(run.info, run.layers[0], run.trace()).save_npz(path)
    with np.load(path) as loaded:
        arrays = dict(loaded)
    match damage:
        case "pickled":
            arrays["about"] = np.array(_Evil(), object)
        case "other":
            del arrays["biases"]
        case "shape":
            arrays["time_s"] = arrays["time_s"][1:]
    np.savez(path, allow_pickle=True, **arrays)
    if damage == "cut":
        content = bytearray(path.read_bytes())
        content[60:90] = bytes(30)
        path.write_bytes(content)
    with pytest.raises(InputError, match="damaged, or not what speckhal wrote"):
        open_run(path)


def test_a_pickle_is_not_a_record(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    path.write_bytes(pickle.dumps(_Evil()))
    with pytest.raises(InputError, match="not a record"):
        open_run(path)
