"""Programs that send spikes, as users of the vendor's SDK write them, run unchanged on both chips.

They run in this process: what a process of its own adds is the subject of `test_programs`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from speckhal_mock.scripts.emulator import ScriptEmulator

PROGRAMS = Path(__file__).resolve().parents[3] / "data" / "programs" / "spikes"

OUTPUT = {
    "deployed_again.py": [
        *["Network is valid", "[10, 5]"],
        *["Network is valid", "[10, 5] [0, 0]"],
        *["Network is valid", "[2, 10] [3, 10] both read the same chip", "[2, 10]"],
        *["Network is valid", "Device speck2fmodule:3 has not been found. Make "],
        "Closing device: speck2fmodule:0",
        *["Network is valid", "[10, 5]", "max() arg is an empty sequence"],
        "Closing device: speck2edevkit:0",
    ],
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
    "many_threads.py": ["80", "{10}", "40", "1 True", "5"],
    "picks_in_python.py": [
        "True True",
        "Counter({(3, True): 8, (4, True): 2})",
        "[(0, 0), (0, 1), (1, 0), (1, 1)]",
        "16 {4}",
        "True",
    ],
    "preprocessed.py": ["0 True"],
    "pulsed_leak.py": ["True True [2, 0, 10]"] * 2,
    "recurrent_cores.py": ["True True"] * 4,
    "resets_between_samples.py": [
        "without [0, 1024, 0, 1024, 1024]",
        *[f"{way} [0, 1024]" for way in ("applied", "reset", "written", "reset the chip")],
        "from 50 [1024, 0, 1024] False",
        "{0}",
    ],
    "simulated_apart.py": [
        "1",
        "[specksim::events::WeightedEvent(feature=0, y=0, x=0, timestamp=10, weight=2.0)] (1, 1)",
        "[specksim::events::Spike(feature=0, y=1, x=1, timestamp=5)]",
        "True True True",
        "(4, 8, 8) True True",
        "False True",
    ],
    "two_branches.py": [
        line
        for device, closed in (("speck2fmodule:0", "speck2fmodule:0"), ("speck2e", "speck2e:0"))
        for line in (
            "Network is valid",
            *[f"{device} True True"] * 4,
            f"Closing device: {closed}",
        )
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
