"""The picture of a leak: what is drawn, and how it stays readable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from speckhal import measure_leak
from speckhal.runs.plotting import MOST_DRAWN, MOST_EXPECTED, MOST_NAMED, plot_leak
from speckhal.runs.record import LeakRecord

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

    Leaky = Callable[..., Any]  # the conftest's device, which tests cannot import
    Draw = Callable[..., Axes]


@pytest.fixture
def draw(leaky: Leaky, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Draw:
    """Measures a device, draws it into leak.png, and returns the axes."""

    def drawn(*, sampling: dict[str, Any] | None = None, **changes: Any) -> Axes:
        device = leaky(**changes)
        trace = measure_leak(device, **(sampling or {"every_s": 0.5, "for_s": 5}))
        figures: list[Figure] = []

        def keep(figure: Figure, *_arguments: Any, **_options: Any) -> None:
            figures.append(figure)  # painting it is another test's matter

        monkeypatch.setattr(Figure, "savefig", keep)
        plot_leak(LeakRecord(device.info, device.layer_as_told, trace), tmp_path / "leak.png")
        return figures[0].axes[0]

    return drawn


def _expected(axes: Axes) -> list[Line2D]:
    return [line for line in axes.lines if line.get_linestyle() == "--"]


def _legend(axes: Axes) -> list[str]:
    (legend,) = axes.figure.legends
    return [text.get_text() for text in legend.get_texts()]


def _channels(steps: list[int]) -> dict[str, Any]:
    start = np.zeros((len(steps), 1, 2), np.int16)
    return {"start": start, "steps": steps, "told_steps": steps}


@pytest.mark.parametrize("ending", ["png", "pdf", "svg"])
def test_the_ending_says_which_kind_of_picture(leaky: Leaky, tmp_path: Path, ending: str) -> None:
    device, path = leaky(), tmp_path / f"leak.{ending}"
    trace = measure_leak(device, every_s=1, for_s=2)

    plot_leak(LeakRecord(device.info, device.layer_as_told, trace), path)

    start = {"png": b"\x89PNG", "pdf": b"%PDF", "svg": b"<?xml"}[ending]
    assert path.read_bytes().startswith(start)


def test_the_expected_line_leads_from_the_start_down_to_the_floor(draw: Draw) -> None:
    (line,) = _expected(draw(sampling={"every_s": 0.5, "for_s": 30}))
    time_s, v_mem = np.asarray(line.get_xdata()), np.asarray(line.get_ydata())

    assert (time_s[0], time_s[-1]) == (0, 30)
    assert v_mem == pytest.approx(np.maximum(127 - 13 * time_s, -127))


def test_the_expected_line_counts_ticks_where_the_clock_is_stepped(draw: Draw) -> None:
    axes = draw(told_rate_hz=None, sampling={"ticks": 4})
    (line,) = _expected(axes)

    assert np.asarray(line.get_xdata())[-1] == 4
    assert np.asarray(line.get_ydata())[-1] == pytest.approx(127 - 4 * 13)
    assert axes.get_xlabel() == "slow-clock ticks"


def test_the_expected_line_is_what_was_told_and_not_what_was_read(draw: Draw) -> None:
    (line,) = _expected(draw(steps=[-20], told_steps=[-10]))

    assert np.asarray(line.get_ydata())[-1] == pytest.approx(127 - 5 * 10)


def test_a_rising_expected_line_ends_at_the_threshold(draw: Draw) -> None:
    rising = draw(**_channels([50]))
    (line,) = _expected(rising)

    assert np.asarray(line.get_ydata()).max() < 127
    assert np.asarray(line.get_xdata())[-1] == pytest.approx(127 / 50, abs=0.02)


def test_nothing_is_expected_of_a_neuron_that_fires_at_once(draw: Draw) -> None:
    assert not _expected(draw(start=np.full((1, 2, 2), 150, np.int16)))


def test_nothing_is_expected_of_a_clock_without_a_rate(leaky: Leaky, tmp_path: Path) -> None:
    trace = measure_leak(leaky(), every_s=1, for_s=2)
    layer = leaky(told_rate_hz=None).layer_as_told

    plot_leak(LeakRecord(leaky().info, layer, trace), tmp_path / "leak.png")

    assert (tmp_path / "leak.png").exists()


def test_few_trajectories_have_names_in_the_order_of_their_neurons(draw: Draw) -> None:
    assert _legend(draw(**_channels([-1, -9, -5]))) == [
        "c0 y0 x0 and 1 like it",
        "c1 y0 x0 and 1 like it",
        "c2 y0 x0 and 1 like it",
        "expected, -9 to -1 per tick",
    ]


def test_many_trajectories_share_a_name_and_a_few_expected_lines(draw: Draw) -> None:
    steps = [-number for number in range(1, 65)]

    axes = draw(**_channels(steps))

    assert MOST_NAMED < 64
    assert _legend(axes) == ["64 trajectories of 128 neurons", "expected, -64 to -1 per tick"]
    expected = _expected(axes)
    assert len(expected) == MOST_EXPECTED
    # the extremes are among them
    ends = [np.asarray(line.get_ydata())[-1] for line in expected]
    assert (min(ends), max(ends)) == pytest.approx((-127, -5))
    assert axes.figure.axes[1].get_ylabel() == "channel"


def test_of_very_many_trajectories_some_are_drawn(draw: Draw) -> None:
    start = np.arange(-1000, 1000, dtype=np.int16).reshape(1, 20, 100)

    axes = draw(start=start, threshold_low=-30_000, threshold_high=30_000)

    assert _legend(axes)[0] == f"{MOST_DRAWN} of 2000 trajectories of 2000 neurons"
    assert len(axes.lines) == MOST_DRAWN + 2 + len(_expected(axes))


def test_both_thresholds_are_drawn_and_named_beside_the_axes(draw: Draw) -> None:
    axes = draw()

    assert {text.get_text() for text in axes.texts} == {
        "threshold\nhigh 127",
        "threshold\nlow -127",
    }
    dotted = [line for line in axes.lines if line.get_linestyle() == ":"]
    assert [np.asarray(line.get_ydata())[0] for line in dotted] == [127, -127]


@pytest.mark.parametrize(
    ("steps", "for_s", "answer"),
    [
        ([-13, -13], 5, "\nagrees with what was deployed"),
        ([-13, -12], 5, "\ndisagrees with what was deployed (channel 1)"),
        ([-13, 0], 5, "\ncannot tell whether it agrees with what was deployed (channel 1)"),
        ([-13, -13], 0.5, "\ncannot tell whether it agrees with what was deployed"),
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

    assert axes.get_title().endswith(answer)
