"""Loads a backend in a process of its own, to see what that imports."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

from speckhal.conformance.case import Violation

if TYPE_CHECKING:
    from speckhal.conformance.subject import Subject

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
print(json.dumps(sorted(sys.modules)))
"""


def modules_after_loading(subject: Subject) -> frozenset[str]:
    """Names of the modules that are imported when a backend was loaded and asked what it offers.

    Raises:
        Violation: it could not be loaded that way.
    """
    done = subprocess.run(  # noqa: S603 - this Python, and an entry point that is installed
        [sys.executable, "-c", _LOAD, _where(subject)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )
    if done.returncode:
        complaint = done.stderr.strip().splitlines()[-1:] or ["it ended without a word"]
        raise Violation(f"A process of its own could not load the backend: {complaint[0]}")
    # what a plugin prints while it is loaded comes before
    return frozenset(json.loads(done.stdout.splitlines()[-1]))


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
