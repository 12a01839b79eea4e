"""Loads a backend in a process of its own, to see what that imports."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from speckhal.conformance.expectations import Violation

if TYPE_CHECKING:
    from speckhal.conformance.backend_under_test import Subject

PATIENCE_S = 120

_LOAD = """
import json, sys
from importlib.metadata import EntryPoint
offered = EntryPoint("backend", sys.argv[1], "speckhal.backends").load()
backend = offered.speckhal_backend() if hasattr(offered, "speckhal_backend") else None
if backend is not None:
    backend.name, backend.summary, backend.capabilities
    for target in backend.targets:
        backend.chip(target.name)
with open(sys.argv[2], "w", encoding="utf-8") as listing:
    json.dump(sorted(sys.modules), listing)
"""


def modules_after_loading(subject: Subject) -> frozenset[str]:
    """Names of the modules that are imported when a backend was loaded and asked what it offers.

    Raises:
        Violation: it could not be loaded that way.
    """
    with tempfile.TemporaryDirectory() as place:
        # in a file, since a plugin may print as it likes, also when the process ends
        listing = Path(place) / "modules.json"
        try:
            done = subprocess.run(  # noqa: S603 - this Python, and an entry point that is installed
                [sys.executable, "-c", _LOAD, _where(subject), str(listing)],
                env={**os.environ, "PYTHONPATH": os.pathsep.join(_path())},
                cwd=place,  # `-c` imports from there before all else
                capture_output=True,
                check=False,
                timeout=PATIENCE_S,
            )
        except subprocess.TimeoutExpired as error:
            raise Violation(
                f"A process of its own did not load the backend, and end, within {PATIENCE_S} s."
            ) from error
        if done.returncode or not listing.exists():
            said = done.stderr.decode(errors="replace").strip().splitlines()
            complaint = said[-1] if said else f"it ended with {done.returncode}, and without a word"
            raise Violation(f"A process of its own could not load the backend: {complaint}")
        return frozenset(json.loads(listing.read_text(encoding="utf-8")))


def _path() -> list[str]:
    """`sys.path` as it is from any working directory, without the one that is meant by ""."""
    # links stay, as what is imported through them has its names by them
    return [os.path.abspath(entry) for entry in sys.path if entry]  # noqa: PTH100


def _where(subject: Subject) -> str:
    """What to load: what the entry point names, or the module that the backend's class is in."""
    if subject.entry_point is not None:
        return subject.entry_point
    module = type(subject.backend).__module__
    if module == "__main__" or importlib.util.find_spec(module) is None:
        raise Violation(
            f"The backend's class is in {module}, which another process cannot import: what "
            "loading it costs cannot be seen. Install it, or put it into a module on sys.path."
        )
    return module
