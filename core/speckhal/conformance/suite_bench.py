"""Where a case works: it opens boards, deploys what is described to them, and leaves none open."""

from __future__ import annotations

import contextlib
import functools
import operator
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from speckhal.conformance.expectations import Violation, demand_no_error, demand_potentials, refusal
from speckhal.conformance.measures import Measures
from speckhal.contract.capabilities import VERSION_1, ClockDrive, undecided
from speckhal.contract.capability_protocols import lacking
from speckhal.contract.errors import CapabilityUnsupported
from speckhal.contract.network_spec import ExampleNetwork
from speckhal.opened.given_network import shape_of_layers
from speckhal.opened.open_device import OpenDevice
from speckhal.system.error_text import cause_of
from speckhal.system.interrupts import is_interrupt

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from collections.abc import Set as AbstractSet
    from types import TracebackType

    import numpy.typing as npt
    from typing_extensions import Self

    from speckhal.conformance.backend_under_test import Subject
    from speckhal.contract.backend import Backend
    from speckhal.contract.capabilities import Capability
    from speckhal.contract.chip import ChipFacts
    from speckhal.contract.deployment import Deployment
    from speckhal.contract.device import Device
    from speckhal.contract.errors import SpeckhalError
    from speckhal.contract.leak_config import LeakConfig
    from speckhal.contract.network_spec import LayerSpec


def _raw(device: Device) -> Device:
    return device.raw if isinstance(device, OpenDevice) else device


