"""Programs that send spikes, as users of the vendor's SDK write them, run unchanged on both chips.

They run in this process: what a process of its own adds is the subject of `test_programs`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from speckhal_mock.scripts.emulator import ScriptEmulator

PROGRAMS = Path(__file__).resolve().parents[3] / "data" / "programs" / "spikes"

OUTPUT = {
    "host_camera.py": [
        "Network is valid",
        "speck2fdevkit {0: 42, 13: 21}",
        "[(0, 1, 30), (1, 1, 30), (0, 2, 28), (1, 2, 28)] {0, 1}",
        "Closing device: speck2fdevkit:0",
        "Network is valid",
        "speck2edevkit {0: 42, 13: 21}",
        "[(0, 1, 30), (1, 1, 30), (0, 2, 28), (1, 2, 28)] {0, 1}",
        "Closing device: speck2edevkit:0",
    ],
    "power_of_a_burst.py": ["True True"],
    "rate_readout.py": [f"{n} {n + 1} {{{n + 1}}} True" for n in range(4)],
    "ring_by_hand.py": [
        "True ",
        "[(0, 1, 3, 2), (5, 1, 3, 2)]",
        "True True True",
        "[(0, 0)]",
    ],
    "slow_readers.py": [
        "A [2000, 4000, 6000, 8000, 10000]",
        "B 3 2",
        "C [2000, 4000, 6000, 8000, 10000]",
        "stopped ['Spike', 'NeuronValue'] 0",
        "started []",
    ],
    "winner.py": ["True True True"] * 3,
}


# of sinabs, of the estimated power, and of what the vendor calls deprecated: see test_warnings
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", OUTPUT)
def test_a_program_gets_the_spikes_that_a_board_would_give(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ScriptEmulator().run_script(PROGRAMS / name, [], boards=[], realtime=False)

    assert capsys.readouterr().out.splitlines() == OUTPUT[name]
