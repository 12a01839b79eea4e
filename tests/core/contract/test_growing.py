"""A capability with a method, and a drive of the clock, are added to a copy of the core, for real.

What must decide is found by mypy; what was there before goes on working.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from type_cache import copy_type_cache

ROOT = Path(__file__).resolve().parents[3]
FROZEN = ROOT / "tests" / "data" / "frozen" / "plugin_api_1_0.py"

Edits = dict[str, list[tuple[str, str]]]

UNDECIDED: Final[Edits] = {
    "contract/capabilities.py": [
        ('    DIRECT_BIASES = "direct biases"\n', '    HUM = "hum"\n    """It hums."""\n\n'),
        ('    INTERNAL = "internal"\n', '    SPIKES = "spikes"\n    """Each is a tick."""\n\n'),
    ]
}
"""A capability and a drive by name alone. What is added stands before the line that is given."""

PROTOCOL: Final = '''
class LabelsNetworks(Protocol):
    """A device that declares `LABELS`."""

    def label(self, text: str) -> str:
        """Give the network a label, and return it as the board keeps it."""


'''

ABILITY: Final = '''"""Labels the network on an opened device."""

from typing import cast

from speckhal.contract.capabilities import Capability
from speckhal.contract.capability_protocols import LabelsNetworks
from speckhal.opened.held_device import HeldDevice


class LabelsItsNetwork(HeldDevice):
    """A device whose network can have a label."""

    def label(self, text: str) -> str:
        """Give the network a label, and return it as the board keeps it."""
        self._state.demand(Capability.LABELS)
        return cast(LabelsNetworks, self.raw).label(text)
'''

CASE: Final = '''\
@case("A network keeps its label.", Capability.LABELS)
def a_network_keeps_its_label(bench: SuiteBench) -> None:
    """In upper case."""
    from speckhal.contract.capability_protocols import LabelsNetworks

    device = cast(LabelsNetworks, bench.device)
    demand_equal(device.label("leaky"), "LEAKY", "The label")


'''

CAPABILITY: Final[Edits] = {
    "contract/capabilities.py": [
        (
            '    DIRECT_BIASES = "direct biases"\n',
            '    LABELS = "labels"\n    """As a Protocol."""\n\n',
        )
    ],
    "contract/capability_protocols.py": [
        ("def protocol_of(", PROTOCOL),
        (
            "        case Capability.WRITE_BIASES:\n",
            "        case Capability.LABELS:\n            return LabelsNetworks\n",
        ),
    ],
    "opened/open_device.py": [
        ("ProbesNeurons):\n", "LabelsItsNetwork, "),
        (
            "from speckhal.opened.probes_neurons",
            "from speckhal.opened.labels_its_network import LabelsItsNetwork\n",
        ),
    ],
    "opened/labels_its_network.py": [("", ABILITY)],
    "conformance/cases/lifecycle.py": [
        ('@case("Each board that it lists can be opened."', CASE),
        ("from typing import TYPE_CHECKING\n", "from typing import cast\n"),
    ],
}
"""A capability as it is added: its name, its Protocol, a class of `OpenDevice`, and a case."""

PLACES: Final = {
    "contract/capabilities.py": {"Capability": 0, "ClockDrive": 2},
    "contract/capability_protocols.py": {"Capability": 1, "ClockDrive": 0},
    "opened/leak_config.py": {"Capability": 0, "ClockDrive": 1},
    "conformance/suite_bench.py": {"Capability": 0, "ClockDrive": 1},
}
"""Where the core decides about each capability or drive, and how often."""

PROGRAM: Final = """
import json
import speckhal
from plugin_api_1_0 import FrozenBackend, FrozenDevice
from speckhal import Capability, CapabilityUnsupported, ClockDrive
from speckhal.conformance import CASES, examine

NEW = [case for case in CASES if case.name == "a-network-keeps-its-label"]
FITS = [case for case in CASES if case.name == "the-device-fits-the-protocol"]
found = {"file": speckhal.__file__}

with speckhal.open_device("frozen:kit") as device:
    example = FrozenBackend().example()
    leak = device.leak_config(drive=ClockDrive.STEPPED)
    deployment = device.deploy(example.network, input_shape=example.input_shape, leak=leak)
    trace = speckhal.measure_leak(device, ticks=30)
    found["agrees"] = speckhal.judge(trace, deployment.layer(0)).agrees
    try:
        device.label("leaky")
    except CapabilityUnsupported as refused:
        found["refused"] = [refused.capability.name, str(refused)]


class Claims(FrozenDevice):
    capabilities = frozenset(Capability)  # all there are, as some plugins of 0.1 declared


class Labels(FrozenDevice):
    capabilities = FrozenDevice.capabilities | {Capability.LABELS}

    def label(self, text):
        return text.upper()


