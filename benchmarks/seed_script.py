"""What the published experiment costs on the emulated board, over importing sinabs' back end.

Run it as `python benchmarks/seed_script.py [SCRIPT]`. Both processes are timed in turns, so that
a busy machine slows both; the least of each counts.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

ROUNDS = 5
EXPERIMENT = Path(__file__).resolve().parents[1] / "tests" / "data" / "published_experiment.py"
IMPORT = (
    "from speckhal_mock.samna_install.install import replace_samna; replace_samna(); "
    "import sinabs.backend.dynapcnn"
)


def seconds(*arguments: str) -> float:
    """Wall time of a Python process."""
    start_s = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)  # noqa: S603 - ours
    return time.perf_counter() - start_s


def main() -> None:
    """Print both times and their difference."""
    script = sys.argv[1] if len(sys.argv) > 1 else str(EXPERIMENT)
    runs = [
        (seconds("-m", "speckhal", "emulate", script), seconds("-c", IMPORT)) for _ in range(ROUNDS)
    ]
    whole_s, import_s = (min(times) for times in zip(*runs, strict=True))
    print(f"script on the emulated board   {whole_s:6.2f} s")
    print(f"importing sinabs' back end     {import_s:6.2f} s")
    print(f"difference                     {whole_s - import_s:6.2f} s  (at most 2 s wanted)")


if __name__ == "__main__":
    main()
