"""Runs files of tests one by one, each in a process of its own and its tests in random order.

    python tests/support/each_file_alone.py [--seed SEED] [FILE...]

Without files, all of them, which takes as long as the whole suite on one processor. What fails is
printed with the command that repeats it. The exit code is 1 if anything failed.
"""

from __future__ import annotations

import argparse
import random
import sys
from pathlib import Path

from python_process import run_python

PROJECT = Path(__file__).resolve().parents[2]
NO_TESTS = 5
"""Exit code of pytest where all tests of a file are deselected: those for boards on the desk."""


def main() -> int:
    """Run them, and return the exit code."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("files", nargs="*")
    asked = parser.parse_args()
    files = asked.files or sorted(
        str(path.relative_to(PROJECT)) for path in PROJECT.glob("tests/**/test_*.py")
    )
    failed = 0
    for file in files:
        words = ["-q", "-n", "0", "-p", "no:cacheprovider", "--shuffled", str(asked.seed), file]
        done = run_python("-m", "pytest", *words, cwd=PROJECT, timeout=1800)
        if done.returncode in (0, NO_TESTS):
            print(f"passes  {file}", flush=True)  # noqa: T201 - a script
        else:
            failed += 1
            print(f"FAILS   {file}\n$ pytest {' '.join(words)}\n{done.stdout}", flush=True)  # noqa: T201
    print(f"{len(files)} files, {failed} failed, seed {asked.seed}")  # noqa: T201
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
