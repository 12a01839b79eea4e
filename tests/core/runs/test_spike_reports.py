"""A run of spikes as one page: what it says of a board and of a chip, and what it leaves open."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

import attrs
import pytest
from click.testing import CliRunner

import speckhal
from report_pages import drawn, sound
from speckhal import ClockDrive, CoreActivity, Deployment, SpikeRun, save_spike_run
from speckhal.cli import main
from speckhal.contract.leak_config import PlainLeakConfig
from speckhal.runs.report.drawn import Picture
from speckhal.runs.report.report import page_of
from spike_runs_made import GIVEN, LAYERS, RUN, SENT, SPREAD

if TYPE_CHECKING:
    from pathlib import Path

WHOLE = attrs.evolve(RUN, problem=None, spread=None)
FEW = attrs.evolve(RUN, given=RUN.given[:1], sent=RUN.sent[:1], monitored=(0,), spread=None)


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages are made with an empty picture, for tests of what they say."""
    empty = Picture("data:,", "data:,", 1, 1, "nothing", "nothing")
    monkeypatch.setattr("speckhal.runs.report.spikes._picture", lambda run: empty)


def words_of(run: SpikeRun, *, kept_as: str = "") -> str:
    """What a sound page says, with a blank between the cells of a table."""
    page = page_of(run, kept_as=kept_as)
    sound(page)
    return " ".join(html.unescape(re.sub("<[^>]*>", " ", page)).split())


@pytest.mark.usefixtures("undrawn")
def test_a_page_has_counts_work_orders_and_where_they_come_from() -> None:
    said = words_of(RUN, kept_as="my run.h5")
    assert sound(page_of(RUN)).headings[0] == "Spikes of layers 0-1 on Speck9DevKit"
    assert "Speck9DevKit: 3 in, 4 out" in said
    assert "Ended early, and all of this is what came until then. StimulationUnfinished" in said
    assert "3 spikes went into the sensor's input and layer 0 within 0.000903 s" in said
    assert "30,000 1.11% 3 3.00 us 9" in said
    assert "at floor: additions that the lower threshold held up." in said
    assert "In other orders that a chip may follow That a chip sends exactly these" in said
    assert "1 2 3.0 1.41 47.14% 50.0%" in said
    assert "channel first run mean deviation 0 0 1.0 1.41" in said
    assert "seeds spikes 3" in said
    assert "speckhal show 'my run.h5'" in said
    assert "open_spike_run('my run.h5')" in said


@pytest.mark.usefixtures("undrawn")
def test_what_holds_for_a_chip_is_said_of_an_emulated_board_alone() -> None:
    emulated = attrs.evolve(WHOLE, info=attrs.evolve(RUN.info, emulated=True))
    measured = attrs.evolve(WHOLE, info=attrs.evolve(RUN.info, emulated=False), activity=())
    said = words_of(emulated)
    for part in ("exact", "a model", "unknown", f"speckhal info {RUN.info.backend} --options"):
        assert part in said
    assert "speckhal run --orders 5 would repeat this run" in said
    said = words_of(measured)
    assert "fitted to published figures" not in said
    assert "stamps a spike in whole microseconds when it reaches" in said
    assert "This device does not say what its cores had to do." in said
    assert "The same run on the mock, with speckhal run --orders 5" in said


@pytest.mark.usefixtures("undrawn")
def test_runs_without_spikes_layers_or_cores_are_pages_too() -> None:
    nothing = attrs.evolve(
        WHOLE, given=GIVEN[:0], sent=SENT[:0], monitored=(), activity=(), deployment=Deployment(())
    )
    assert "0 spikes went into no layer" in words_of(nothing)
    silent = CoreActivity(**{each.name: 0 for each in attrs.fields(CoreActivity)})
    assert "0 spikes came out" in words_of(attrs.evolve(WHOLE, activity=(silent,), sent=SENT[:0]))


@pytest.mark.usefixtures("undrawn")
def test_a_leak_meanwhile_has_its_clock_and_the_biases_of_each_channel() -> None:
    leaking = Deployment(LAYERS, leak=PlainLeakConfig(ClockDrive.EXTERNAL, 200))
    said = words_of(attrs.evolve(WHOLE, deployment=leaking))
    assert "The slow clock ticked 200 times a second." in said
    assert "wanted bias" in said


def test_the_same_run_has_the_same_page_with_a_picture_for_each_kind_of_screen() -> None:
    page = page_of(FEW)
    assert page == page_of(attrs.evolve(FEW))
    light, dark = drawn(sound(page))
    assert light != dark


@pytest.mark.usefixtures("undrawn")
def test_what_strangers_write_is_text() -> None:
    bad = "<script>\x1b[31m&"
    evil = attrs.evolve(
        RUN, problem=bad, info=attrs.evolve(RUN.info, board=bad, backend=bad), spread=SPREAD
    )
    page = page_of(evil, kept_as=bad)
    assert not sound(page).all("script")
    assert "\x1b" not in page


@pytest.mark.usefixtures("undrawn")
def test_a_record_of_spikes_is_reported_by_command_and_in_python(tmp_path: Path) -> None:
    save_spike_run(RUN, tmp_path / "run.h5")
    done = CliRunner().invoke(main, ["report", str(tmp_path / "run.h5")])
    assert done.exit_code == 0, done.output
    assert f"Wrote {tmp_path / 'run.html'}: 3 spikes in, 4 out." in done.stdout
    assert "Ended early" in done.stdout
    for given in (tmp_path / "run.h5", RUN):
        speckhal.report(given, tmp_path / "again.html")
        assert "Spikes of layers 0-1" in (tmp_path / "again.html").read_text()
    with pytest.raises(speckhal.InputError, match="run_spikes"):
        speckhal.report(SENT, tmp_path / "no.html")  # type: ignore[arg-type]  # on purpose
