"""A run as one page: what it says, that it needs nothing else, and that it is always the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np
import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings

import speckhal
from report_pages import drawn, sound
from runs_made import INFO, layer, run_of, runs, trace_of
from speckhal import Answer, InputError, Provenance, Run, Trace, Verdict, Verification, WantedLeak
from speckhal.cli import main
from speckhal.leak.channel_verdict import ChannelVerdict
from speckhal.leak.planning.planning import plan_layers
from speckhal.runs.report.deployed import deployed_layers
from speckhal.runs.report.report import page_of
from speckhal.runs.save_run import save_run

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages are made without pictures of layers, for tests of what they say."""
    monkeypatch.setattr("speckhal.runs.report.contents.pictures_of", lambda run: [])


def test_a_report_says_what_was_found_and_where_it_comes_from() -> None:
    run = run_of(layer(), layer(1, (1, 1, 1), biases=np.array([-5], np.int16)))
    provenance = Provenance(
        "run-1",
        started_at="2026-01-02T03:04:05+00:00",
        options={"noise": 2},
        network_hash="a1b2",
        versions={"speckhal": "0.1.0", "torch": "2.9"},
        seeds={"noise": 3},
        states="leaked",
        notes={"source": "a tutorial"},
    )
    page = sound(page_of(attrs.evolve(run, provenance=provenance), kept_as="my run.h5"))

    assert page.headings == [
        *("Leak of layers 0-1 on Speck9DevKit", "The leak agrees with what was deployed"),
        *("What the readings show of the board, point by point", "Readings", "Layer 0", "Layer 1"),
        *("Deployed layers", "Layer 0", "Layer 1", "Device and chip"),
        *("Errata of the speck9", "Core 3 sleeps", "Where it comes from", "Open it again"),
    ]
    for said in (
        "Layer 0: agrees with what was deployed.",
        "2 x 1 x 3 neurons on core 2, 5 readings over 4 ticks.",
        "A tick adds -13, as deployed",
        "serial number Nr. 1 “ß”",
        "2026-01-02 03:04:05 UTC",
        "Affects layer 1 of this run.",
        "measured on hardware: seen",
        "SHA-256 a1b2",
        "torch 2.9",
        "noise 3",
        "moved before the run",
        "a tutorial",
        "speckhal show 'my run.h5'",
        "speckhal.open_run('my run.h5')",
    ):
        assert said in page.text


def test_every_layer_has_a_picture_for_light_and_one_for_dark_screens() -> None:
    page = sound(page_of(run_of(layer(), layer(1))))
    pictures = drawn(page)

    assert len(pictures) == 4
    assert len(set(pictures)) == 4
    assert [one["media"] for one in page.all("source")] == [
        "screen and (prefers-color-scheme: dark)"
    ] * 2
    assert all("#e6e8eb" in dark and "#e6e8eb" not in light for dark, light in _pairs(pictures))
    assert "Verdict: agrees with what was deployed." in (page.all("img")[0]["alt"] or "")


def _pairs(pictures: list[str]) -> list[tuple[str, str]]:
    return list(zip(pictures[::2], pictures[1::2], strict=True))


@pytest.mark.usefixtures("undrawn")
def test_a_run_that_disagrees_says_where_and_first() -> None:
    leaking = layer()
    trace = trace_of(leaking)
    v_mem = trace.v_mem.copy()
    v_mem[3:, 1] += 7
    page = sound(page_of(run_of(leaking, traces=(attrs.evolve(trace, v_mem=v_mem),))))

    assert page.headings[1] == "The leak disagrees with what was deployed"
    assert "Layer 0: disagrees with what was deployed (channel 1)." in page.text
    assert "The board does not do what was deployed." in page.text
    assert page.text.index("Channel 1:") < page.text.index("point by point")


@pytest.mark.parametrize("samples", [0, 1])
def test_too_few_readings_are_said_to_be_too_few(samples: int) -> None:
    trace = trace_of(layer())
    arrays = {name: getattr(trace, name)[:samples] for name in ("time_s", "v_mem", "duration_s")}
    page = sound(page_of(run_of(traces=(Trace(layer=0, **arrays),))))

    assert page.headings[1] == "The readings cannot tell whether the leak agrees"
    assert f"A leak shows from two readings on, and this is {samples}." in page.text
    assert "No layer was read twice" in page.text
    assert ("Not drawn: layer 0." in page.text) == (samples == 0)


def test_a_run_of_no_layer_and_one_that_ended_early_are_pages_too() -> None:
    empty = sound(page_of(run_of(traces=())))
    early = sound(page_of(run_of(problem="KeyboardInterrupt: ", is_partial=True)))

    assert "No layer was read." in empty.text
    assert "There is nothing to draw." in empty.text
    assert "The run ended early: KeyboardInterrupt. The record was never finished" in early.text


def test_a_planned_run_shows_what_was_wanted_and_obtained() -> None:
    leaking = layer(shape=(8, 1, 1), threshold_high=1000, rate_hz=None)
    plan = plan_layers([leaking], WantedLeak.parse("5% per 10 ms"), chip=INFO.chip)
    run = run_of(leaking, provenance=Provenance("run-1", plan=plan.as_json()))
    page = sound(page_of(run))

    assert "Plan" in page.headings
    assert f"{plan.summary}." in page.text
    assert "5% per 10 ms" in page.text
    assert "Rates that could be chosen" in page.text
    assert len(drawn(page)) == 4


@pytest.mark.usefixtures("undrawn")
def test_a_plan_that_is_something_else_is_said_to_be_unreadable() -> None:
    run = run_of(provenance=Provenance("run-1", plan={"layers": [{"shape": "odd"}]}))

    assert "a plan that this version of speckhal cannot read" in sound(page_of(run)).text


