"""The picture of a leak: what is drawn, and how it stays readable."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import matplotlib as mpl
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.collections import QuadMesh
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from plans_made import plan
from speckhal import (
    DeployedLayer,
    Deployment,
    InputError,
    Provenance,
    Run,
    Trace,
    compare,
    measure_leak,
)
from speckhal.leak.picture_colours import qualitative
from speckhal.leak.planning.plan_picture import plan_figure
from speckhal.runs.pictures.expected import TickMoments, residuals
from speckhal.runs.pictures.heat_map import MOST_COLUMNS, MOST_ROWS, _reduced
from speckhal.runs.pictures.trajectories import in_ranges
from speckhal.runs.plotting import MOST_CURVES, MOST_LAYERS, draw_leak, leak_figure, plot_leak
from speckhal.runs.record import LeakRecord

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

    Leaky = Callable[..., Any]  # the conftest's device, which tests cannot import
    Measure = Callable[..., LeakRecord]
    Draw = Callable[..., Axes]


@pytest.fixture
def measure(leaky: Leaky) -> Measure:
    """Measures a device, into a record."""

    def measured(*, sampling: dict[str, Any] | None = None, **changes: Any) -> LeakRecord:
        device = leaky(**changes)
        trace = measure_leak(device, **(sampling or {"every_s": 0.5, "for_s": 5}))
        return LeakRecord(device.info, device.layer_as_told, trace)

    return measured


@pytest.fixture
def draw(measure: Measure) -> Draw:
    """Measures a device, draws it, and returns the axes."""

    def drawn(**changes: Any) -> Axes:
        return leak_figure([measure(**changes)]).axes[0]

    return drawn


def _labelled(axes: Axes, label: str) -> list[Line2D]:
    return [line for line in axes.lines if line.get_label() == label]


def _expected(axes: Axes) -> list[Line2D]:
    return _labelled(axes, "_expected")


def _xy(line: Line2D) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    return np.asarray(line.get_xdata(), float), np.asarray(line.get_ydata(), float)


def _legend(axes: Axes) -> list[str]:
    legend = axes.get_legend()
    assert legend is not None
    return [text.get_text() for text in legend.get_texts()]


def _mesh(axes: Axes) -> QuadMesh:
    (mesh,) = (one for one in axes.collections if isinstance(one, QuadMesh))
    return mesh


def _cells(axes: Axes) -> npt.NDArray[np.float64]:
    """What a heat map shows, (rows, columns); not a number where nothing is known."""
    return np.ma.filled(np.ma.asarray(_mesh(axes).get_array(), float), np.nan)


def _channels(steps: list[int], wrong: dict[int, int] | None = None) -> dict[str, Any]:
    """A neuron for each bias, some of which the board gets wrong."""
    real = [(wrong or {}).get(channel, step) for channel, step in enumerate(steps)]
    return {"start": np.full((len(steps), 1, 2), 127, np.int16), "steps": real, "told_steps": steps}


MANY = [-1 - number % 20 for number in range(64)]


def test_the_staircase_leads_from_the_start_down_to_the_floor(draw: Draw) -> None:
    axes = draw(sampling={"every_s": 0.5, "for_s": 30})
    (line,) = _expected(axes)
    time_s, v_mem = _xy(line)

    assert line.get_drawstyle() == "steps-post"
    assert (time_s[0], time_s[-1]) == (0, 30)
    assert v_mem == pytest.approx(np.maximum(127 - 13 * np.floor(time_s), -127))
    assert _legend(axes) == ["all 4 neurons (-13 a tick)", "expected", "reaches the floor"]


def test_the_staircase_counts_ticks_where_the_clock_is_stepped(draw: Draw) -> None:
    axes = draw(told_rate_hz=None, sampling={"ticks": 4})
    (line,) = _expected(axes)

    assert _xy(line)[0].tolist() == [0, 1, 2, 3, 4, 4]
    assert _xy(line)[1].tolist() == [127, 114, 101, 88, 75, 75]
    assert axes.get_xlabel() == "slow-clock ticks"


def test_the_staircase_is_what_was_deployed_in_the_colour_of_what_was_read(draw: Draw) -> None:
    axes = draw(**_channels([-10, -3], wrong={0: -20}))
    read = axes.lines[: len(axes.lines)]
    expected = _expected(axes)

    assert [_xy(line)[1][-1] for line in expected] == [127 - 5 * 10, 127 - 5 * 3]
    named = [line for line in read if not str(line.get_label()).startswith("_")]
    assert [line.get_markerfacecolor() for line in named] == [line.get_color() for line in expected]
    assert _legend(axes)[:2] == [
        "channel 0 (-10 a tick) \N{BALLOT X}",
        "channel 1 (-3 a tick)",
    ]


@given(
    # no reading at the very moment of a tick, where rounding decides
    phase=st.integers(-9, 8).map(lambda tenths: tenths / 10 + 0.04),
    step=st.sampled_from([-13, -2, 5]),
    rate_hz=st.integers(1, 50),
    reading_s=st.sampled_from([0.0, 0.1, 0.4]),
)
def test_some_phase_explains_every_reading_of_a_clock_that_is_exact(
    leaky_info: Any, phase: float, step: int, rate_hz: int, reading_s: float
) -> None:
    time_s = np.arange(40) * 0.3 / rate_hz
    count = np.maximum(np.floor(time_s * rate_hz - phase + reading_s / 2), 0)
    count[0] = 0
    v_mem = (100 + step * count).astype(np.int16).reshape(-1, 1, 1, 1)
    trace = Trace(0, time_s, v_mem, duration_s=np.full(40, reading_s / rate_hz))
    layer = attrs.evolve(
        leaky_info,
        shape=(1, 1, 1),
        biases=np.array([step], np.int16),
        rate_hz=rate_hz,
        threshold_high=1000,
        threshold_low=-1000,
    )

    ticks = TickMoments.of(trace, layer)

    assert ticks is not None
    off = residuals(trace, layer, ticks)
    # the first reading comes before the clock starts, whatever tick 0 would have been
    assert not off[1:].any()


@pytest.fixture(scope="module")
def leaky_info() -> Any:
    """A layer as it was deployed."""
    return DeployedLayer(
        index=0,
        core=0,
        shape=(1, 1, 1),
        scale=1.0,
        biases=np.array([-1], np.int16),
        wanted_biases=np.array([-1.0]),
        threshold_high=127,
        threshold_low=-127,
        leak_enable=True,
        rate_hz=1,
    )


def test_where_readings_are_rarer_than_ticks_nothing_is_a_step(draw: Draw) -> None:
    axes = draw(
        steps=[-1],
        told_steps=[-1],
        rate_hz=20.0,
        told_rate_hz=20,
        sampling={"every_s": 0.5, "for_s": 5},
    )
    (line,) = _expected(axes)
    time_s, v_mem = _xy(line)

    assert {one.get_drawstyle() for one in axes.lines} == {"default"}
    assert v_mem == pytest.approx(127 - 20 * time_s)
    assert _legend(axes)[1:] == [
        "expected ramp (more than one tick between readings)",
        "a tick more or less",
    ]


def test_no_line_crosses_a_gap_in_which_ticks_passed(measure: Measure) -> None:
    record = measure(sampling={"every_s": 0.5, "for_s": 12})
    kept = (record.trace.time_s < 4) | (record.trace.time_s > 8)
    trace = Trace(0, record.trace.time_s[kept], record.trace.v_mem[kept])
    axes = leak_figure([attrs.evolve(record, trace=trace)]).axes[0]

    time_s, v_mem = _xy(axes.lines[0])

    assert np.isnan(v_mem).sum() == 1
    assert time_s[np.isnan(v_mem)] == pytest.approx([3.5])


def test_a_rising_staircase_ends_at_the_threshold(draw: Draw) -> None:
    start = np.zeros((1, 1, 1), np.int16)
    (line,) = _expected(draw(start=start, steps=[50], told_steps=[50]))
    time_s, v_mem = _xy(line)

    assert v_mem[time_s < 3].tolist() == [0, 50, 100]
    assert np.isnan(v_mem[time_s >= 3]).all()


def test_nothing_is_expected_of_a_neuron_that_fires_at_once(draw: Draw) -> None:
    assert not _expected(draw(start=np.full((1, 2, 2), 150, np.int16)))


def test_nothing_is_expected_of_a_clock_without_a_rate(measure: Measure) -> None:
    record = measure(sampling={"every_s": 1, "for_s": 2})
    layer = attrs.evolve(record.layer, rate_hz=None)

    axes = leak_figure([attrs.evolve(record, layer=layer)]).axes[0]

    assert not _expected(axes)
    assert "slow clock of no fixed rate" in axes.get_title(loc="left")


def test_spikes_that_are_certain_and_the_floor_are_marked(measure: Measure) -> None:
    record = measure(**_channels([50, -100]), sampling={"every_s": 1, "for_s": 5})
    v_mem = np.array([[0, 50], [50, -50], [100, -127], [23, -127], [73, -127], [123, -127]])
    trace = Trace(0, record.trace.time_s, np.repeat(v_mem, 2).reshape(6, 2, 1, 2).astype(np.int16))
    axes = leak_figure([attrs.evolve(record, trace=trace)]).axes[0]

    (spike,), (floor,) = _labelled(axes, "_spike"), _labelled(axes, "_floor")
    assert [values.tolist() for values in _xy(spike)] == [[3], [127]]
    assert [values.tolist() for values in _xy(floor)] == [[2], [-127]]


def test_a_neuron_that_only_leaks_is_not_marked_as_firing(draw: Draw) -> None:
    assert not _labelled(draw(), "_spike")


def test_few_trajectories_have_names_in_the_order_of_their_neurons(measure: Measure) -> None:
    start = np.array([[[100, 90]], [[100, 100]], [[100, 100]]], np.int16)
    steps = {"steps": [-1, -9, -9], "told_steps": [-1, -9, -9]}

    axes = leak_figure([measure(start=start, **steps)]).axes[0]

    assert _legend(axes) == [
        "c0 y0 x0 (-1 a tick)",
        "c0 y0 x1 (-1 a tick)",
        "channels 1-2 (-9 a tick)",
        "expected",
    ]


@pytest.mark.parametrize(
    ("numbers", "text"),
    [([3], "3"), ([0, 1, 2, 5], "0-2, 5"), ([0, 2, 4, 6, 8], "0, 2, 4, 6, ..."), ([], "")],
)
def test_numbers_are_named_by_ranges(numbers: list[int], text: str) -> None:
    assert in_ranges(numbers) == text


def test_above_a_dozen_trajectories_neurons_are_rows_of_a_heat_map(draw: Draw) -> None:
    few = draw(**_channels([-1 - number for number in range(MOST_CURVES)]))
    many = draw(**_channels([-1 - number for number in range(MOST_CURVES + 1)]))

    assert not any(isinstance(one, QuadMesh) for one in few.collections)
    expected = 127 + np.outer(np.repeat(np.arange(-1, -14, -1), 2), np.arange(11) // 2)
    assert np.array_equal(_cells(many), np.maximum(expected, -127))
    assert many.get_ylabel() == "channel (2 neurons each)"
    assert many.figure.axes[1].get_ylabel() == "membrane potential (chip units)\nfires at 127"


def test_residuals_show_the_one_wrong_channel_around_0(draw: Draw) -> None:
    axes = draw(**_channels(MANY, wrong={40: MANY[40] - 2}))
    cells = _cells(axes)

    assert cells.shape == (128, 11)
    assert np.flatnonzero(cells.any(axis=1)).tolist() == [80, 81]
    assert cells[80].tolist() == pytest.approx((np.arange(11) // 2 * -2).tolist())
    norm = _mesh(axes).norm
    assert (norm.vmin, norm.vmax) == (-10, 10)
    (wrong,) = _labelled(axes, "_wrong")
    assert np.asarray(wrong.get_ydata()).tolist() == [81]
    assert "40" in {text.get_text() for text in axes.texts}


@settings(max_examples=8)
@given(neuron=st.integers(0, 299), sample=st.integers(1, 599), more=st.sampled_from([-3, 5]))
def test_one_wrong_value_is_not_lost_where_neurons_and_readings_share_cells(
    leaky_info: Any, neuron: int, sample: int, more: int
) -> None:
    v_mem = np.full((600, 300), 0, np.int16)
    v_mem += np.arange(300, dtype=np.int16)
    v_mem[sample, neuron] += more
    layer = attrs.evolve(
        leaky_info, shape=(300, 1, 1), biases=np.zeros(300, np.int16), threshold_high=3000
    )
    trace = Trace(0, np.arange(600) / 10, v_mem.reshape(600, 300, 1, 1))

    cells = _reduced_residuals(trace, layer)

    assert cells.shape == (MOST_ROWS, MOST_COLUMNS)
    (row,), (column,) = cells.nonzero()
    assert cells[row, column] == more
    assert abs(row - neuron * MOST_ROWS // 300) <= 1


def _reduced_residuals(trace: Trace, layer: Any) -> npt.NDArray[np.float64]:
    off = residuals(trace, layer, TickMoments(0.0, 1.0))
    return _reduced(trace.time_s, off, np.abs(off))[2]


def test_columns_are_true_to_time_and_a_gap_is_empty(measure: Measure) -> None:
    record = measure(**_channels(MANY), sampling={"every_s": 0.5, "for_s": 12})
    kept = (record.trace.time_s < 4) | (record.trace.time_s > 8)
    trace = Trace(0, record.trace.time_s[kept], record.trace.v_mem[kept])

    axes = leak_figure([attrs.evolve(record, trace=trace)]).axes[0]

    edges = np.asarray(_mesh(axes).get_coordinates())[0, :, 0]
    empty = np.isnan(_cells(axes)).all(axis=0)
    assert empty.sum() == 1
    gap = int(empty.argmax())
    assert edges[gap : gap + 2] == pytest.approx([3.75, 8.25])
    assert (edges[0], edges[-1]) == (-0.25, 12.25)


def test_both_thresholds_are_drawn_and_named(draw: Draw) -> None:
    axes = draw()

    assert {text.get_text() for text in axes.texts} == {"fires at 127", "floor at -127"}
    dotted = [line for line in axes.lines if line.get_linestyle() == ":"]
    assert [np.asarray(line.get_ydata())[0] for line in dotted] == [127, -127]


def test_a_floor_that_is_far_away_does_not_flatten_the_picture(draw: Draw) -> None:
    axes = draw(threshold_low=-30_000)

    assert "floor at -30000: not in sight" in {text.get_text() for text in axes.texts}
    assert axes.get_ylim()[0] > -100


def test_a_second_axis_is_in_thresholds(draw: Draw) -> None:
    axes = draw()
    (second,) = axes.child_axes

    axes.figure.draw_without_rendering()  # type: ignore[union-attr] # of a figure

    assert second.get_ylabel() == "in spike thresholds"
    assert second.get_ylim() == pytest.approx(np.array(axes.get_ylim()) / 127)


def _run(record: LeakRecord, **changes: Any) -> Run:
    provenance = Provenance("one", started_at="2026-11-29T06:50:01.123456+00:00")
    run = Run(record.info, Deployment((record.layer,)), (record.trace,), provenance)
    return attrs.evolve(run, **changes)


def test_a_run_draws_itself_with_serial_number_and_date(measure: Measure) -> None:
    record = measure()
    record = attrs.evolve(record, info=attrs.evolve(record.info, serial_number="S$1$"))

    figure = _run(record, problem="DeviceFailed: it fell.", is_partial=True).plot()

    assert isinstance(figure, Figure)
    footer = (
        "Leaky \N{MIDDLE DOT} leaky \N{MIDDLE DOT} serial number S$1$ \N{MIDDLE DOT} "
        "2026-11-29 06:50:01 UTC"
    )
    warning = (
        "The run ended early: DeviceFailed: it fell. The record was never finished: this is what "
        "was read until then."
    )
    assert {text.get_text().replace("\n", " ") for text in figure.texts} == {footer, warning}


def test_a_run_draws_a_layer_into_axes_of_the_caller(measure: Measure) -> None:
    axes = Figure().add_subplot()

    assert _run(measure()).plot(ax=axes, layer=0) is axes.figure
    assert "Leak of layer 0" in axes.get_title(loc="left")


def test_several_layers_have_axes_each_along_one_time(measure: Measure) -> None:
    record = measure()
    count = MOST_LAYERS + 1
    layers = tuple(attrs.evolve(record.layer, index=index) for index in range(count))
    traces = tuple(attrs.evolve(record.trace, layer=index) for index in range(count))
    run = _run(record, deployment=Deployment(layers), traces=traces)

    figure = run.plot()

    assert len(figure.axes) == MOST_LAYERS
    assert len({axes.get_xlim() for axes in figure.axes}) == 1
    assert any("Layers 9 not drawn." in text.get_text() for text in figure.texts)
    with pytest.raises(InputError, match="Asked to draw 10 layers, and 1 axes were given") as error:
        run.plot(ax=Figure().add_subplot())
    assert "layer=0" in str(error.value.hint)


def test_several_layers_are_drawn_into_an_array_or_a_list_of_axes(measure: Measure) -> None:
    record = measure()
    layers = tuple(attrs.evolve(record.layer, index=index) for index in (0, 3))
    traces = tuple(attrs.evolve(record.trace, layer=index) for index in (0, 3))
    run = _run(record, deployment=Deployment(layers), traces=traces)
    for axes in (Figure().subplots(2), Figure().subplots(2, 1, squeeze=False)):
        assert run.plot(ax=axes) is axes.flat[0].figure
        titles = [one.get_title(loc="left") for one in axes.flat]
        assert ["Leak of layer 0" in titles[0], "Leak of layer 3" in titles[1]] == [True, True]
    one = Figure().add_subplot()
    assert run.plot([one], layer=3) is one.figure
    with pytest.raises(InputError, match="2 layers, and 3 axes were given") as error:
        run.plot(list(Figure().subplots(3)))
    assert "plt.subplots(2)" in str(error.value.hint)


def test_every_picture_takes_axes_alike_and_gives_the_figure_that_can_be_saved(
    measure: Measure,
) -> None:
    run = _run(measure())
    for picture, count in ((run, 1), (plan(), 1), (plan(), 2), (compare(run, run), 2)):
        new = picture.plot()
        assert isinstance(new, Figure)
        assert hasattr(new, "_repr_png_")  # which notebooks show
        whole = Figure()
        for figure in (whole, whole.add_subfigure(whole.add_gridspec()[0])):
            several = list(figure.subplots(count, squeeze=False).flat)
            assert picture.plot(ax=several) is whole
            assert all(one.has_data() for one in several)
            assert several[-1].get_xlabel()
    axes = Figure().add_subplot()
    assert plan().plot(ax=axes) is axes.figure
    with pytest.raises(InputError, match="Asked to draw a plan into 3 axes"):
        plan().plot(ax=Figure().subplots(3))


@pytest.mark.parametrize("wrong", ["x.png", Path("x.png"), 3, [Figure()]])
def test_what_is_no_axes_gets_a_sentence(measure: Measure, wrong: Any) -> None:
    run = _run(measure())
    for plot in (run.plot, compare(run, run).plot, plan().plot):
        with pytest.raises(InputError, match="is no axes of matplotlib") as error:
            plot(wrong)
        assert ("savefig('x.png')" in str(error.value.hint)) == (str(wrong) == "x.png")


@pytest.mark.parametrize("channels", [1, 8, 64, 512])
@pytest.mark.parametrize("sampling", [{"ticks": 6}, {"every_s": 0.5, "for_s": 6}])
def test_no_text_of_a_picture_covers_another(
    measure: Measure, channels: int, sampling: dict[str, Any]
) -> None:
    steps = [-1 - number % 19 for number in range(channels)]
    rate_hz = None if "ticks" in sampling else 1
    record = measure(
        **_channels(steps, wrong={channels // 2: -25}), told_rate_hz=rate_hz, sampling=sampling
    )
    figure = leak_figure([record], started_at="2026-11-29T06:50:01Z", warning="It ended early.")
    figure.draw_without_rendering()

    (axes, *_) = figure.axes
    legend = axes.get_legend()
    texts = [axes.title, axes._left_title, axes.xaxis.label, *figure.texts, *axes.texts]  # type: ignore[attr-defined] # matplotlib has no public name for it
    texts += [] if legend is None else legend.get_texts()
    boxes = [text.get_window_extent() for text in texts if text.get_text()]
    for number, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[:number])
        assert box.x0 >= 0
        assert box.y0 >= 0
        assert box.x1 <= figure.bbox.x1
        assert box.y1 <= figure.bbox.y1


@pytest.mark.parametrize("ending", ["png", "pdf", "svg"])
def test_the_ending_says_which_kind_of_picture(leaky: Leaky, tmp_path: Path, ending: str) -> None:
    device, path = leaky(), tmp_path / f"leak.{ending}"
    trace = measure_leak(device, every_s=1, for_s=2)

    plot_leak(LeakRecord(device.info, device.layer_as_told, trace), str(path))

    start = {"png": b"\x89PNG", "pdf": b"%PDF", "svg": b"<?xml"}[ending]
    assert path.read_bytes().startswith(start)


def test_drawing_leaves_no_state_of_pyplot_and_no_setting_behind(measure: Measure) -> None:
    before = dict(mpl.rcParams)
    axes = Figure().add_subplot()

    draw_leak(axes, measure())

    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize(
    ("steps", "for_s", "answer"),
    [
        ([-13, -13], 5, "\n\N{CHECK MARK} agrees with what was deployed"),
        ([-13, -12], 5, "\n\N{BALLOT X} disagrees with what was deployed (channel 1)"),
        ([-13, 0], 5, "\n? cannot tell whether it agrees with what was deployed (channel 1)"),
        ([-13, -13], 0.5, "\n? cannot tell whether it agrees with what was deployed"),
    ],
)
def test_the_title_says_whether_it_agrees(
    draw: Draw, steps: list[int], for_s: float, answer: str
) -> None:
    # at threshold_low, a bias of 0 looks the same as a leak
    start = np.array([127, 127 if steps[1] else -127], np.int16).reshape(2, 1, 1)
    told = [-13, -13 if steps[1] else 0]

    axes = draw(
        start=start, steps=steps, told_steps=told, sampling={"every_s": 0.5, "for_s": for_s}
    )

    assert axes.get_title(loc="left").endswith(answer)


def test_the_layout_of_a_heat_map_stays_as_it_is(draw: Draw) -> None:
    axes = draw(**_channels(list(range(-30, -10))))
    assert isinstance(axes.figure, Figure)
    places = []
    for _ in range(2):
        axes.figure.draw_without_rendering()
        places.append(axes.get_position().bounds)

    assert places[0] == pytest.approx(places[1], abs=1e-3)


def test_lines_on_a_dark_page_are_light(draw: Draw) -> None:
    on_white = draw(**_channels([-10, -3])).lines[0].get_markerfacecolor()
    with mpl.rc_context({"text.color": "#e6e8eb"}):
        on_black = draw(**_channels([-10, -3])).lines[0].get_markerfacecolor()

    assert sum(to_rgb(on_black)) > sum(to_rgb(on_white))


@pytest.mark.parametrize("ink", ["black", "#e6e8eb"])
def test_a_plan_is_drawn_in_the_colours_of_a_leak_on_light_and_dark_pages(ink: str) -> None:
    with mpl.rc_context({"text.color": ink}):
        (drawn, errors), colours = (
            plan_figure(plan().layers, "At 10 Hz: $1 of 2$").axes,
            qualitative(),
        )
    assert drawn.lines[1].get_color() == errors.lines[0].get_color() == colours[0]
    assert (min(to_rgb(colours[0])) > 0) is (ink != "black")
    assert drawn.get_title(loc="left") == "At 10 Hz:\n$1 of 2$"
