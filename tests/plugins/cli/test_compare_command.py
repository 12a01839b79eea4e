"""`speckhal compare` on emulated boards: driven alike, against records, closed whatever happens."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

import speckhal
from speckhal import Answer
from speckhal.cli import main

if TYPE_CHECKING:
    from pathlib import Path

BOTH = ["mock:speck2f", "mock:speck2e"]


def compare(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["compare", *map(str, arguments)])


def is_free(selection: str) -> bool:
    """Whether the board can be opened, as it can once it is closed."""
    with speckhal.open_device(selection) as device:
        return device.is_open


def test_both_chips_agree_when_they_are_driven_alike() -> None:
    done = compare(*BOTH)
    assert done.exit_code == 0, done.stderr
    assert "21 of 21 readings of a and 21 of 21 of b were compared, at 11 ticks." in done.stdout
    assert all(map(is_free, BOTH))


@pytest.mark.parametrize("stepped", [True, False])
def test_a_board_with_other_steps_parts_at_the_first_tick(*, stepped: bool) -> None:
    how = ["--ticks", "5"] if stepped else ["--rate-hz", "10", "--every", "0.07", "--for", "1"]
    done = compare(*BOTH, *how, "--option-b", "breakage=step-plus-one", "--json")
    parted = json.loads(done.stdout)["divergence"]

    assert done.exit_code == 1
    assert (parted["tick"], parted["values"]) == (1, [114, 115])


def test_a_lost_tick_is_found_at_its_number() -> None:
    done = compare(*BOTH, "--ticks", "20", "--option-b", "breakage=every-tenth-tick-lost")
    assert done.exit_code == 1
    assert "First divergence: tick 10, layer 0, channel 0, y 0, x 0" in done.stdout
    assert "Layer 0 of b does not leak as it was deployed." in done.stdout


@pytest.mark.parametrize("twice", [("mock", "mock"), ("mock:speck2f", "mock:speck2fmodule")])
def test_a_board_that_is_named_twice_is_opened_twice(twice: tuple[str, str]) -> None:
    done = compare(*twice, "--ticks", "4")
    assert done.exit_code == 0, done.stderr
    assert is_free("mock")


def test_both_runs_are_recorded_and_compared_again_as_records(tmp_path: Path) -> None:
    a, b = tmp_path / "a.h5", tmp_path / "b.h5"
    live = compare(*BOTH, "--ticks", "6", "--record-a", a, "--record-b", b)
    kept = compare(a, b)

    assert live.stderr == f"Wrote {a}\nWrote {b}\n"
    assert kept.exit_code == live.exit_code == 0
    assert kept.stdout.splitlines()[2:] == live.stdout.splitlines()[2:]
    again = compare(*BOTH, "--ticks", "6", "--record-a", a)
    assert again.exit_code == 2
    assert "--overwrite" in again.stderr
    assert compare(*BOTH, "--ticks", "6", "--record-a", a, "--overwrite").exit_code == 0


@pytest.mark.parametrize(
    "how", [["--ticks", "6"], ["--rate-hz", "10", "--every", "0.04", "--for", "1"]]
)
def test_a_board_is_compared_with_a_record_in_either_order(tmp_path: Path, how: list[str]) -> None:
    record = tmp_path / "leak.h5"
    leak = ["leak", "--backend", "mock:speck2e", "--record", str(record), *how]
    assert CliRunner().invoke(main, leak).exit_code in {0, 2}

    for order in ((record, "mock:speck2f"), ("mock:speck2f", record)):
        done = compare(*order, "--json")
        assert done.exit_code == 0, done.stderr
        (layer,) = json.loads(done.stdout)["layers"]
        assert layer["readings"][0] == layer["readings"][1]


def test_a_record_that_is_replayed_is_a_board_as_any(tmp_path: Path) -> None:
    record = tmp_path / "a leak.h5"
    leak = ["leak", "--backend", "mock:speck2f", "--ticks", "5", "--record", str(record)]
    assert CliRunner().invoke(main, leak).exit_code == 0

    done = compare(f"replay:{record}", "mock:speck2e", "--ticks", "5")
    assert done.exit_code == 0, done.stderr
    assert "6 of 6 readings of a and 6 of 6 of b were compared" in done.stdout


NETWORK = """
from speckhal import LayerSpec

def layers():
    return [LayerSpec((2, 1, 2), biases=[-7, -30], threshold_high=500, threshold_low=-500,
                      initial=400) for _ in range(2)]

def random():
    import torch
    from sinabs.layers import IAFSqueeze
    made = torch.nn.Sequential(torch.nn.Conv2d(1, 1, 1), IAFSqueeze(batch_size=1, min_v_mem=-1.0))
    with torch.no_grad():
        made[0].bias.fill_(-float(torch.rand(1)) / 5 - 0.01)
        made(torch.zeros(1, 1, 2, 2))
        made[1].v_mem.fill_(0.9)
    return made
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "networks.py"
    path.write_text(NETWORK)
    return path


