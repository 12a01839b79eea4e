"""Where a reading takes longer than the time between two, the run says so."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

import speckhal
from speckhal.cli import main
from speckhal.runs.report.report import page_of

if TYPE_CHECKING:
    from pathlib import Path


def typed(*words: object) -> Result:
    return CliRunner().invoke(main, [*map(str, words)], env={"COLUMNS": "1000"})


def test_readings_that_take_longer_than_asked_for_are_said_and_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("speckhal.runs.report.contents.pictures_of", lambda _: [])  # take long
    monkeypatch.setattr("speckhal.runs.run_html.MOST_PICTURES", 0)
    record = tmp_path / "run.h5"
    often = ["leak", "--rate-hz", "100", "--every", "0.0001", "--for", "0.005", "--json"]
    done = typed(*often, "--record", record)

    json.loads(done.stdout)
    pattern = (
        r"Readings came every \S+ s, not every 0.0001 s, since reading a layer takes that long, "
    )
    pattern += r"and the run took \S+ s, not 0.005 s\."
    assert re.search(pattern, done.stderr)
    assert re.search(pattern, typed("show", record).stdout)
    run = speckhal.open_run(record)
    shortly = r"; read every \S+ s, not every 0.0001 s"
    assert re.search(shortly, repr(run))
    assert re.search(shortly, run._repr_html_() or "")
    page = page_of(run)
    assert re.search(pattern, page)
    assert re.search(r"<dt>late</dt><dd>read every \S+ s, not every 0.0001 s</dd>", page)


@pytest.mark.parametrize("how", [["--ticks", "5"], ["--every", "0.5", "--for", "3"]])
def test_nothing_is_said_where_readings_came_as_asked(how: list[str], tmp_path: Path) -> None:
    record = tmp_path / "run.h5"
    assert "Readings came" not in typed("leak", *how, "--record", record).output
    assert "Readings came" not in typed("show", record).output
    assert "read every" not in repr(speckhal.open_run(record))
