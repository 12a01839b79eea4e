"""The emulated `samna.debugging`."""

from __future__ import annotations

import logging

from speckhal_mock.pybind.scalars import integer

__all__ = ["set_log_level"]


def set_log_level(level: object) -> None:
    """Let samna's loggers pass records of that level and above; INFO and above by default."""
    logging.getLogger("samna").setLevel(integer(level, "set_log_level"))
