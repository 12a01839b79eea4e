"""What was recorded on emulated boards is replayed to the scripts that recorded it."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
import torch
from click.testing import CliRunner
from torch import nn

import speckhal
from speckhal.cli import main
from speckhal.leak.planning.time_constant import CRITERIA
from speckhal.runs.exports import to_npz

REPOSITORY = Path(__file__).resolve().parents[2]
EXAMPLE = REPOSITORY / "examples" / "leak.py"
PAGE = REPOSITORY / "docs" / "how-to" / "choose-a-leak-for-a-lif-network.md"
SHAPE = (1, 2, 2)


def _network(bias: float = -0.1) -> nn.Sequential:
    from sinabs.layers import IAFSqueeze

    convolution = nn.Conv2d(1, 1, kernel_size=1)
    with torch.no_grad():
        convolution.weight.fill_(1.0)
        assert convolution.bias is not None
        convolution.bias.fill_(bias)
    neurons = IAFSqueeze(batch_size=1, min_v_mem=-1.0)
    neurons.v_mem = torch.ones(1, *SHAPE)
    return nn.Sequential(convolution, neurons)


@pytest.fixture
def record(tmp_path: Path) -> Path:
    """A run of a network of sinabs, at times of its own."""
    with speckhal.open_device("mock") as device:
        leak = device.leak_config(rate_hz=7)
        device.deploy(_network(), input_shape=SHAPE, leak=leak)
        speckhal.run_leak(device, every_s=0.3, for_s=2.5, record=tmp_path / "my run.h5")
    return tmp_path / "my run.h5"


def test_the_example_prints_on_its_own_record_what_it_printed_on_the_board(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    layers = [speckhal.LayerSpec(SHAPE, biases=[-13], threshold_high=127, initial=127)]
    with speckhal.open_device("mock") as device:
        leak = device.leak_config(drive=speckhal.ClockDrive.STEPPED)
        device.deploy(layers, input_shape=SHAPE, leak=leak)
        speckhal.run_leak(device, ticks=10, record=tmp_path / "a run.h5")
    printed = []
    for selection in ("mock", f"replay:{tmp_path / 'a run.h5'}"):
        monkeypatch.setattr(sys, "argv", ["leak.py", selection])
        runpy.run_path(str(EXAMPLE), run_name="__main__")
        printed.append(capsys.readouterr().out)
    assert printed[0] == printed[1]
    assert printed[1].endswith("agrees\n")


def test_the_script_of_the_page_on_choosing_a_leak_runs_on_its_own_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = PAGE.read_text("utf-8")
    blocks = [block.split("```")[0] for block in page.split("```python\n")[1:]]
    (tmp_path / "lif.py").write_text(next(one for one in blocks if "def make_net" in one))
    script = next(one for one in blocks if "run_leak" in one)
    assert 'open_device("mock")' in script
    assert 'start="high"' in script
    monkeypatch.chdir(tmp_path)
    printed = []
    for selection, kept in (("mock", "a.h5"), ("replay:a.h5", "b.h5")):
        code = script.replace('"mock"', repr(selection))
        code = code.replace('start="high"', f'start="high", record="{kept}"')
        exec(code, {"np": np, "CRITERIA": CRITERIA})  # noqa: S102 - the code of a page
        printed.append(capsys.readouterr().out)
    assert printed[0] == printed[1]
    assert speckhal.compare("a.h5", "b.h5").answer is speckhal.Answer.AGREES
    for start, exits in (("high", 0), ("520", 0), ("5", 2)):
        arguments = ["leak", "--backend", "replay:a.h5", "--start", start]
        done = CliRunner().invoke(main, arguments)
        assert done.exit_code == exits, done.output
        assert ("Start from 520" in done.output) == (start == "5")


def test_a_network_of_sinabs_is_the_recorded_one_by_its_parameters(record: Path) -> None:
    recorded = speckhal.open_run(record)
    with speckhal.open_device(f"replay:{record}") as device:
        leak = device.leak_config(rate_hz=7)
        device.deploy(_network(), input_shape=SHAPE, leak=leak)
        again = speckhal.run_leak(device, every_s=0.3, for_s=2.5)
        with pytest.raises(speckhal.NetworkError, match="whose hash is"):
            device.deploy(_network(-0.2), input_shape=SHAPE, leak=leak)
    np.testing.assert_array_equal(again.trace().v_mem, recorded.trace().v_mem)
    np.testing.assert_allclose(again.trace().time_s, recorded.trace().time_s, rtol=0, atol=1e-9)
    assert speckhal.verify(again).as_json() == speckhal.verify(recorded).as_json()
    assert again.provenance.network_hash == recorded.provenance.network_hash
    assert speckhal.compare(recorded, again).answer is speckhal.Answer.AGREES


def test_the_command_line_replays_a_record_with_its_own_network_rate_and_times(
    record: Path, tmp_path: Path
) -> None:
    tables = []
    for number in range(2):  # the second from a record of the replay
        table = tmp_path / f"{number}.csv"
        arguments = ["leak", "--backend", f"replay:{record}", "--csv", str(table)]
        record = tmp_path / f"{number}.h5"
        done = CliRunner().invoke(main, [*arguments, "--record", str(record)])
        assert done.exit_code == 0, done.output
        assert "recorded on an emulated board" in done.output
        tables.append(table.read_text())
    assert tables[0] == tables[1]
    assert speckhal.open_run(record).provenance.sampling == {"every_s": 0.3, "for_s": 2.5}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--ticks", "3"], "stepped clock"),
        (["--rate-hz", "8"], "recorded at 7 Hz"),
        (["--every", "0.2"], "recorded at 0 s and 0.3 s"),
        (["--every", "0.3", "--for", "3"], "where its record ends"),
        (["--layer", "1"], "no such layer"),
        (["--option", "board=x"], "takes no options"),
    ],
)
def test_what_a_record_cannot_answer_is_refused_with_the_nearest(
    record: Path, options: list[str], said: str
) -> None:
    done = CliRunner().invoke(main, ["leak", "--backend", f"replay:{record}", *options])
    assert done.exit_code == 2
    assert said in done.output
    assert "hint:" in done.output


@pytest.mark.parametrize(
    "arguments",
    [
        ["characterise", "{replay}"],
        ["conformance", "{replay}"],
        ["sweep", "--over", "backend={replay}", "--over", "bias=-9", "--over", "ticks=2"],
        ["sweep", "--over", "backend={replay}", "--over", "rate_hz=3"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_commands_that_take_more_than_a_record_say_so(record: Path, arguments: list[str]) -> None:
    done = CliRunner().invoke(main, [one.format(replay=f"replay:{record}") for one in arguments])
    assert done.exit_code in {1, 2}
    assert "Traceback" not in done.output
    assert "record" in done.output or "replay" in done.output
    assert "BackendBroken" not in done.output


def test_a_plan_is_deployed_on_its_own_record(tmp_path: Path) -> None:
    layers = [speckhal.LayerSpec(SHAPE, biases=[-1], threshold_high=500, initial=500)]
    plan = speckhal.plan_leak(layers, "20% per s", input_shape=SHAPE, on="mock")
    runs: list[speckhal.Run] = []
    for selection in ("mock", f"replay:{tmp_path / 'planned.h5'}"):
        with speckhal.open_device(selection) as device:
            device.deploy(layers, input_shape=SHAPE, plan=plan)
            file = tmp_path / ("again.h5" if runs else "planned.h5")
            runs.append(speckhal.run_leak(device, every_s=0.5, for_s=2, record=file))
    for one, other in zip(runs[0].traces, runs[1].traces, strict=True):
        np.testing.assert_array_equal(one.v_mem, other.v_mem)
    assert runs[0].provenance.plan == runs[1].provenance.plan is not None


def test_a_plan_by_a_networks_own_biases_is_made_on_a_record_that_knows_them(
    tmp_path: Path,
) -> None:
    plans = {}
    for wish in ("dt 100 ms", "20% per s"):
        path = tmp_path / f"{wish[:2]}.h5"
        with speckhal.open_device("mock") as device:
            plans[wish] = speckhal.plan_leak(_network(), wish, input_shape=SHAPE, on=device)
            device.deploy(_network(), input_shape=SHAPE, plan=plans[wish])
            speckhal.run_leak(device, every_s=0.5, for_s=1, record=path)
        again = speckhal.plan_leak(_network(), wish, input_shape=SHAPE, on=f"replay:{path}")
        assert again.biases == plans[wish].biases
        np.testing.assert_allclose(again.layers[0].wanted_per_s, plans[wish].layers[0].wanted_per_s)
    with pytest.raises(speckhal.InputError, match=r"own biases \(dt .*of layer 0"):
        speckhal.plan_leak(
            _network(), "dt 100 ms", input_shape=SHAPE, on=f"replay:{tmp_path / '20.h5'}"
        )


def test_compare_takes_the_published_leak_by_its_name() -> None:
    done = CliRunner().invoke(main, ["compare", "published-leak", "replay:published-leak"])
    assert "Speck2fModuleDevKit, recorded on hardware, 2023-04" in done.output
    assert done.exit_code == 0, done.output


def _recorded(network: object, record: Path, **how: Any) -> None:
    with speckhal.open_device("mock") as device:
        wish = how.pop("plan", None)
        if wish is None:
            how["leak"] = device.leak_config(rate_hz=5)
        else:
            how["plan"] = speckhal.plan_leak(network, wish, input_shape=SHAPE, on=device)
        device.deploy(network, input_shape=SHAPE, **how)
        speckhal.run_leak(device, every_s=0.2, for_s=0.4, record=record)


LAYERS = [speckhal.LayerSpec(SHAPE, biases=[-13], initial=100)]
ASKED: dict[str, tuple[object, dict[str, Any]]] = {
    "sinabs": (_network(), {}),
    "another": (_network(-0.2), {}),
    "layers": (LAYERS, {}),
    "layers as sinabs": ([speckhal.LayerSpec(SHAPE, biases=[-13])], {}),
    "a layer with another bias": ([speckhal.LayerSpec(SHAPE, biases=[-14], initial=100)], {}),
    "biases": (_network(), {"biases": {0: [-50]}}),
    "biases of layers": (LAYERS, {"biases": {0: [-50]}}),
    "large": ([speckhal.LayerSpec(SHAPE, biases=[-40000], initial=100)], {}),
    "too many biases": (_network(), {"biases": {0: [-3, -4]}}),
    "biases of no layer": (LAYERS, {"biases": {1: [-3]}}),
    "a leak": (_network(), {"rate_hz": 5}),
    "no leak": ([speckhal.LayerSpec(SHAPE, initial=100)], {"rate_hz": 5}),
    "a leak of nothing": (LAYERS, {"rate_hz": 5, "biases": {0: [0]}}),
}


def _previewed(selection: str, network: object, how: dict[str, Any]) -> object:
    with speckhal.open_device(selection) as device:
        rest = {key: value for key, value in how.items() if key != "rate_hz"}
        try:
            leak = device.leak_config(rate_hz=how["rate_hz"]) if "rate_hz" in how else None
            found = device.preview(network, input_shape=SHAPE, leak=leak, **rest)
        except speckhal.SpeckhalError as error:
            return error
    # what a record does not keep, since a replay takes no spikes
    plain = [attrs.asdict(attrs.evolve(layer, input_shape=None)) for layer in found.layers]
    return [{key: np.asarray(value).tolist() for key, value in one.items()} for one in plain]


@pytest.mark.parametrize(
    ("network", "how", "answered"),
    [
        (_network(), {}, {"sinabs", "biases", "a leak"}),
        (_network(), {"biases": {0: [-50]}}, {"biases"}),
        (_network(), {"plan": "20% per s"}, {"biases"}),
        (_network(), {"plan": "dt 100 ms"}, {"biases"}),
        (LAYERS, {}, {"layers", "biases of layers"}),
        (LAYERS, {"biases": {0: [-50]}}, {"layers", "biases of layers"}),
        (LAYERS, {"plan": "20% per s"}, {"layers", "biases of layers"}),
    ],
)
def test_a_replay_previews_what_a_board_does_or_refuses_it(
    tmp_path: Path, network: object, how: dict[str, Any], answered: set[str]
) -> None:
    record = tmp_path / "run.h5"
    _recorded(network, record, **how)
    there = set()
    for name, (asked, given) in ASKED.items():
        replayed = _previewed(f"replay:{record}", asked, given)
        if not isinstance(replayed, speckhal.SpeckhalError):
            there.add(name)
            assert replayed == _previewed("mock", asked, given), name
    assert there == answered


def test_a_replay_plans_by_own_biases_only_where_its_record_has_them(tmp_path: Path) -> None:
    for number, (network, how) in enumerate(
        [(_network(), {}), (_network(), {"biases": {0: [-50]}}), (LAYERS, {"biases": {0: [-50]}})]
    ):
        _recorded(network, tmp_path / f"{number}.h5", **how)
        on = f"replay:{tmp_path / f'{number}.h5'}"
        for wish in ("dt 200 ms", "20% per s", "13 units per s"):
            if number == 1 and wish.startswith("dt"):
                with pytest.raises(speckhal.InputError, match="does not have those of layer 0"):
                    speckhal.plan_leak(network, wish, input_shape=SHAPE, on=on)
                continue
            plan = speckhal.plan_leak(network, wish, input_shape=SHAPE, on=on)
            board = speckhal.plan_leak(network, wish, input_shape=SHAPE, on="mock")
            assert plan.layers[0].as_json() == board.layers[0].as_json()
        with (
            speckhal.open_device(on) as device,
            pytest.raises(speckhal.InputError, match=r"which has 1 channel\."),
        ):
            device.preview(network, input_shape=SHAPE, biases={0: [-3, -4]})


def test_layers_in_chip_units_are_so_on_a_record_of_a_network_with_units_of_its_own() -> None:
    layers = [speckhal.LayerSpec(SHAPE, biases=[-13])]
    plan = speckhal.plan_leak(layers, "13 units per s", on="replay:published-leak")
    board = speckhal.plan_leak(layers, "13 units per s", on="mock")
    assert plan.layers[0].as_json() == board.layers[0].as_json()
    with speckhal.open_device("replay:published-leak") as device:
        assert device.deploy(layers, leak=device.leak_config(rate_hz=1)).layers[0].scale == 1
        with pytest.raises(speckhal.NetworkError, match="biases of -40000"):
            device.preview([attrs.evolve(layers[0], biases=[-40000])])


def test_a_list_of_layers_with_inputs_is_the_recorded_one_by_its_weights(tmp_path: Path) -> None:
    """Also of a file of npz, which does not know how the chip addresses its neurons."""
    weights = np.arange(-4, 5).reshape(1, 1, 3, 3)
    inputs = speckhal.InputSpec(weights, padding=1)
    layer = speckhal.LayerSpec((1, 2, 2), biases=[-13], initial=100, inputs=inputs)
    with speckhal.open_device("mock") as device:
        leak = device.leak_config(drive=speckhal.ClockDrive.STEPPED)
        device.deploy([layer], leak=leak)
        run = speckhal.run_leak(device, ticks=3, record=tmp_path / "run.h5")
    to_npz(run, tmp_path / "run.npz")
    other = attrs.evolve(layer, inputs=speckhal.InputSpec(-weights, padding=1))
    for file in ("run.h5", "run.npz"):
        with speckhal.open_device(f"replay:{tmp_path / file}") as device:
            assert device.deploy([layer]).layer(0).shape == (1, 2, 2)
            with pytest.raises(speckhal.NotRecorded, match="whose hash is"):
                device.deploy([other])
