"""Events from files: each format gives the same spikes, and other files are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pytest

from speckhal import (
    SENSOR_INPUT,
    InputError,
    Spikes,
    random_spikes,
    read_events,
    save_spike_run,
    write_spikes,
)
from speckhal.cli.completing_files import EVENTS as OFFERED
from speckhal.cli.spike_options import SpikeChoice, parse_monitor
from speckhal.runs.spiking.event_files import ENDINGS
from spike_runs_made import RUN

if TYPE_CHECKING:
    from pathlib import Path

SPIKES = Spikes(time_us=[9, 3, 70_000], layer=0, channel=[0, 1, 1], y=[2, 0, 33], x=[1, 2, 7])


@pytest.mark.parametrize("name", ["a.npz", "a.npy", "a.CSV"])
def test_what_was_written_is_read_again(tmp_path: Path, name: str) -> None:
    several = Spikes.concatenate([SPIKES, Spikes(time_us=1, layer=2, channel=0)])
    write_spikes(several, tmp_path / name)
    assert read_events(tmp_path / name) == several
    write_spikes(several[:0], tmp_path / name)
    with pytest.raises(InputError, match="has no event"):
        read_events(tmp_path / name)


def _tonic_npy(path: Path) -> None:
    np.save(path, SPIKES.to_structured())


def _tonic_npz(path: Path) -> None:
    kinds = [("x", "i2"), ("y", "i2"), ("t", "f8"), ("p", bool)]
    np.savez(path, events=SPIKES.to_structured().astype(kinds))


def _columns_npz(path: Path) -> None:
    np.savez(path, label=3, t=SPIKES.time_us, p=SPIKES.channel, y=SPIKES.y, x=SPIKES.x)


def _csv(path: Path) -> None:
    path.write_text("\ufeff# of a kit\nT, X, Y, P\n9,1,2,0\n\n3,2,0,1\n70000.0,7,33,1\n", "utf-8")


def _cached(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file.create_dataset("data/0", data=SPIKES.to_structured(), compression="lzf")
        file.create_dataset("target/0", data=5)


def _n_mnist(path: Path) -> None:
    events = [(1, 2, 9, 0), (2, 0, 3, 1), (0, 240, 0, 0), (7, 33, 70_000 - (1 << 13), 1)]
    path.write_bytes(
        b"".join(bytes([x, y, p << 7 | t >> 16, t >> 8 & 255, t & 255]) for x, y, t, p in events)
    )


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("a.npy", _tonic_npy),
        ("a.npz", _tonic_npz),
        ("b.npz", _columns_npz),
        ("a.csv", _csv),
        ("0_0.hdf5", _cached),
        ("00001.bin", _n_mnist),
    ],
)
def test_events_of_other_programs_are_for_the_layer_that_is_named(
    tmp_path: Path, name: str, write: Any
) -> None:
    write(tmp_path / name)
    assert read_events(tmp_path / name) == SPIKES
    of_sensor = read_events(str(tmp_path / name), layer=SENSOR_INPUT)
    assert of_sensor.layers == (SENSOR_INPUT,)
    assert read_events(tmp_path / name, default=2).layers == (2,)


def _plain(path: Path) -> None:
    np.save(path, np.zeros((5, 4)))


def _pickled(path: Path) -> None:
    np.save(path, np.array([{"t": 1}], object))


def _field(name: str, kind: str) -> Any:
    """One event of which one field is of that type."""
    fields = [(each, kind if each == name else "i8") for each in "xytp"]
    return lambda path: np.save(path, np.ones(1, fields))


def _text(text: str) -> Any:
    return lambda path: path.write_text(text)


@pytest.mark.parametrize(
    ("name", "write", "says"),
    [
        ("a.npy", _plain, r"shape \(5, 4\) has no names of columns"),
        ("a.npy", _pickled, "damaged or of another kind"),
        ("a.npy", _text("x"), "of another kind: it does not begin as an array of NumPy does"),
        ("a.npz", _text("PK\3\4"), "damaged or of another kind"),
        ("a.npz", _text("words"), "no archive of NumPy's arrays"),
        ("a.npz", lambda path: np.savez(path, v_mem=[1]), r"shape \(1,\) has no names"),
        ("a.npz", lambda path: np.savez(path, a=[1], b=[2]), "has the arrays a, b, and none by"),
        ("a.npz", np.savez, "has no named columns"),
        ("a.npy", lambda path: np.save(path, np.zeros((9, 1, 4, 4))), "from_raster"),
        ("a.npy", _field("t", "m8[us]"), r"timedelta64\[us\].*microseconds"),
        ("a.npy", _field("t", "M8[us]"), "of type datetime64"),
        ("a.npy", _field("x", "U3"), "x is of type <U3, which is no number"),
        ("a.npy", _field("x", "c8"), "x is of type complex64"),
        ("a.npy", lambda path: path.touch(), "that file is empty"),
        ("a.csv", _text("1,2\n3,4\n"), "first line has no names"),
        ("a.csv", _text(""), "that file is empty"),
        ("a.csv", _text("# of nobody\n"), "it has no line"),
        ("a.csv", _text("t;x\n3;4\n"), "parted by semicolons"),
        ("a.csv", _text("t\tx\n3\t4\n"), "parted by tabs"),
        ("a.csv", _text("t,x\n1,2\n\n3\n"), "2 names and 1 columns in line 4"),
        ("a.csv", _text("t,x,t\n1,2,3\n"), "two columns for time_us: t and t"),
        ("a.csv", _text("T,x,timestamp\n1,2,3\n"), "two columns for time_us: T and timestamp"),
        ("a.csv", _text("t,p\n3,-1\n4,1\n"), "with channel -1.*0 for off and 1 for on"),
        ("a.csv", _text("t,x\n3,inf\n4,5\n"), "x is inf in 1 of 2 events"),
        ("a.csv", _text("x,y\n3,4\n"), "columns x, y, and none for the time"),
        ("a.csv", _text("t,x\n3,4,5\n"), "2 names and 3 columns"),
        ("a.csv", _text("t,x\n3,a\n"), "in line 2 x is 'a', which is no number"),
        ("a.csv", _text("t,x\n-3,4\n"), "time_us -3.*subtract the earliest"),
        ("a.csv", _text("t,x\n0.5,4\n"), r"time_us is 0\.5.*1,000,000"),
        ("a.csv", _text("t,x\n3,nan\n"), "x is nan"),
        ("a.csv", _text("t,x\n1e30,4\n"), "time_us is 1e"),
        ("a.hdf5", _text("x"), "damaged or of another kind"),
        ("a.bin", _text("1234"), "4 bytes are no events"),
        ("a.bin", lambda path: path.write_bytes(bytes([0, 240, 0, 0, 0])), "has no event"),
        ("a.txt", _text("t"), r"by its name.*\.npy, \.npz"),
        ("missing.csv", lambda path: None, "no such file"),
    ],
)
def test_what_has_no_events_is_refused_with_what_would(
    tmp_path: Path, name: str, write: Any, says: str
) -> None:
    write(tmp_path / name)
    with pytest.raises(InputError, match=says):
        read_events(tmp_path / name)


def test_a_table_is_read_however_it_is_quoted_with_further_columns_and_in_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("speckhal.runs.spiking.event_readers._BLOCK", 1)
    rows = "\n".join(f'"{time}","{time // 2}.0",cat,' for time in range(7))
    (tmp_path / "a.csv").write_text(f"Timestamp,Polarity,label,\n{rows}\n")
    times = np.arange(7)
    assert read_events(tmp_path / "a.csv") == Spikes(time_us=times, layer=0, channel=times // 2)


def test_a_column_that_the_input_needs_is_missed(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("t,x\n1,2\n")
    one = Spikes(time_us=1, layer=0, channel=0, x=2)
    assert read_events(tmp_path / "a.csv", shape=(1, 1, 4)) == one
    for shape, name in (((2, 1, 4), "channel"), ((1, 2, 4), "y")):
        with pytest.raises(InputError, match=f"columns t, x and none for {name}"):
            read_events(tmp_path / "a.csv", shape=shape)
    write_spikes(one, tmp_path / "b.csv")
    assert read_events(tmp_path / "b.csv", shape=(2, 2, 4)) == one


def test_a_record_of_spikes_gives_what_went_in(tmp_path: Path) -> None:
    save_spike_run(RUN, tmp_path / "run.h5")
    assert read_events(tmp_path / "run.h5") == RUN.given
    with pytest.raises(InputError, match="the layer of each event itself"):
        read_events(tmp_path / "run.h5", layer=0)


def test_a_layer_is_said_once(tmp_path: Path) -> None:
    write_spikes(SPIKES, tmp_path / "a.csv")
    with pytest.raises(InputError, match="says the layer of each event itself"):
        read_events(tmp_path / "a.csv", layer=0)
    h5py.File(tmp_path / "a.h5", "w").close()
    with pytest.raises(InputError, match="DiskCachedDataset"):
        read_events(tmp_path / "a.h5")
    wrong: Any = 5
    with pytest.raises(InputError, match="no path"):
        read_events(wrong)
    with pytest.raises(InputError, match="no file of spikes"):
        write_spikes(SPIKES, tmp_path / "a.txt")
    assert OFFERED == ENDINGS


def test_a_network_that_begins_with_a_sensor_takes_events_of_the_sensor() -> None:
    class DVSLayer:
        """As sinabs calls it."""

    class Network:
        def modules(self) -> list[object]:
            return [self, DVSLayer()]

    assert SpikeChoice().load(Network(), (2, 4, 4)).layers == (SENSOR_INPUT,)
    assert SpikeChoice(layer_text="0").load(Network(), (2, 4, 4)).layers == (0,)
    assert SpikeChoice().load([], (2, 4, 4)).layers == (0,)
    assert SpikeChoice(layer_text="sensor").layer() == SENSOR_INPUT
    assert parse_monitor("0,2") == [0, 2]
    assert parse_monitor("sensor,1") == [SENSOR_INPUT, 1]
    assert parse_monitor("sensor") == [SENSOR_INPUT]
    for wrong in ("sensor,sensor", "sensor,all", "sensor,x"):
        with pytest.raises(InputError):
            parse_monitor(wrong)


def test_random_spikes_are_as_many_as_their_rate_says_and_the_same_for_a_seed() -> None:
    made = random_spikes((2, 8, 8), rate_hz=50, for_s=2.0, layer=1, seed=4)
    assert abs(len(made) - 12_800) < 5 * 12_800**0.5
    assert made == made.sorted() == random_spikes((2, 8, 8), rate_hz=50, for_s=2.0, layer=1, seed=4)
    assert made != random_spikes((2, 8, 8), rate_hz=50, for_s=2.0, layer=1, seed=5)
    assert made.counts((2, 8, 8)).min() > 50
    assert made.time_us.max() < 2_000_000
    for wrong in ({"rate_hz": 0.0}, {"for_s": float("nan")}, {"seed": -1}, {"rate_hz": 1e9}):
        with pytest.raises(InputError, match="Asked to make"):
            random_spikes((2, 8, 8), **{"rate_hz": 1.0, "for_s": 1.0, "seed": 0, **wrong})  # type: ignore[arg-type]  # one is whole
