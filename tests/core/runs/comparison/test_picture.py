"""The picture of a comparison: the verdict in its title, differences below, nothing hidden."""

from __future__ import annotations

import io

import attrs
import numpy as np
import pytest
from matplotlib.figure import Figure

from runs_made import layer, run_of
from speckhal import InputError, LayerNotFound, Run, Trace, compare


def many(channels: int) -> Run:
    biases = -np.arange(channels, dtype=np.int16) % 30 - 1
    leaking = layer(0, (channels, 1, 1), biases=biases, threshold_low=-30_000)
    return run_of(leaking, samples=12)


def changed(run: Run, channel: int, reading: int, by: int) -> Run:
    v_mem = run.traces[0].v_mem.copy()
    v_mem[reading:, channel] += by
    return attrs.evolve(run, traces=(attrs.evolve(run.traces[0], v_mem=v_mem),))


@pytest.mark.parametrize("channels", [1, 8, 64, 512])
def test_the_neuron_that_parts_first_is_always_drawn(channels: int) -> None:
    run = many(channels)
    figure = compare(run, changed(run, channels // 2, 5, 9)).plot()
    upper, lower = figure.axes

    title = upper.get_title(loc="left")
    assert title.startswith("Layer 0: ✗ a and b disagree (12 ticks compared)")
    assert f"1 of {channels} neurons differs, by up to 9" in title.replace("\n", " ")
    legend = lower.get_legend()
    assert legend is not None
    labels = [text.get_text() for text in legend.get_texts()]
    assert f"c{channels // 2} y0 x0" in labels
    assert ("in grey, the range of all" in title) == (channels > 1)
    assert len(upper.lines) == 2 + 1  # of both runs, and where they part
    assert all(len(line.split()) > 1 for line in title.splitlines())
    differences = [np.asarray(line.get_ydata()).tolist() for line in lower.lines]
    assert [0] * 5 + [-9] * 7 in differences
    assert lower.get_ylim()[0] < -9
    assert "first divergence: tick 5" in upper.texts[0].get_text()


def test_only_neurons_that_differ_are_drawn_and_those_left_out_are_counted() -> None:
    run = many(64)
    v_mem = run.traces[0].v_mem.copy()
    v_mem[5:, :40] += (np.arange(40) // 3 + 1).astype(np.int16)[None, :, None, None]
    other = attrs.evolve(run, traces=(attrs.evolve(run.traces[0], v_mem=v_mem),))
    upper, _ = compare(run, other).plot().axes

    assert upper.get_title(loc="left").splitlines()[1:] == [
        "40 of 64 neurons differ, by up to 14",
        "6 lines for 6 of the 40 neurons that differ",
    ]
    lines = [np.asarray(line.get_ydata()).tolist() for line in upper.lines[:-1]]
    assert all(a[4:] != b[4:] for a, b in zip(lines[::2], lines[1::2], strict=True))
    alike, _ = compare(run, run).plot().axes
    title = alike.get_title(loc="left").splitlines()[1]
    assert title.startswith("6 lines for ")
    assert title.endswith(" of the 64 neurons of the layer")


def test_a_neuron_that_is_open_is_drawn_among_many() -> None:
    leaking = layer(
        0,
        (40, 1, 1),
        biases=-np.arange(1, 41, dtype=np.int16),
        rate_hz=10,
        threshold_high=32_000,
        threshold_low=-32_000,
    )
    steps = leaking.biases.astype(np.int64).reshape(1, -1, 1, 1)
    v_mem = 1000 + steps * np.arange(20).reshape(-1, 1, 1, 1)
    behind = v_mem.copy()
    behind[5:, 33] += 34
    time_s = np.arange(20, dtype=np.float64) * 0.1
    a, b = (
        attrs.evolve(
            run_of(leaking),
            traces=(Trace(0, time_s, each.astype(np.int16), None, np.full(20, 0.096)),),
        )
        for each in (v_mem, behind)
    )
    comparison = compare(a, b)
    legend = comparison.plot().axes[1].get_legend()

    assert "may have stayed apart" in comparison.problems[0]
    assert legend is not None
    assert "c33 y0 x0" in [text.get_text() for text in legend.get_texts()]


def test_agreement_is_a_flat_line_between_limits_of_one_unit() -> None:
    run = many(3)
    figure = compare(run, run).plot()
    upper, lower = figure.axes

    assert upper.get_title(loc="left") == "Layer 0: ✓ a and b agree (12 ticks compared)"
    assert lower.get_ylim()[1] > 1
    assert isinstance(figure, Figure)
    figure.savefig(io.BytesIO(), format="svg")


def test_a_layer_that_agrees_under_clocks_that_do_not_is_no_agreement_in_its_title() -> None:
    runs = []
    for rate_hz in (10, 12):
        leaking = layer(0, (1, 1, 1), rate_hz=10, threshold_low=-30_000)
        time_s = np.arange(99, dtype=np.float64) * 0.03
        v_mem = 100 - 13 * np.floor(time_s * rate_hz + 1e-9).astype(np.int16).reshape(-1, 1, 1, 1)
        trace = Trace(0, time_s, v_mem, None, np.zeros(99))
        runs.append(attrs.evolve(run_of(leaking), traces=(trace,)))
    title = compare(*runs).plot().axes[0].get_title(loc="left")

    assert title.startswith("Layer 0: values agree, ✗ the clocks of a and b disagree (")


def test_a_figure_shows_each_layer_and_leaves_out_those_that_part_last() -> None:
    run = run_of(*(layer(index) for index in range(6)))
    comparison = compare(run, run)

    assert len(comparison.plot().axes) == 8
    figure = comparison.plot()
    assert isinstance(figure, Figure)
    assert "Layers 4, 5 not drawn" in figure.get_suptitle()
    assert len(comparison.plot(layer=5).axes) == 2


def test_axes_of_the_callers_get_the_layer_of_the_first_divergence() -> None:
    run = run_of(layer(0), layer(1))
    v_mem = run.traces[1].v_mem.copy()
    v_mem[2] += 1
    other = attrs.evolve(run, traces=(run.traces[0], attrs.evolve(run.traces[1], v_mem=v_mem)))
    upper, lower = Figure().subplots(2)
    comparison = compare(run, other)

    assert comparison.plot(ax=[upper, lower]) is upper.figure
    assert upper.get_title(loc="left").startswith("Layer 1: ✗")
    with pytest.raises(InputError, match="into 1 axes"):
        comparison.plot([upper])
    with pytest.raises(LayerNotFound):
        comparison.plot(layer=7)


def test_what_could_not_be_compared_is_drawn_as_such() -> None:
    nothing = compare(run_of(layer(0)), run_of(layer(0, (1, 2, 2))))
    figure = nothing.plot()
    assert isinstance(figure, Figure)
    figure.savefig(io.BytesIO(), format="png")
    short = compare(run_of(samples=1), run_of(samples=1))
    assert "cannot tell" in short.plot().axes[0].get_title(loc="left")
    with pytest.raises(InputError, match="no layer was compared"):
        nothing.plot(Figure().subplots(2))
