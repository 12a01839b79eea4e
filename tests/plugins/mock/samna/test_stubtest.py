"""The emulated samna offers what the stubs of the vendor's say, signature by signature."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[4]
ALLOWLIST = PROJECT / "typings" / "stubtest-allowlist.txt"
TYPED_SCRIPT = PROJECT / "tests" / "data" / "typed_filters.py"

# each line but the first three is wrong, for the reason behind it
WRONG = """\
import samna
graph = samna.graph.EventFilterGraph()
made = graph.sequential(["Speck2fOutputEventTypeFilter", samna.graph.JitMemberSelect()])
made[0].set_desired_typ("speck2f::event::Spike")  # has no attribute "set_desired_typ"
made[0].set_desired_type(1)  # has incompatible type "int"; expected "str"
made[0].set_desired_type(arg0="x")  # Unexpected keyword argument "arg0"
made[1].set_white_list([1.5], "layer")  # expected "int | str"
made[1].set_white_list([1], "layer", "feature")  # Too many arguments
made[1].set_roi(0, 0, 1)  # Missing positional argument "ybr"
graph.add_filter_node("Speck2fOutputMemberSelect").set_desired_type("x")  # "_MemberSelect" has no
graph.add_filter_node("DvsEventCrop").set_white_list([1], "layer")  # "_EventCrop" has no
graph.add_filter_node("Speck2fForward").reset()  # "NodeInterface" has no
graph.add_filter_node("Speck2f" + "Forward").reset()  # "NodeInterface" has no
samna.graph.nodes.detail.rescaling_coefficient(1, 2, 3)  # Too few arguments
samna.graph.nodes.rescaling_coefficient(1, 2, 3, 4)  # Module has no attribute
spike: samna.speck2f.event.Spike = samna.speck2e.event.Spike()  # Incompatible types in assignment
samna.speck2f.configuration.SpeckConfiguration().rgb_config  # has no attribute "rgb_config"
samna.speck2e.validate_configuration(samna.speck2f.configuration.SpeckConfiguration())  # "samna.sp
"""

RIGHT = """
import samna

one: samna.speck2f.event.Spike = samna.speck2f.event.Spike(layer=3, feature=1)
events: list[samna.speck2f.event.InputEvent] = [one, samna.speck2f.event.ReadNeuronValue(0, 1)]
text: str = one.to_json()
erase = samna.speck2e.event.FlashErase(samna.speck2e.FlashEraseType.CHIP)
whole = samna.speck2f.configuration.SpeckConfiguration()
core: samna.speck2f.configuration.CnnLayerConfig = whole.cnn_layers[0]
core.dimensions.input_shape.size = {"x": 1, "y": 2}
whole.dvs_filter.low_pass_mode_enable = True
valid, why = samna.speck2f.validate_configuration(whole)
"""

# the vendor shows no classes for its built-in filters; the stubs name them, for type checkers
RUN = """
import sys
from mypy.stubtest import parse_options, test_stubs
from speckhal_mock import samna
from speckhal_mock.samna_install.install import replace_samna
from speckhal_mock.sdk.nodes import counting_nodes, ends, filters, picking, pictures

for name in ("BasicSinkNode", "BasicSourceNode"):
    setattr(samna, f"_{name}", vars(ends)[name])
samna.graph._MemberSelect = filters.MemberSelectNode
samna.graph._EventTypeFilter = filters.TypeFilterNode
samna.graph._CustomFilter = picking.CustomFilterNode
samna.graph._EventCrop = picking.EventCropNode
for name in ("MajorityReadout", "SpikeCollection", "SpikeCount"):
    setattr(samna.graph, f"_{name}", vars(counting_nodes)[f"{name}Node"])
for name in ("VizEventReceiver", "VizEventStreamer"):
    setattr(samna.graph, f"_{name}", vars(pictures)[f"{name}Node"])
replace_samna()
sys.exit(test_stubs(parse_options(sys.argv[1:])))
"""


@pytest.mark.slow
def test_the_emulated_samna_matches_the_stubs() -> None:
    done = subprocess.run(
        [sys.executable, "-c", RUN, "samna", "--concise", "--allowlist", ALLOWLIST],
        capture_output=True,
        text=True,
        check=False,
        cwd=PROJECT,
        env={**os.environ, "MYPYPATH": "typings"},
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_every_entry_of_the_allowlist_has_a_reason() -> None:
    reason = ""
    for line in ALLOWLIST.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            reason = line.removeprefix("#").strip()
        elif not line.strip():
            reason = ""  # a reason holds for the block below it
        else:
            assert reason, f"no reason stands above {line}"


def test_every_documented_call_of_filters_type_checks() -> None:
    done = _mypy("--strict", str(TYPED_SCRIPT))

    assert done.returncode == 0, done.stdout + done.stderr


def test_each_chips_own_events_and_configurations_type_check() -> None:
    done = _mypy("--strict", "-c", RIGHT)

    assert done.returncode == 0, done.stdout + done.stderr


def test_wrong_calls_do_not_type_check() -> None:
    done = _mypy("--strict", "--hide-error-context", "-c", WRONG)

    found = [line for line in done.stdout.splitlines() if ": error: " in line]
    expected = WRONG.splitlines()[3:]
    assert len(found) == len(expected), done.stdout + done.stderr
    for number, (line, code) in enumerate(zip(found, expected, strict=True), 4):
        assert line.startswith(f"<string>:{number}: ")
        assert code.partition("  # ")[2] in line


def _mypy(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Mypy as users run it, with this project's stubs and without its settings."""
    return subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file=", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=PROJECT,
        env={**os.environ, "MYPYPATH": "typings"},
    )
