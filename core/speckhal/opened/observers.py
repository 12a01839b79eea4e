"""Who is informed of readings and runs, and by which device: only by the outermost one.

A wrapper is a backend whose device forwards to another. If that one was opened by
`speckhal.open_device` too, each reading passes two of our devices, and is published by the outer.
"""

from __future__ import annotations

import contextlib
import contextvars
import uuid
from typing import TYPE_CHECKING, Final

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from speckhal.contract.deployment import Deployment
    from speckhal.contract.device import DeviceInfo
    from speckhal.contract.reading import Reading


@attrs.frozen(eq=False)
class RunInfo:
    """What is known of a run when it starts.

    Attributes:
        layers: indices of the network layers that it reads.
        deployment: all layers that are deployed, as they stand on the chip, and the leak.
        started_s: when it started, on the clock of the device, in seconds.
        run_id: a name that no other run has.
    """

    layers: tuple[int, ...]
    deployment: Deployment
    started_s: float
    run_id: str = attrs.field(factory=lambda: uuid.uuid4().hex)


class Observers:
    """Who takes note of readings and runs: nobody, but for what inherits from it."""

    def publish(self, info: DeviceInfo, reading: Reading, run: RunInfo | None) -> None:
        """Inform of a reading; `run` is the one that it belongs to, if it does."""

    def run_started(self, info: DeviceInfo, run: RunInfo) -> None:
        """Inform of the start of a run."""

    def run_ended(self, info: DeviceInfo, run: RunInfo, problem: str | None) -> None:
        """Inform of the end of a run.

        Args:
            info: the device.
            run: which run.
            problem: what ended it early, as its kind and text; None where nothing did.
        """


_AT_WORK: Final = contextvars.ContextVar("_AT_WORK", default=False)


@contextlib.contextmanager
def raw_device_at_work() -> Iterator[None]:
    """In the body a plugin works: no device that it opens or reads is the outermost one."""
    was_at_work = _AT_WORK.get()
    try:
        _AT_WORK.set(True)
        yield
    finally:
        _AT_WORK.set(was_at_work)


def is_outermost() -> bool:
    """Whether what is done now is asked for by a user, and not by the device of a plugin."""
    return not _AT_WORK.get()