def test_the_same_network_is_deployed_on_both_although_its_weights_are_random(file: Path) -> None:
    for name, shape in (("layers", "1,1,2"), ("random", "1,2,2")):
        network = ["--network", f"{file}:{name}", "--input-shape", shape]
        done = compare(*BOTH, "--ticks", "5", *network)
        assert done.exit_code == 0, done.stdout + done.stderr
        assert "Deployed differently" not in done.stdout
        assert done.stdout.count(" in both\n") == (2 if name == "layers" else 1)
    one = compare(*BOTH, "--ticks", "5", "--network", f"{file}:layers", "--layer", "1", "--json")
    assert [each["layer"] for each in json.loads(one.stdout)["layers"]] == [1]


def test_a_record_of_another_network_than_the_example_asks_for_it(
    file: Path, tmp_path: Path
) -> None:
    record, network = tmp_path / "leak.h5", ["--network", f"{file}:layers"]
    leak = ["leak", "--ticks", "3", "--record", str(record), *network]
    assert CliRunner().invoke(main, leak).exit_code == 0

    without = compare(record, "mock:speck2e")
    assert without.exit_code == 2
    assert "Give the network of the record: --network FILE.py:NAME." in without.stderr
    assert compare(record, "mock:speck2e", *network).exit_code == 0


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("plans") / "plan.json"
    path.write_text(CliRunner().invoke(main, ["plan", "--leak", "5% per 10 ms", "--json"]).stdout)
    return path


@pytest.mark.parametrize(
    "how",
    [
        ["--start", "100", "--ticks", "5"],
        ["--start", "high", "--plan", "PLAN", "--ticks", "5"],
        ["--plan", "PLAN", "--every", "0.004", "--for", "0.1"],
    ],
)
def test_a_board_gets_the_plan_and_the_start_of_a_record_or_of_its_replay(
    tmp_path: Path, plan: Path, how: list[str]
) -> None:
    record, b = tmp_path / "leak.h5", tmp_path / "b.h5"
    how = [str(plan) if word == "PLAN" else word for word in how]
    leak = ["leak", "--backend", "mock:speck2f", "--record", str(record), *how]
    assert CliRunner().invoke(main, leak).exit_code in {0, 2}
    measured = speckhal.open_run(record)

    for a in (str(record), f"replay:{record}"):
        done = compare(a, "mock:speck2e", "--record-b", b, "--overwrite")
        assert done.exit_code == 0, done.output
        begun = speckhal.open_run(b)
        assert begun.provenance.written == measured.provenance.written
        assert (begun.layers[0].biases == measured.layers[0].biases).all()
        assert begun.trace().v_mem[0].tolist() == measured.trace().v_mem[0].tolist()


def test_two_boards_get_the_plan_and_the_start_that_are_asked_for(
    tmp_path: Path, plan: Path
) -> None:
    a = tmp_path / "a.h5"
    asked = ["--plan", plan, "--start", "high", "--ticks", "4"]
    done = compare(*BOTH, *asked, "--record-a", a)
    assert done.exit_code == 0, done.output
    assert speckhal.open_run(a).provenance.written == {"0": 126}

    for record in (a, f"replay:{a}"):
        refused = compare(record, "mock", *asked[:4])
        assert refused.exit_code == 2
        assert "Asked for " in refused.stderr
        assert "--plan" in refused.stderr


def test_a_network_without_biases_is_driven_by_the_plan_of_its_record(tmp_path: Path) -> None:
    path, plan, record = (tmp_path / name for name in ("net.py", "plan.json", "leak.h5"))
    random = "made[0].bias.fill_(-float(torch.rand(1)) / 5 - 0.01)"
    text = NETWORK.replace(random, "made[0].weight.fill_(0.5)")
    path.write_text(text.replace("Conv2d(1, 1, 1)", "Conv2d(1, 1, 1, bias=False)"))
    network = ["--network", f"{path}:random", "--input-shape", "1,2,2"]
    planned = ["plan", *network, "--leak", "5% per 10 ms", "--json"]
    plan.write_text(CliRunner().invoke(main, planned).stdout)
    leak = ["leak", *network, "--plan", str(plan), "--ticks", "4", "--record", str(record)]
    assert CliRunner().invoke(main, leak).exit_code == 0

    for a in (record, f"replay:{record}"):
        done = compare(a, "mock:speck2f", *network)
        assert done.exit_code == 0, done.output
    assert "Give the network of the record" in compare(record, "mock").stderr


@pytest.mark.parametrize("own", [True, False])
def test_biases_that_were_given_beside_the_network_are_those_of_the_board(
    tmp_path: Path, *, own: bool
) -> None:
    record, path = tmp_path / "leak.h5", tmp_path / "net.py"
    path.write_text(NETWORK if own else NETWORK.replace("biases=[-7, -30], ", ""))
    with speckhal.open_device("mock") as device:
        leak = device.leak_config(drive=speckhal.ClockDrive.STEPPED)
        network = speckhal.read_network(f"{path}:layers", input_shape=(1, 1, 2))
        device.deploy(network, leak=leak, biases={0: [-9, -11]})
        speckhal.run_leak(device, ticks=3, record=record)

    done = compare(record, "mock:speck2e", "--network", f"{path}:layers", "--input-shape", "1,1,2")
    assert done.exit_code == 0, done.output
    without = compare(record, "mock:speck2e")
    assert "Give the network of the record" in without.stderr


