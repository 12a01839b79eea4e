"""Where a case works: it opens boards, deploys what is described to them, and leaves none open."""

from __future__ import annotations

import contextlib
import functools
from typing import TYPE_CHECKING

import numpy as np

from speckhal.conformance.case import Violation
from speckhal.device import ClockDrive
from speckhal.errors import CapabilityUnsupported
from speckhal.loading import cause_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    import numpy.typing as npt
    from typing_extensions import Self

    from speckhal.backend import Backend
    from speckhal.chip import ChipFacts
    from speckhal.conformance.subject import Subject
    from speckhal.deployment import Deployment
    from speckhal.device import Device, LeakConfig
    from speckhal.example import LayerSpec


class Bench:
    """The backend that is examined, and the boards of it that a case opened.

    In a `with` statement, boards that are left open are closed in the end.

    Args:
        subject: the backend that is examined.
    """

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self._boards = contextlib.ExitStack()

    @property
    def backend(self) -> Backend:
        """The backend that is examined."""
        return self.subject.backend

    @property
    def facts(self) -> ChipFacts:
        """What it says of its chip."""
        return self.backend.chip(self.subject.target)

    def open(self) -> Device:
        """Open the board that is examined.

        Raises:
            Violation: that failed.
        """
        try:
            device = self.backend.open(self.subject.target, {})
        except Exception as error:
            raise Violation(
                f"{self.subject.label!r} could not be opened: {cause_of(error)}"
            ) from error
        self._boards.callback(device.close)
        return device

    @functools.cached_property
    def device(self) -> Device:
        """The board that is examined, opened when it is first asked for."""
        return self.open()

    def deploy(
        self,
        *layers: LayerSpec,
        leak: LeakConfig | None = None,
        biases: Mapping[int, npt.ArrayLike] | None = None,
        on: Device | None = None,
    ) -> Deployment:
        """Deploy a network of these layers, on `device` unless another one is named."""
        example = self.backend.example(layers)
        device = self.device if on is None else on
        if biases is None:  # a device that takes none need not know the argument
            return device.deploy(example.network, input_shape=example.input_shape, leak=leak)
        return device.deploy(
            example.network, input_shape=example.input_shape, leak=leak, biases=biases
        )

    def stepped(self) -> LeakConfig:
        """The leak of `device` whose ticks are all made by `tick`."""
        return self.device.leak_config(drive=ClockDrive.STEPPED)

    def read(self, layer: int = 0) -> npt.NDArray[np.int64]:
        """Membrane potentials of a layer of `device` now, wide enough to calculate with."""
        v_mem: npt.NDArray[np.int64] = self.device.probe(layer).read().v_mem.astype(np.int64)
        return v_mem

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> None:
        """Close what is open; what went wrong before matters more than what goes wrong now."""
        try:
            self._boards.close()
        except Exception as closing:
            if error is None or isinstance(error, CapabilityUnsupported):
                raise Violation(
                    f"{self.subject.label!r} could not be closed: {cause_of(closing)}"
                ) from closing
