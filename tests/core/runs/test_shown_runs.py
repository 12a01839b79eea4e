"""What is seen of a run: at the prompt, in a notebook, in other libraries' tables."""

from __future__ import annotations

from collections.abc import Callable
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pytest

from speckhal import DeviceInfo, OpenDevice, judge, open_run, run_leak, verify

if TYPE_CHECKING:
    from pathlib import Path

    from speckhal import Run

Deployed = Callable[..., OpenDevice]


def test_a_run_is_one_line(deployed: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    run = run_leak(deployed(), [0, 1], ticks=5)

    shown = "<Run on Tidy of 'tidy': layers 0, 1; 6 readings of each; agrees>"
    assert repr(run) == shown
    early = attrs.evolve(run, traces=run.traces[:1], problem="KeyboardInterrupt: ")
    assert (
        repr(early) == "<Run on Tidy of 'tidy': layers 0; 6 readings of each; agrees; ended early>"
    )
    assert "layers none; no readings of each; cannot tell" in repr(attrs.evolve(run, traces=()))
    monkeypatch.setattr("speckhal.runs.run._SOON_JUDGED", 5)
    assert repr(run) == shown.replace("; agrees", "")
    assert run._repr_html_() is None


def test_what_is_of_a_run_is_one_line_too(deployed: Deployed) -> None:
    run = run_leak(deployed(), [1, 2], ticks=5)
    trace, layer, checked = run.traces[0], run.layers[1], verify(run)

    assert repr(run.deployment) == (
        "<Deployment of 1 x 2 x 2 on core 0, 2 x 2 x 2 on core 1, 2 x 1 x 1 on core 2; leak, "
        "stepped clock>"
    )
    assert repr(attrs.evolve(run.deployment, layers=(), leak=None)) == (
        "<Deployment of no layer; no leak>"
    )
    assert repr(trace) == "<Trace of layer 1: 6 readings of 2 x 2 x 2 neurons over 5 ticks>"
    one = attrs.evolve(
        trace, ticks=None, **{name: getattr(trace, name)[:1] for name in ("time_s", "v_mem")}
    )
    assert repr(one) == "<Trace of layer 1: 1 reading of 2 x 2 x 2 neurons>"
    assert repr(judge(run.traces[1], layer)) == "<Verdict on 2 channels: agrees>"
    assert repr(checked) == ("<Verification of layers 1, 2: cannot tell; not shown: lost ticks>")
    other = attrs.evolve(layer, biases=layer.biases - np.array([0, 1], np.int16))
    assert repr(judge(run.traces[1], other)) == "<Verdict on 2 channels: disagrees in 1>"
    assert repr(verify(run.traces[1], other).layers[0]) == (
        "<LayerVerification of layer 2: disagrees (step)>"
    )


class Seen(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.cells: list[str] = []
        self.images = 0
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.images += tag == "img" and str(dict(attrs)["src"]).startswith("data:image/png;base64")
        if tag == "td":
            self.cells.append("")

    def handle_data(self, data: str) -> None:
        self.text += data
        if self.cells:
            self.cells[-1] += data.strip()


def test_a_notebook_shows_a_row_and_a_picture_for_each_layer(deployed: Deployed) -> None:
    device = deployed()
    device.tick()
    run = run_leak(device, [0, 2], ticks=5)
    shown = Seen(run._repr_html_() or "")

    assert shown.images == 2
    assert shown.cells[:7] == ["0", "0", "1 x 2 x 2", "6", "-13", "-13", "agrees"]
    assert shown.cells[7:12] == ["2", "2", "2 x 1 x 1", "6", "-3 to 7"]
    assert "Tidy, serial number 7 (emulated, tidy)" in shown.text
    assert "states leaked" in shown.text


def test_a_notebook_shows_a_picture_as_the_last_line_of_a_cell(deployed: Deployed) -> None:
    figure: Any = run_leak(deployed(), [0, 2], ticks=5).plot()

    data, size = figure._repr_png_()

    assert data.startswith(b"\x89PNG")
    assert size == {"width": 730, "height": 922}


def test_a_layer_that_was_not_read_any_more_is_shown_without_a_reading(deployed: Deployed) -> None:
    with pytest.raises(KeyboardInterrupt) as ended:
        run_leak(deployed(fail_at=1), [0, 2], ticks=5)
    run: Run = ended.value.run  # type: ignore[attr-defined]  # it is given to all errors

    assert "layers 0, 2; 0 or 1 readings of each; cannot tell; ended early" in repr(run)
    shown = Seen(run._repr_html_() or "")
    assert shown.cells[7:11] == ["2", "2", "2 x 1 x 1", "0"]
    assert shown.images == 1
    figure: Any = run.plot()
    assert [one.get_text() for one in figure.axes[1].texts] == ["no reading"]


def test_a_run_whose_record_is_gone_is_shown_all_the_same(
    deployed: Deployed, tmp_path: Path
) -> None:
    run_leak(deployed(), [0], ticks=2, record=tmp_path / "run.h5")
    opened = open_run(tmp_path / "run.h5")
    (tmp_path / "run.h5").unlink()
    assert "layers 0; 3 readings of each; the readings cannot be read" in repr(opened)
    assert opened._repr_html_() is None


def test_a_notebook_says_when_a_run_started_to_the_second(deployed: Deployed) -> None:
    run = run_leak(deployed(), [0], ticks=5)
    about = attrs.evolve(run.provenance, started_at="2026-11-29T09:52:09.129653+01:00")

    shown = Seen(attrs.evolve(run, provenance=about)._repr_html_() or "")

    assert "started 2026-11-29 08:52:09 UTC" in shown.text


def test_what_strangers_call_their_boards_is_text_in_a_notebook(deployed: Deployed) -> None:
    run = run_leak(deployed(), [0], ticks=5)
    info: DeviceInfo = attrs.evolve(run.info, board="<script>alert(1)</script>")
    shown = attrs.evolve(run, info=info, problem="ValueError: <b>\0")._repr_html_() or ""

    assert "<script>" not in shown
    assert "\0" not in shown
    assert "ended early by ValueError: <b>" in Seen(shown).text


def test_a_run_becomes_a_table_and_a_tree(deployed: Deployed) -> None:
    run = run_leak(deployed(), [0, 2], ticks=5)

    assert len(run.to_pandas()) == 6 * (4 + 2)
    assert set(run.to_xarray().children) == {"layer_0", "layer_2"}