def recorded(path: Path, before: str) -> None:
    """Record three ticks, after the neurons leaked or were reset."""
    with speckhal.open_device("mock") as device:
        example = speckhal.select("mock")[0].example()
        device.deploy(example, leak=device.leak_config(drive=speckhal.ClockDrive.STEPPED))
        if before == "leaked":
            device.tick(2)
        else:
            device.reset_states()
        speckhal.run_leak(device, ticks=3, record=path)


def test_a_record_of_neurons_that_had_leaked_cannot_be_driven_alike(tmp_path: Path) -> None:
    record = tmp_path / "leak.h5"
    recorded(record, "leaked")
    for a in (record, f"replay:{record}"):
        refused = compare(a, "mock:speck2e")
        assert refused.exit_code == 2
        assert "began after its neurons had leaked" in refused.stderr
        ahead = compare(a, "mock:speck2e", "--tolerance", "start=2")
        assert "a was 2 ticks ahead" in ahead.stdout
    assert compare(f"replay:{record}", f"replay:{record}").exit_code == 0


def test_a_record_of_neurons_that_were_reset_is_driven_alike(tmp_path: Path) -> None:
    record = tmp_path / "leak.h5"
    recorded(record, "reset")
    done = compare(record, "mock:speck2e")
    assert done.exit_code == 0, done.output


def test_a_board_that_writes_no_membrane_potentials_is_refused_a_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cannot = property(lambda device: device.raw.capabilities - {speckhal.Capability.WRITE_V_MEM})
    monkeypatch.setattr(speckhal.OpenDevice, "capabilities", cannot)
    done = compare(*BOTH, "--ticks", "1", "--start", "50")
    assert done.exit_code == 2
    assert "Asked to start the neurons of a from 50, and" in done.stderr


def test_the_first_board_is_closed_where_the_second_is_missing() -> None:
    done = compare("mock:speck2f", "mock:nothing", "--ticks", "1")
    assert done.exit_code == 2
    assert "Asked for board 'nothing'" in done.stderr
    assert is_free("mock:speck2f")


@pytest.mark.parametrize("at", [0, 3, 9])
def test_both_boards_are_closed_with_their_clocks_off_when_ctrl_c_comes(
    monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    devices: list[Any] = []
    calls: list[int] = []
    opened = speckhal.open_device

    def noted(*arguments: Any, **options: Any) -> Any:
        device = opened(*arguments, **options)
        devices.append(device)
        tick = device.raw.tick

        def interrupted(*given: Any) -> None:
            calls.append(1)
            if len(calls) > at:
                raise KeyboardInterrupt
            tick(*given)

        monkeypatch.setattr(device.raw, "tick", interrupted)
        return device

    monkeypatch.setattr("speckhal.cli.driven_alike.open_device", noted)
    done = compare(*BOTH, "--ticks", "6")

    assert done.exit_code != 0
    assert len(devices) == 2
    assert not any(device.is_open for device in devices)
    assert all(map(is_free, BOTH))


@pytest.mark.parametrize(
    "more", [[], ["--for", "9.5"], ["--every", "0.5", "--for", "9.5"], ["--layer", "0"]]
)
def test_a_replay_brings_its_own_times_and_rate(more: list[str]) -> None:
    for boards in (["replay:published-leak", "mock"], ["mock", "replay:published-leak"]):
        done = compare(*boards, "--tolerance", "start=2", *more)
        assert done.exit_code == 0, done.output
        assert "16 of 20 readings of a and 16 of 20 of b were compared" in done.stdout


def test_a_replay_of_ticks_is_compared_with_a_board_that_makes_them(tmp_path: Path) -> None:
    record = tmp_path / "leak.h5"
    leak = ["leak", "--ticks", "6", "--record", str(record)]
    assert CliRunner().invoke(main, leak).exit_code == 0
    done = compare(f"replay:{record}", "mock:speck2e")
    assert done.exit_code == 0, done.output
    assert "7 of 7 readings of a and 7 of 7 of b were compared" in done.stdout


def test_options_that_a_board_does_not_know_are_refused_for_the_right_one() -> None:
    done = compare(*BOTH, "--ticks", "1", "--option-b", "colour=blue")
    assert done.exit_code == 2
    assert "colour" in done.stderr
    assert all(map(is_free, BOTH))


def test_runs_of_python_compare_as_the_command_does() -> None:
    runs = []
    for selection in BOTH:
        with speckhal.open_device(selection) as device:
            example = speckhal.select(selection)[0].example()
            leak = device.leak_config(rate_hz=1)
            device.deploy(example.network, input_shape=example.input_shape, leak=leak)
            runs.append(speckhal.run_leak(device))
            runs.append(speckhal.run_leak(device))
    assert speckhal.compare(runs[0], runs[2]).agrees
    late = speckhal.compare(runs[0], runs[3])
    assert late.answer is Answer.DISAGREES
    assert any("had leaked before the run" in said for said in late.explanation)
    assert speckhal.compare(runs[1], runs[3]).agrees
