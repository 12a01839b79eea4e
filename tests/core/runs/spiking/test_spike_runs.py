"""A run of spikes is kept whole, opened again, drawn and shown; damage is noticed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import attrs
import h5py
import numpy as np
import pytest
from click.testing import CliRunner

from runs_made import INFO, layer, run_of
from speckhal import (
    SENSOR_INPUT,
    CapabilityUnsupported,
    CoreActivity,
    Deployment,
    InputError,
    OrderSpread,
    Provenance,
    SpikeRun,
    Spikes,
    compare_spikes,
    open_run,
    open_spike_run,
    plot_spikes,
    random_spikes,
    read_events,
    run_spikes,
    save_spike_run,
    spread_of_orders,
    write_spikes,
)
from speckhal.cli import main
from speckhal.contract.core_activity import activity_since
from speckhal.runs.save_run import save_run
from speckhal.runs.spiking.order_counts import count_order, spread_over
from speckhal.runs.spiking.spike_pictures import MOST_DOTS, spike_figure
from speckhal.runs.spiking.spike_tables import seldom_table, work_table
from spike_runs_made import ACTIVITY, GIVEN, LAYERS, RUN, SENT, SPREAD

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def show(*arguments: object) -> str:
    done = CliRunner().invoke(main, ["show", *map(str, arguments)])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_a_record_gives_back_all_that_was_gathered(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    save_spike_run(RUN, path)
    again = open_spike_run(path)
    assert (again.given, again.sent) == (GIVEN, SENT)
    for name in ("monitored", "activity", "problem"):
        assert getattr(again, name) == getattr(RUN, name)
    assert attrs.asdict(again.provenance) == attrs.asdict(RUN.provenance)
    assert again.info == INFO
    assert [one.shape for one in again.layers] == [(2, 3, 4), (3, 1, 1)]
    assert again.counts == {0: 2, 1: 2, SENSOR_INPUT: 0}
    assert again.counts_of_channels(1).tolist() == [0, 0, 2]
    assert again.spread is not None
    for field in attrs.fields(OrderSpread):
        np.testing.assert_array_equal(
            getattr(again.spread, field.name), getattr(SPREAD, field.name)
        )
    assert sorted(path.parent.iterdir()) == [path]
    assert repr(again).startswith("<SpikeRun on Speck9DevKit: 3 spikes in; out: 2 of layer 0, 2")


def test_a_run_without_a_spike_is_kept_too(tmp_path: Path) -> None:
    empty = SpikeRun(INFO, Deployment(LAYERS), GIVEN[:0], SENT[:0], (0, 1), Provenance("two"))
    save_spike_run(empty, tmp_path / "run.h5")
    again = open_spike_run(tmp_path / "run.h5")
    assert (len(again.given), len(again.sent), again.activity, again.spread) == (0, 0, (), None)
    assert again.duration_us == 1
    assert spike_figure(again).axes
    assert "What its cores had to do, this device does not say." in show(tmp_path / "run.h5")


def test_a_record_is_replaced_only_where_that_was_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    save_run(run_of(), path)
    with pytest.raises(InputError, match="there is one already"):
        save_spike_run(RUN, path)
    with pytest.raises(InputError, match="record is of a leak"):
        open_spike_run(path)
    save_spike_run(RUN, path, overwrite=True)
    save_spike_run(RUN, path, overwrite=True)
    with pytest.raises(InputError, match=r"of spikes, not of a leak.*open_spike_run"):
        open_run(path)
    other = tmp_path / "other.h5"
    other.write_text("mine")
    with pytest.raises(InputError, match="file of another kind"):
        save_spike_run(RUN, other, overwrite=True)
    wrong: Any = 3
    for use in (save_spike_run, lambda _run, path: open_spike_run(path)):
        with pytest.raises(InputError, match="no path"):
            use(RUN, wrong)


def test_what_cannot_be_written_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "run.h5"
    save_spike_run(RUN, path)
    before = path.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(InputError, match="no space left on the device"):
        save_spike_run(RUN, path, overwrite=True)
    assert path.read_bytes() == before
    assert sorted(tmp_path.iterdir()) == [path]


def test_damage_is_noticed_wherever_it_is(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    for where, value in (("sent/x", 1), ("given/time_us", 1), ("found", 65), ("problem", b"no")):
        save_spike_run(RUN, path, overwrite=True)
        with h5py.File(path, "r+") as file:
            file[where][0] = value
        with pytest.raises(InputError, match="damaged"):
            open_spike_run(path)
    with h5py.File(path, "r+") as file:
        file.attrs["speckhal_spikes_version"] = 99
    with pytest.raises(InputError, match="later version"):
        open_spike_run(path)
    path.write_bytes(path.read_bytes()[:3000])
    with pytest.raises(InputError, match="damaged"):
        open_spike_run(path)
    path.write_text("x")
    with pytest.raises(InputError, match="not a record"):
        open_spike_run(path)


def test_a_kept_run_is_shown_with_its_tables_and_what_they_mean(tmp_path: Path) -> None:
    save_spike_run(RUN, tmp_path / "run.h5")
    said = show(tmp_path / "run.h5")
    assert "3 spikes into the sensor's input, layer 0" in said
    assert "layer 1 by channel: 0, 0, 2\n" in said
    rows = [line.split() for line in said.splitlines()]
    assert ["1", "1", "2", "30,000", "1.11%", "3", "3.00", "us", "9"] in rows
    assert ["1", "1", "4", "5", "7", "8", "12", "10", "11", "2.00", "us"] in rows
    assert "decimated: spikes kept back by the output decimator." in said
    assert "stalled: how long its spikes waited for room in the core behind." in said
    assert ["1", "2", "3.0", "1.41", "47.14%", "50.0%"] in [
        line.split() for line in said.splitlines()
    ]
    assert "layer 1 by channel: 1.0±1.4, 0.0±0.0, 2.0±0.0" in said
    assert "Channel 2 sent most in 1 of 2 orders." in said
    assert "up to 66.67% of a layer here" in said
    assert "only 50.0% of the spikes of a layer came from the same neuron" in said
    assert said.rstrip().endswith("came until then. StimulationUnfinished: it goes round")
    plain = json.loads(show(tmp_path / "run.h5", "--json"))
    assert plain["spread"]["layers"][1]["shared"] == [0.5, None]
    assert [core["core"] for core in plain["cores"]] == [1]


def test_tables_of_nine_busy_cores_fit_80_columns_and_say_nothing_of_what_never_was() -> None:
    none = CoreActivity(**{each.name: 0 for each in attrs.fields(CoreActivity)})
    busy = attrs.evolve(
        none, events=9_999_999, operations=9_999_999_999, longest_queue=9_999_999,
        longest_delay_s=0.99999, busy_s=9e-4,
    )  # fmt: skip
    layers = [attrs.evolve(layer(each, (1, 2, 2)), core=8 - each) for each in range(9)]
    nine = attrs.evolve(
        RUN,
        deployment=Deployment(tuple(layers)),
        activity=tuple(attrs.evolve(busy, core=core) for core in range(9)),
    )
    table = work_table(nine)
    assert [row[:2] for row in table.rows[:2]] == [("0", "8"), ("1", "7")]
    cells = zip(table.columns, *table.rows, strict=True)
    widths = [max(len(part) for cell in column for part in cell.split("\n")) for column in cells]
    assert sum(widths) + 2 * (len(widths) - 1) <= 80
    assert table.rows[0][6] == "999.99 ms"
    assert seldom_table(nine).rows == ()
    once = attrs.evolve(nine, activity=(attrs.evolve(busy, core=3, lost=1), *nine.activity[4:]))
    assert seldom_table(once).columns == ("core", "layer", "lost")
    assert seldom_table(once).rows == (("3", "5", "1"),)


def test_no_core_is_busy_for_longer_than_all_of_the_time() -> None:
    none = CoreActivity(**{each.name: 0 for each in attrs.fields(CoreActivity)})
    seen = attrs.evolve(RUN, activity=(attrs.evolve(none, core=RUN.layers[0].core, busy_s=1e-7),))
    assert seen.worked_us == seen.duration_us
    unseen = attrs.evolve(seen, activity=(attrs.evolve(seen.activity[0], busy_s=0.5),))
    assert unseen.worked_us == 500_000
    assert work_table(unseen).rows[0][4] == "100.00%"


def test_what_a_core_did_in_a_run_is_all_that_it_did_unless_it_counted_anew() -> None:
    twice = attrs.evolve(ACTIVITY, **{name: 2 * value for name, value in SUMS.items()})
    assert activity_since([ACTIVITY], [twice]) == (ACTIVITY,)
    assert activity_since([], [twice]) == (twice,)
    assert activity_since([twice], [ACTIVITY]) == (ACTIVITY,)
    assert activity_since([attrs.evolve(twice, core=8)], [ACTIVITY]) == (ACTIVITY,)


SUMS = {
    name: value
    for name, value in attrs.asdict(ACTIVITY).items()
    if name not in {"core", "longest_queue", "longest_delay_s"}
}


def test_what_cannot_be_written_is_refused_with_a_sentence(tmp_path: Path) -> None:
    wrong: Any = object()
    for path, says in (
        (tmp_path / "no" / "x.png", "there is no folder"),
        (tmp_path / "x.doc", "no picture.*png"),
        (tmp_path / "x", "no picture"),
        (wrong, "no path"),
    ):
        with pytest.raises(InputError, match=says):
            plot_spikes(RUN, path)
    for path, says in (
        (tmp_path / "no" / "x.csv", "there is no folder"),
        (tmp_path / "x.doc", "no file of spikes"),
        (wrong, "no path"),
    ):
        with pytest.raises(InputError, match=says):
            write_spikes(SENT, path)
    with pytest.raises(InputError, match=r"write a object as spikes.*Spikes"):
        write_spikes(wrong, tmp_path / "x.csv")
    assert not list(tmp_path.iterdir())


def test_random_spikes_are_of_a_map_a_rate_a_time_and_a_seed() -> None:
    right: dict[str, Any] = {"shape": (1, 2, 2), "rate_hz": 20, "for_s": np.float32(1), "seed": 0}
    assert len(random_spikes(**right))
    for name, value, says in (
        ("shape", (2, 2), "shape"),
        ("shape", None, "shape"),
        ("rate_hz", "x", "rate of 'x' Hz"),
        ("rate_hz", -1, "rate of -1 Hz"),
        ("for_s", None, "time of None s"),
        ("seed", "s", "seed 's'"),
        ("seed", -1, "seed -1"),
    ):
        with pytest.raises(InputError, match=says):
            random_spikes(**{**right, name: value})


def test_what_layers_sent_is_exported_from_a_record(tmp_path: Path) -> None:
    save_spike_run(RUN, tmp_path / "run.h5")
    for name, code, says in (
        ("a.csv", 0, "4 spikes."),
        ("a.npz", 0, "4 spikes."),
        ("a.nc", 2, "does not write that kind of file"),
        ("no/a.csv", 2, "no folder"),
    ):
        words = ["export", str(tmp_path / "run.h5"), "-o", str(tmp_path / name)]
        done = CliRunner().invoke(main, words)
        assert done.exit_code == code
        assert says in done.output
        assert code or read_events(tmp_path / name) == SENT


def test_a_spike_of_no_neuron_is_counted_apart(tmp_path: Path) -> None:
    stray = Spikes(time_us=9, layer=[0, 1, 7], channel=[2, 0, 0], y=[0, 1, 0], x=0)
    run = attrs.evolve(RUN, sent=Spikes.concatenate([SENT, stray]).sorted())
    assert (run.strays, run.counts) == (3, RUN.counts)
    assert run.counts_of_channels(0).tolist() == [1, 1]
    assert spike_figure(run).axes
    save_spike_run(run, tmp_path / "run.h5")
    assert "3 spikes came from where no monitored neuron is." in show(tmp_path / "run.h5")
    nothing = attrs.evolve(RUN, given=GIVEN[:0], monitored=(), spread=None)
    assert spike_figure(nothing).axes
    with pytest.raises(InputError, match="monitors no layer"):
        spread_of_orders(nothing, [], input_shape=(1, 2, 2), orders=2)


def test_a_picture_has_a_row_for_each_input_and_layer() -> None:
    many = Spikes(time_us=np.arange(MOST_DOTS + 1), layer=0, channel=1, y=1, x=0)
    figure = spike_figure(attrs.evolve(RUN, sent=Spikes.concatenate([SENT, many]).sorted()))
    titles = [axes.get_title(loc="left") for axes in figure.axes if axes.get_title(loc="left")]
    assert titles == [
        "the sensor's input: 1 x 3 x 1 neurons, 1 spike",
        "input of layer 0: 1 x 2 x 1 neurons, 2 spikes",
        "events of the sensor's path: 1 x 1 x 1 neurons, 0 spikes",
        "layer 0: 2 x 3 x 4 neurons, 20,003 spikes",
        "layer 1: 3 x 1 x 1 neurons, 2 spikes",
    ]
    assert any("2 orders" in axes.get_title() for axes in figure.axes)
    assert any("(yellow)" in axes.get_title(loc="right") for axes in figure.axes)


def test_each_row_of_a_picture_holds_as_many_neurons_and_no_count_or_error_bar_is_cut_off() -> None:
    wide = attrs.evolve(layer(0, (4, 12, 12)), core=0)
    each = np.repeat(np.arange(576), 200)
    even = Spikes(
        time_us=np.tile(np.arange(200), 576),
        layer=0,
        channel=each // 144,
        y=each // 12 % 12,
        x=each % 12,
    )
    spread = OrderSpread(
        orders=(1, 2),
        layers=(0,),
        counts=np.array([[1, 2]]).T,
        last_layer=0,
        channel_counts=np.array([[0] * 4, [4_000_000] * 4]),
        shared=np.ones((2, 1)),
    )
    run = SpikeRun(
        INFO, Deployment((wide,)), GIVEN[:0], even, (0,), Provenance("one"), spread=spread
    )
    left, right = spike_figure(run).axes
    assert left.get_title(loc="right").endswith("; 3 neurons a row")
    drawn = left.collections[0].get_array()
    assert drawn is not None
    counts = np.ma.filled(drawn, 0).reshape(192, -1)
    assert set(counts.sum(axis=1)) == {600}
    low, high = right.get_xlim()
    assert low == 0
    assert high > spread.channel_mean.max() + spread.channel_deviation.max()
    assert right.xaxis.get_major_formatter()(2_000_000) == "2M"


def test_rates_of_a_run_that_was_ended_are_of_the_time_that_passed(tmp_path: Path) -> None:
    far = Spikes.concatenate([GIVEN, Spikes(time_us=[2_000_000], layer=0, channel=0, y=0, x=0)])
    run = attrs.evolve(RUN, given=far, passed_us=1000)
    save_spike_run(run, tmp_path / "run.h5")
    said = show(tmp_path / "run.h5")
    assert "3 spikes into the sensor's input, layer 0 in 0.0009 s" in said
    assert "What each core had to do in 0.001 s" in said
    assert "Ended early, and all of this is what came until then." in said
    assert "0.001 s of 2 s had passed, in which 3 of 4 spikes were due." in said
    assert (run.duration_us, run.planned_us, run.due) == (1000, 2_000_000, GIVEN)
    whole = attrs.evolve(run, passed_us=None)
    assert whole.due is whole.given  # which may be most of the memory


def test_what_comes_of_spikes_that_are_all_of_time_0_has_no_rate(tmp_path: Path) -> None:
    save_spike_run(attrs.evolve(RUN, given=GIVEN[:1], sent=SENT[:1]), tmp_path / "run.h5")
    (row,) = [line for line in show(tmp_path / "run.h5").splitlines() if "2x3x4" in line]
    assert row.split() == ["0", "2", "2x3x4", "1", "1", "0.000001", "0.000001"]


def test_a_spread_counts_what_several_orders_gave_and_which_spikes_they_share() -> None:
    late = Spikes(time_us=[1, 501, 503, 903], layer=[0, 0, 1, 1], channel=[1, 0, 2, 1], y=0, x=0)
    first = attrs.evolve(RUN, monitored=(0, 1))
    doubled = attrs.evolve(first, sent=Spikes.concatenate([SENT, SENT]))
    orders = [count_order(first, run) for run in (attrs.evolve(first, sent=late), doubled)]
    spread = spread_over(first, orders)
    assert spread.orders == (1, 2)
    assert spread.counts.tolist() == [[2, 2], [4, 4]]
    assert spread.shared.tolist() == [[1.0, 0.0], [1.0, 1.0]]
    assert spread.channel_counts.tolist() == [[0, 1, 1], [0, 0, 4]]
    assert spread.mean.tolist() == [3, 3]
    np.testing.assert_allclose(spread.deviation, [2**0.5] * 2)
    nothing = attrs.evolve(first, sent=SENT[:0])
    assert np.isnan(count_order(nothing, first).shared).all()


def test_what_cannot_be_run_or_repeated_is_refused() -> None:
    wrong: Any = object()
    with pytest.raises(InputError, match=r"no device of speckhal\.open_device"):
        run_spikes(wrong, SENT)
    calls: dict[str, Callable[[], object]] = {
        "record": lambda: save_spike_run(wrong, "x.h5"),
        "draw": lambda: plot_spikes(wrong, "x.png"),
        "compare": lambda: compare_spikes(RUN, wrong),
        "repeat": lambda: spread_of_orders(wrong, [], input_shape=(1, 2, 2), orders=2),
    }
    for asked, call in calls.items():
        with pytest.raises(InputError, match=rf"{asked} a object, .* no run of spikes.*run_spikes"):
            call()
    for orders, says in ((1, "in 1 order, .*takes 2"), (10**20, "takes 10,000 at most")):
        with pytest.raises(InputError, match=says):
            spread_of_orders(RUN, [], input_shape=(1, 2, 2), orders=orders)
    with pytest.raises(CapabilityUnsupported, match="'replay', and it has no orders"):
        spread_of_orders(RUN, [], input_shape=(1, 2, 2), orders=2, selection="replay:x.h5")
