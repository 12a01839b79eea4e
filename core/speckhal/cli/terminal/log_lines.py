"""What speckhal logs, as lines on standard error, for `speckhal -v` and `-vv`."""

from __future__ import annotations

import contextlib
import logging
from typing import TYPE_CHECKING

import click

from speckhal.system.log import NAME
from speckhal.system.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator


class _OnStandardError(logging.Handler):
    """Prints each record on what is standard error then, which may have a progress bar on it."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            click.echo(printable(self.format(record)), err=True)
        except OSError:
            self.handleError(record)


@contextlib.contextmanager
def log_lines(*, in_detail: bool) -> Iterator[None]:
    """In the body, print what is logged.

    Args:
        in_detail: with each reading, tick and plugin.
    """
    logger, handler = logging.getLogger(NAME), _OnStandardError()
    handler.setFormatter(logging.Formatter("%(name)s: %(message)s"))
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG if in_detail else logging.INFO)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)
