"""Times the same sweep in one process and in several, start-up of the processes included.

    python benchmarks/sweep_processes.py [POINTS] [JOBS]

Each is the command as users type it, with one thread of torch and of BLAS in every process, into a
file of its own. Both files must then hold the same rows, else the exit code is 1.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def main() -> int:
    """Print a row for one process and one for several."""
    points = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    jobs = int(sys.argv[2]) if len(sys.argv) > 2 else 2
    if not 1 <= points <= 20_000:
        print("POINTS must be 1 to 20000: each is a bias of its own.", file=sys.stderr)
        return 2
    took_s: dict[int, float] = {}
    rows: dict[int, list[tuple[object, ...]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for processes in (1, jobs):
            file = Path(folder, f"{processes}.sqlite")
            start_s = time.perf_counter()
            measure(points, processes, file)
            took_s[processes] = time.perf_counter() - start_s
            rows[processes] = rows_of(file)
    print(f"{points} points, {os.cpu_count()} processors\n")
    print("| processes | s | points per s | of one process |\n|---:|---:|---:|---:|")
    for processes, each_s in took_s.items():
        ratio = took_s[1] / each_s
        print(f"| {processes} | {each_s:.1f} | {points / each_s:.1f} | {ratio:.2f} |")
    if len(rows[1]) != points or rows[1] != rows[jobs]:
        print("The tables differ, or points are missing.", file=sys.stderr)
        return 1
    return 0


def measure(points: int, processes: int, file: Path) -> None:
    """Sweep over this number of biases of the mock's example."""
    command = [sys.executable, "-m", "speckhal", "sweep", "--file", str(file)]
    command += ["--over", "backend=mock:speck2f", "--over", f"bias=-{points}..-1"]
    command += ["--over", "ticks=20", "--jobs", str(processes)]
    ended = subprocess.run(  # noqa: S603 - our own command
        command, env=os.environ | ONE_THREAD, capture_output=True, text=True, check=False
    )
    if ended.returncode not in {0, 2}:  # 2: the largest biases end at the threshold at once
        raise RuntimeError(ended.stdout + ended.stderr)


def rows_of(file: Path) -> list[tuple[object, ...]]:
    """What a sweep kept, whatever the order in which its points were finished."""
    database = sqlite3.connect(file)
    try:
        return database.execute(
            "SELECT bias, measured_step, readings, answer FROM points ORDER BY bias"
        ).fetchall()
    finally:
        database.close()


if __name__ == "__main__":
    raise SystemExit(main())