class SuiteBench:
    """The backend that is examined, and the boards of it that a case opened.

    In a `with` statement, boards that are left open are closed in the end.

    Args:
        subject: the backend that is examined.
        opened: whether a case gets `speckhal.OpenDevice`, which informs no observers, over the
            devices that the plugin opens, and not these themselves.

    Attributes:
        remarks: what is worth knowing, and no failure.
    """

    def __init__(self, subject: Subject, *, opened: bool = False) -> None:
        self.subject = subject
        self.opened = opened
        self.remarks: list[str] = []
        self._boards = contextlib.ExitStack()

    @property
    def backend(self) -> Backend:
        """The backend that is examined."""
        return self.subject.backend

    @property
    def facts(self) -> ChipFacts:
        """What it says of its chip."""
        return self.backend.chip(self.subject.target)

    def open(
        self, target: str | None = None, options: Mapping[str, object] | None = None
    ) -> Device:
        """Open the board that is examined, or another one.

        Raises:
            Violation: that failed.
        """
        subject = self.subject if target is None else attrs.evolve(self.subject, target=target)
        with demand_no_error(f"{subject.label!r} could not be opened:"):
            device: Device = self.backend.open(subject.target, {} if options is None else options)
        if self.opened:
            device = OpenDevice(device, make_network=self.backend.example)
        self._boards.callback(device.close)
        return device

    @functools.cached_property
    def device(self) -> Device:
        """The board that is examined, opened when it is first asked for."""
        return self.open()

    @property
    def has_opened(self) -> bool:
        """Whether `device` was asked for, and could be opened."""
        return "device" in vars(self)

    def deploy(
        self,
        *layers: LayerSpec,
        leak: LeakConfig | None = None,
        biases: Mapping[int, npt.ArrayLike] | None = None,
        monitor: Sequence[int] = (),
        on: Device | None = None,
    ) -> Deployment:
        """Deploy a network of these layers, on `device` unless another one is named."""
        example = self.network_of(layers)
        device = self.device if on is None else on
        # a device that takes none need not know the argument
        given: dict[str, Any] = {} if biases is None else {"biases": biases}
        if monitor:
            given["monitor"] = tuple(monitor)
        return device.deploy(example.network, input_shape=example.input_shape, leak=leak, **given)

    def network_of(self, layers: Sequence[LayerSpec]) -> ExampleNetwork:
        """A network of these layers for `device`, in the form of the backend.

        What has `inputs` stays as it is described: only `OpenDevice` knows whether its device takes
        them.
        """
        if any(layer.inputs is not None for layer in layers):
            return ExampleNetwork(list(layers), shape_of_layers(layers), "as described")
        return self.backend.example(layers)

    def deploy_fitted(
        self, layer: LayerSpec, *, leak: LeakConfig | None = None, on: Device | None = None
    ) -> LayerSpec:
        """Deploy a layer as close as the chip can have it; returns the layer that this is."""
        fitted = self.measures.fit(layer)
        self.deploy(fitted, leak=leak, on=on)
        return fitted

    def leak(self, drive: ClockDrive) -> LeakConfig:
        """A leak of `device` by that drive: at a typical rate, or the device's number of events."""
        rate_hz: int | None
        match drive:
            case ClockDrive.EXTERNAL:
                rate_hz = self.measures.rate_hz
            case ClockDrive.STEPPED | ClockDrive.INTERNAL:
                rate_hz = None
            case _:
                raise undecided(drive)
        return self.device.leak_config(rate_hz=rate_hz, drive=drive)

    def stepped(self) -> LeakConfig:
        """The leak of `device` whose ticks are all made by `tick`."""
        return self.leak(ClockDrive.STEPPED)

    def any_leak(self) -> LeakConfig:
        """The leak of `device` by a drive that it declares: one that it steps, if it can."""
        drives = [drive for drive in ClockDrive if self.declares(drive.capability)]
        by_itself = operator.attrgetter("runs_by_itself")
        return self.leak(min(drives, key=by_itself, default=ClockDrive.STEPPED))

    @functools.cached_property
    def measures(self) -> Measures:
        """What the chip can have by its facts."""
        return Measures(self.facts)

    def remark(self, what: str) -> None:
        """Note what is worth knowing, and no failure."""
        self.remarks.append(what)

    def refusal(
        self,
        kind: type[SpeckhalError],
        asked: str,
        *,
        names: Mapping[str, object] | None = None,
        limit: str | None = None,
    ) -> contextlib.AbstractContextManager[None]:
        """Demand that the body is refused, as `expectations.refusal` does; `limit` names a fact.

        What the error names is demanded of backends that were written for version 2 of the plugin
        API or a later one. Nothing promised it before, so that others get a remark.
        """
        return refusal(
            kind,
            asked,
            lacking=self._lacking,
            names={} if names is None else names,
            limit=None if limit is None else self.facts.limit(limit),
        )

    def _lacking(self, sentence: str) -> None:
        if self.subject.api_version > 1:
            raise Violation(sentence)
        self.remark(sentence)

    def declares(self, capability: Capability) -> bool:
        """Whether the backend declares it, so that a case for all backends may use it."""
        return capability in self.subject.declared and not self.unfounded({capability})

    def unfounded(self, capabilities: AbstractSet[Capability]) -> frozenset[Capability]:
        """Those that the device lacks members for, so that they do not count as declared.

        Plugins of 0.1 may declare all capabilities that there are, later ones included. Of any
        other plugin the case on signatures says what is missing.
        """
        later = capabilities - VERSION_1
        return frozenset(one for one in later if lacking(_raw(self.device), one))

    def read(self, layer: int = 0) -> npt.NDArray[np.int64]:
        """Membrane potentials of a layer of `device` now, wide enough to calculate with."""
        v_mem: npt.NDArray[np.int64] = self.device.probe(layer).read().v_mem.astype(np.int64)
        return v_mem

    def demand_reads(self, expected: npt.NDArray[np.int64], when: str, *, layer: int = 0) -> None:
        """Demand that the neurons of a layer of `device` hold that, as by `demand_potentials`."""
        demand_potentials(self.read(layer), expected, when)

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
        except BaseException as closing:
            if is_interrupt(closing):
                raise
            if error is None or isinstance(error, CapabilityUnsupported):
                raise Violation(
                    f"{self.subject.label!r} could not be closed: {cause_of(closing)}"
                ) from closing