class Other(FrozenBackend):
    def __init__(self, device):
        self.device = device
        self.capabilities = device.capabilities

    def open(self, target=None, options=None):
        return self.device()


def outcomes(backend, cases):
    return [[one.outcome.name, one.reason] for one in examine(backend, cases=cases).results]


found["frozen"] = outcomes("frozen", NEW)
found["mock"] = outcomes("mock", NEW + FITS)
found["claims"] = outcomes(Other(Claims), NEW + FITS)
found["remarks"] = examine(Other(Claims), cases=FITS).results[0].remarks
found["claims undeclared"] = Capability.LABELS in speckhal.OpenDevice(Claims()).capabilities
found["labels"] = outcomes(Other(Labels), NEW + FITS)
print(json.dumps(found))
"""


def grown(place: Path, *additions: Edits) -> Path:
    """A copy of the core with what is added, in a folder that can be put on `sys.path`."""
    core = place / "speckhal"
    shutil.copytree(ROOT / "core" / "speckhal", core, ignore=shutil.ignore_patterns("__pycache__"))
    for name, changes in (pair for edits in additions for pair in edits.items()):
        (core / name).touch()  # one of them is new
        text = (core / name).read_text(encoding="utf-8")
        for before, added in changes:
            assert text.count(before) == 1, f"{name} has not once: {before}"
            text = text.replace(before, added + before)
        (core / name).write_text(text, encoding="utf-8")
    return place


def test_mypy_names_every_place_that_must_decide_and_takes_a_capability_that_is_added(
    tmp_path: Path,
) -> None:
    place = grown(tmp_path, CAPABILITY, UNDECIDED)
    cache = tmp_path / "types"
    copy_type_cache(cache)  # there is none where this test is run first
    done = subprocess.run(
        [
            *(sys.executable, "-m", "mypy", "--config-file", str(ROOT / "pyproject.toml")),
            *("--cache-dir", str(cache), "speckhal"),
        ],
        cwd=place,
        env={**os.environ, "MYPYPATH": str(place)},
        capture_output=True,
        text=True,
        check=False,
    )
    lines = done.stdout.splitlines()
    assert done.returncode == 1, done.stdout + done.stderr
    named = {
        path: {
            kind: sum(f"speckhal/{path}:" in line and f"{kind}." in line for line in lines)
            for kind in ("Capability", "ClockDrive")
        }
        for path in PLACES
    }
    assert named == PLACES, done.stdout
    errors = [line for line in lines if ": error:" in line]
    assert all('"undecided" has incompatible type' in line for line in errors), done.stdout
    assert len(errors) == sum(sum(counts.values()) for counts in PLACES.values())


def test_nothing_in_the_core_compares_a_drive_with_one_of_them() -> None:
    """A `match` that ends in `undecided` is found by mypy; what falls through an `if` is not."""
    compared = re.compile(r"(\bis|\bis not|==|!=|\bin \{)\s*ClockDrive\.")
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in sorted((ROOT / "core").rglob("*.py"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if compared.search(line)
    ]
    assert [one for one in found if "drive is not ClockDrive" not in one] == []
    # what one drive alone takes is refused under every other, also under a new one
    assert {one.partition(":")[0] for one in found} <= {"core/speckhal/opened/leak_config.py"}


def test_a_new_capability_breaks_no_plugin_and_is_refused_by_name_where_it_is_not_declared(
    tmp_path: Path,
) -> None:
    place = grown(tmp_path, CAPABILITY)
    shutil.copy(FROZEN, place)
    metadata = place / "speckhal_frozen-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: speckhal-frozen\nVersion: 1\n")
    (metadata / "entry_points.txt").write_text(
        "[speckhal.backends]\nfrozen = plugin_api_1_0:backend\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=place,
        env={**os.environ, "PYTHONPATH": str(place)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert Path(found["file"]).is_relative_to(place)
    assert found["agrees"] is True
    name, sentence = found["refused"]
    assert name == "LABELS"
    assert "labels" in sentence
    ((outcome, reason),) = found["frozen"]
    assert outcome == "REFUSED_AS_DECLARED"
    assert "labels" in reason
    assert [outcome for outcome, _ in found["mock"]] == ["REFUSED_AS_DECLARED", "PASSED"]
    assert [outcome for outcome, _ in found["claims"]] == ["REFUSED_AS_DECLARED", "PASSED"]
    remarks = " ".join(found["remarks"])  # of what else came after 0.1 as well
    assert "declares 'labels', and lacks label for it" in remarks
    assert found["claims undeclared"] is False
    assert [outcome for outcome, _ in found["labels"]] == ["PASSED", "PASSED"]
