"""The emulated samna offers what the stubs of the vendor's say, signature by signature."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[3]
ALLOWLIST = PROJECT / "typings" / "stubtest-allowlist.txt"

RUN = """
import sys
from mypy.stubtest import parse_options, test_stubs
from speckhal_mock.install import replace_samna

replace_samna()
sys.exit(test_stubs(parse_options(sys.argv[1:])))
"""


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
