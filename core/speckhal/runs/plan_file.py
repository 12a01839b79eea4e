"""A leak plan from a file: what `speckhal plan --json` printed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from speckhal.contract.errors import InputError
from speckhal.leak.planning.leak_plan import LeakPlan
from speckhal.system.paths import readable_file

if TYPE_CHECKING:
    import os

_HOW = "Write one with: speckhal plan --leak LEAK --json > FILE.json"


def read_plan(path: str | os.PathLike[str]) -> LeakPlan:
    """The plan that was printed into a file.

    Raises:
        InputError: the file cannot be read, or holds something else.
    """
    path = Path(path)
    readable_file(path, "Asked for the leak plan in", hint=_HOW)
    try:
        plain = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        plain = None
    if not isinstance(plain, dict):
        raise InputError(f"Asked for the leak plan in {path}, which is no plan.", hint=_HOW)
    try:
        return LeakPlan.from_json(plain)
    except InputError as error:
        raise InputError(
            f"Asked for the leak plan in {path}, and it is damaged: {error.message}", hint=_HOW
        ) from error