def test_a_clock_is_called_stepped_where_ticks_were_counted() -> None:
    run = run_of(layer(rate_hz=None))
    untimed = attrs.evolve(run, traces=(attrs.evolve(run.traces[0], ticks=None),))
    said = [deployed_layers(one)[0].rows["slow clock"] for one in (run, untimed)]
    assert said == ["stepped; the layer listens: yes", "of no fixed rate; the layer listens: yes"]


def test_what_strangers_write_is_text() -> None:
    evil = "</title><script>alert(1)</script>\x1b\x00"
    run = run_of(
        info=attrs.evolve(INFO, board=evil, serial_number=evil, firmware=evil),
        problem=evil,
        provenance=Provenance(evil, started_at=evil, versions={evil: evil}, states=evil),
    )
    text = page_of(run, kept_as=f"{evil}.h5")
    page = sound(text)

    assert "<script" not in text
    assert not set("\x1b\x00") & set(text)
    assert page.text.count("<script>alert(1)</script>") > 8
    assert all("<script" not in picture for picture in drawn(page))


def _of_this_age(trace: Trace) -> Trace:
    time_s, duration_s = (np.clip(one, -1e6, 1e6) for one in (trace.time_s, trace.duration_s))
    return attrs.evolve(trace, time_s=time_s, duration_s=duration_s)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(run=runs())
def test_any_run_that_can_be_judged_has_a_page(run: Run) -> None:
    # judging overflows where times are years without number; a page only shows them
    run = attrs.evolve(run, traces=tuple(_of_this_age(trace) for trace in run.traces))
    try:
        assert isinstance(run.answer, Answer)
    except InputError:
        return  # times that are no times
    with pytest.MonkeyPatch.context() as patch:
        # what hypothesis takes for a name has no glyphs, and drawing takes a second
        patch.setattr("speckhal.runs.report.contents.pictures_of", lambda run: [])
        patch.setattr("speckhal.runs.report.planned._picture", lambda plan: None)
        sound(page_of(run))


def test_the_same_run_has_the_same_page() -> None:
    run = run_of()
    first = page_of(run, kept_as="run.h5")
    other = page_of(run_of(layer(biases=np.array([-13, -7], np.int16))), kept_as="run.h5")

    assert page_of(attrs.evolve(run), kept_as="run.h5") == first
    assert other != first


def test_a_page_does_not_grow_with_what_was_read(monkeypatch: pytest.MonkeyPatch) -> None:
    leaking = layer(shape=(64, 4, 4), rate_hz=None)
    trace = trace_of(leaking, 1000)
    chance = np.random.default_rng(1).integers(-2000, 2000, trace.v_mem.shape, np.int16)
    noisy = run_of(leaking, traces=(attrs.evolve(trace, v_mem=chance),))
    # who judges chance takes minutes; this is about the picture, and that of chance is the largest
    unclear = Verdict(tuple(ChannelVerdict(channel, -13, None) for channel in range(64)))
    monkeypatch.setattr("speckhal.runs.record.judge", lambda trace, layer: unclear)
    monkeypatch.setattr("speckhal.runs.report.found.verify", lambda run: Verification(()))

    assert len(page_of(noisy)) < 3_000_000


def test_a_page_is_written_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "run.html"
    page.write_text("old")
    monkeypatch.setattr("speckhal.runs.report.report.page_of", lambda run, kept_as: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        speckhal.report(run_of(), page)

    assert page.read_text() == "old"
    assert list(tmp_path.iterdir()) == [page]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("run.pdf", "a report is a page of HTML"),
        ("", "''"),
        ("none/run.html", "there is no folder"),
    ],
)
def test_a_place_that_takes_no_page_is_refused_before_one_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=said):
        speckhal.report("no such record", name)


def reported(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["report", *map(str, arguments)])


@pytest.mark.usefixtures("undrawn")
def test_the_command_writes_beside_the_record_and_replaces_only_what_is_named(
    tmp_path: Path,
) -> None:
    record, page = tmp_path / "run.h5", tmp_path / "run.html"
    save_run(run_of(), record)
    done = reported(record)
    assert (done.exit_code, done.stdout, done.stderr) == (0, f"Wrote {page}: agrees.\n", "")
    assert "speckhal show run.h5" in sound(page.read_text("utf-8")).text

    page.write_text("mine")
    again = reported(record)
    assert again.exit_code == 2
    assert f"hint: Replace it: -o {page}" in again.stderr
    assert page.read_text() == "mine"

    assert reported(record, "-o", page).exit_code == 0
    assert page.read_text("utf-8").startswith("<!DOCTYPE html>")


@pytest.mark.usefixtures("undrawn")
def test_records_that_nobody_finished_and_old_arrays_have_pages(tmp_path: Path) -> None:
    save_run(run_of(), tmp_path / "run.h5")
    (tmp_path / "run.h5").rename(tmp_path / "run 2.5.partial")
    run_of().records[0].save_npz(tmp_path / "old.npz")

    done = reported(tmp_path / "run 2.5.partial")
    assert done.stdout == f"Wrote {tmp_path / 'run 2.5.html'}: agrees.\n"
    assert reported(tmp_path / "old.npz").exit_code == 0
    page = sound((tmp_path / "old.html").read_text("utf-8"))
    assert "not known" in page.text
    assert "nan" not in page.text


def test_a_record_is_not_replaced_by_its_own_page(tmp_path: Path) -> None:
    save_run(run_of(), tmp_path / "run.h5")
    record = (tmp_path / "run.h5").rename(tmp_path / "run.html")
    before = record.read_bytes()

    assert "to itself" in reported(record, "-o", record).stderr
    assert record.read_bytes() == before
