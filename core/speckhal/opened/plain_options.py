"""The options that a device was opened with, as plain data that any JSON holds."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np


def plain_options(options: Mapping[str, object]) -> dict[str, object]:
    """Options by name; a value that is not plain becomes its text, as `repr` gives it.

    Next to an option `profile` that names a file is `profile_text`, what is in the file: it may be
    another by the time that somebody looks.
    """
    plain = {name: _plain(value) for name, value in options.items()}
    profile = options.get("profile")
    if isinstance(profile, str | os.PathLike):
        with contextlib.suppress(OSError, ValueError):  # the backend has read it, or refused it
            plain["profile_text"] = Path(profile).expanduser().read_text(encoding="utf-8")
    return plain


def _plain(value: object) -> object:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    return repr(value)
