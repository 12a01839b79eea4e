"""`speckhal run` beyond what its page shows: refusals, files, and spikes that go round."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from speckhal import (
    Spikes,
    StimulationUnfinished,
    open_spike_run,
    read_events,
    write_spikes,
)
from speckhal.cli import main
from speckhal_samna.device import SamnaDevice

if TYPE_CHECKING:
    from pathlib import Path

NETWORK = """
from speckhal import LayerSpec
net = [LayerSpec((2, 2, 3)), LayerSpec((1, 1, 2), threshold_high=254)]
"""
EVENTS = Spikes(time_us=[5, 400, 800], layer=0, channel=0, y=[0, 1, 1], x=[0, 1, 2])


@pytest.fixture
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.py").write_text(NETWORK)
    write_spikes(EVENTS, tmp_path / "events.npz")
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["run", *arguments])


def test_spikes_of_chosen_layers_go_into_all_files_and_json_is_alone(there: Path) -> None:
    done = run(
        *("net.py:net", "events.npz", "--monitor", "1", "--json", "--overwrite"),
        *("-o", "run.h5", "--spikes-out", "spikes.csv", "--plot", "run.png"),
    )
    assert done.exit_code == 0, done.output
    plain = json.loads(done.stdout)
    assert plain["given"] == {"0": 3}
    (layer,) = plain["layers"]
    # each event fires the 2 neurons of its place, and two spikes fire one of those that they reach
    first, second = plain["cores"]
    assert (first["events"], first["operations"]) == (3, 6)
    assert second["events"] == 6
    kept = open_spike_run(there / "run.h5")
    assert kept.counts == {1: layer["spikes"]}
    assert kept.given == EVENTS
    assert kept.sent == read_events(there / "spikes.csv")
    assert layer["spikes"] == 4
    for name in ("run.h5", "spikes.csv", "run.png"):
        assert f"Wrote {name}" in done.stderr


def test_what_came_before_a_stimulation_went_on_for_ever_is_printed_and_written(
    there: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    came = Spikes(time_us=[7], layer=0, channel=1, y=1, x=2)

    def goes_round(_device: SamnaDevice, _spikes: Spikes) -> Spikes:
        raise StimulationUnfinished("It goes round.", spikes=came, hint="Cut the loop.")

    monkeypatch.setattr(SamnaDevice, "stimulate", goes_round)
    (there / "out").mkdir()
    files = "--spikes-out", "out/a.npy", "-o", "a.h5"
    done = run("net.py:net", "events.npz", *files, "--orders", "2")
    assert done.exit_code == 2
    assert "Ended early, and all of this is what came until then." in done.stdout
    assert done.stderr.rstrip().endswith("error: It goes round.\nhint: Cut the loop.")
    assert read_events(there / "out" / "a.npy") == came
    kept = open_spike_run(there / "a.h5")
    assert (kept.sent, kept.spread) == (came, None)
    assert kept.problem == "StimulationUnfinished: It goes round. Cut the loop."


def test_ctrl_c_keeps_what_had_come_and_ends_as_ever(
    there: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    came = Spikes(time_us=[7, 9], layer=[0, 1], channel=0, y=0, x=1)

    def stopped(_device: SamnaDevice, _spikes: Spikes) -> Spikes:
        raise KeyboardInterrupt

    monkeypatch.setattr(SamnaDevice, "stimulate", stopped)
    monkeypatch.setattr(SamnaDevice, "recorded_spikes", lambda _device: came)
    done = run("net.py:net", "events.npz", "-o", "a.h5")
    assert done.exit_code == 130
    assert "layer 1 by channel: 1" in done.stdout
    assert "Wrote a.h5" in done.stderr
    kept = open_spike_run(there / "a.h5")
    assert (kept.sent, kept.problem) == (came, "KeyboardInterrupt")
    assert kept.duration_us == 9


@pytest.mark.parametrize("finished", [1, 2])
def test_ctrl_c_among_orders_keeps_those_that_were_finished(
    there: Path, monkeypatch: pytest.MonkeyPatch, finished: int
) -> None:
    stimulate = SamnaDevice.stimulate
    played: list[SamnaDevice] = []

    def stopped(device: SamnaDevice, spikes: Spikes) -> Spikes:
        if len(played) > finished:
            raise KeyboardInterrupt
        played.append(device)
        return stimulate(device, spikes)

    monkeypatch.setattr(SamnaDevice, "stimulate", stopped)
    done = run("net.py:net", "events.npz", "--orders", "4", "-o", "a.h5")
    assert done.exit_code == 130
    spread = open_spike_run(there / "a.h5").spread
    if finished == 1:
        assert spread is None
        assert "Ended before 2 orders were finished: there is no spread of orders." in done.stderr
    else:
        assert spread is not None
        assert (spread.orders, spread.asked) == ((1, 2), 4)
        assert "Ended early: 4 were to be tried, and 2 of them were finished." in done.stdout


def test_a_record_is_there_before_orders_are_tried_and_has_them_afterwards(
    there: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stimulate = SamnaDevice.stimulate
    found: list[Path] = []

    def watched(device: SamnaDevice, spikes: Spikes) -> Spikes:
        found.extend(there.glob("a.h5"))
        if found:
            kept = open_spike_run(there / "a.h5")
            assert (kept.given, kept.spread) == (EVENTS, None)
        return stimulate(device, spikes)

    monkeypatch.setattr(SamnaDevice, "stimulate", watched)
    done = run("net.py:net", "events.npz", "--orders", "2", "-o", "a.h5")
    assert done.exit_code == 0, done.output
    assert len(found) == 2
    assert done.stderr.count("Wrote") == 1
    assert open_spike_run(there / "a.h5").spread is not None
    assert sorted(there.glob("*a.h5*")) == [there / "a.h5"]


def test_what_cannot_be_written_after_all_is_kept_elsewhere(
    there: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from speckhal.runs.spiking import spike_files

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(spike_files, "whole_file", full)
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(there))
    done = run("net.py:net", "events.npz", "--spikes-out", "a.csv")
    assert done.exit_code == 2
    assert "Could not write a.csv: No space left on device." in done.stderr
    (kept,) = there.glob("speckhal-spikes-*.h5")
    assert f"What the layers sent is in {kept}." in done.stderr
    assert open_spike_run(kept).given == EVENTS


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["net.py:net", "events.npz", "more"], "Asked to run 'more' besides"),
        (["net.py:net", "events.npz", "--seed", "3"], "Asked for --seed with the events in"),
        (["net.py:net", "--layer", "1"], "made for the input of the network"),
        (["net.py:net", "--layer", "one"], "not the index of a layer"),
        (["net.py:net", "--monitor", "one"], "not the index of a layer"),
        (["net.py:net", "events.npz", "--plot", "events.npz"], "does not write that kind of file"),
        (["net.py:net", "events.npz", "--spikes-out", "events.npz"], "the record that is read"),
        (["net.py:net", "--overwrite"], "--overwrite without a record"),
        (["--orders", "2", "--option", "sweep=reversed"], "with the option sweep"),
        (["--orders", "2", "--backend", "replay:published-leak"], "has no orders to choose from"),
        (["events.mat"], "neither a network nor a file of events that is read"),
        (["x.py:net"], "no such file"),
    ],
)
def test_what_cannot_be_is_refused_before_a_board_opens(
    there: Path, arguments: list[str], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if arguments != ["x.py:net"]:
        monkeypatch.setattr("speckhal.discovery.opening.open_device", None)
    done = run(*arguments)
    assert done.exit_code == 2, done.output
    assert says in done.stderr
    assert "hint: " in done.stderr


def test_biases_without_ticks_are_said_to_do_nothing(there: Path) -> None:
    (there / "leaky.py").write_text(NETWORK.replace("(2, 2, 3)", "(2, 2, 3), biases=[-1, 0]"))
    said = "none: biases act at ticks of the slow clock, which is off (--rate-hz)"
    assert said in run("leaky.py:net", "events.npz").stdout
    assert said not in run("leaky.py:net", "events.npz", "--rate-hz", "50").stdout
    assert said not in run("net.py:net", "events.npz").stdout


def test_no_spikes_at_all_are_not_run(there: Path) -> None:
    done = run("net.py:net", "--for", "0.0000001")
    assert done.exit_code == 2
    assert "there is no spike" in done.stderr


def test_a_board_that_sends_no_spikes_says_so(there: Path) -> None:
    (there / "net.py").write_text(
        "from speckhal import LayerSpec\nnet = [LayerSpec((1, 2, 2), biases=[-13])]\n"
    )
    done = run("net.py:net", "--backend", "replay:published-leak")
    assert done.exit_code == 2
    assert "'record spikes'" in done.stderr
    assert "replay:FILE, takes no spikes" in " ".join(run("--help").stdout.split())


def test_spikes_into_places_that_are_not_there_are_refused(there: Path) -> None:
    far = Spikes(time_us=1, layer=0, channel=0, y=2, x=0)
    write_spikes(far, there / "far.csv")
    done = run("net.py:net", "far.csv")
    assert done.exit_code == 2
    assert "with a spike of y 2" in done.stderr
