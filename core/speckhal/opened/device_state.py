"""What an open device and its probes know together of the board they are for."""

from __future__ import annotations

import contextlib
import os
import threading
from typing import TYPE_CHECKING

import attrs

from speckhal.contract.capability_protocols import declared_by, lacking
from speckhal.contract.errors import (
    CapabilityUnsupported,
    ConfigurationError,
    DeviceClosed,
    LayerNotFound,
)
from speckhal.opened.observers import RunInfo, is_outermost, raw_device_at_work
from speckhal.system import log
from speckhal.system.interrupts import is_interrupt

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import numpy.typing as npt

    from speckhal.contract.address import Shape
    from speckhal.contract.capabilities import Capability
    from speckhal.contract.deployment import DeployedLayer, Deployment
    from speckhal.contract.device import Device
    from speckhal.contract.leak_config import LeakConfig
    from speckhal.contract.reading import Reading, VMem
    from speckhal.opened.observers import Observers


def states_when_deployed(raw: Device) -> str:
    """What the states are after `deploy`: those that a record begins with, where it is replayed."""
    recorded = None if raw.info.recorded_at is None else getattr(raw, "recorded", None)
    return str(getattr(recorded, "states", "deployed"))


@attrs.frozen(eq=False)
class DeployRequest:
    """What `OpenDevice.deploy` was asked for.

    Attributes:
        network: as it was given; it may have changed since.
        network_hash: of the network as it was then.
        input_shape: (channels, height, width) of its input.
        leak: of `OpenDevice.leak_config`.
        biases: by layer, in chip units; None for the network's own.
        monitor: indices of the layers that send their spikes to the host.
    """

    network: object
    network_hash: str
    input_shape: Shape
    leak: LeakConfig | None
    biases: Mapping[int, npt.ArrayLike] | None
    monitor: tuple[int, ...] = ()


@attrs.define(eq=False)
class DeviceState:
    """The device of a plugin, what was done with it, and what that refuses.

    Attributes:
        raw: the device of a plugin.
        observers: who is informed of readings and runs.
        process: that opened it.
        deployment: what is deployed, as far as is known; None for nothing.
        request: what was asked to be deployed, as far as it takes to deploy it again.
        states: of the neurons: "deployed" as long as nothing has moved them since, "leaked"
            once a tick, a write or a spike has, "reset" where all were set to 0, "restored" where
            they were brought back to how they were deployed.
        first_states: by layer, membrane potentials that were read before anything moved them.
        clock_runs: whether its slow clock was started and not stopped.
        clock_uses: how often its slow clock was started, or made ticks one by one.
        was_closed: whether `close` has ended.
    """

    raw: Device
    observers: Observers
    process: int = attrs.field(factory=os.getpid, init=False)
    deployment: Deployment | None = attrs.field(default=None, init=False)
    request: DeployRequest | None = attrs.field(default=None, init=False)
    states: str = attrs.field(default="deployed", init=False)
    first_states: dict[int, VMem] = attrs.field(factory=dict, init=False)
    clock_runs: bool = attrs.field(default=False, init=False)
    clock_uses: int = attrs.field(default=0, init=False)
    was_closed: bool = attrs.field(default=False, init=False)
    _of_thread: threading.local = attrs.field(factory=threading.local, init=False)

    @property
    def is_open(self) -> bool:
        """Whether it may be used: by the process that opened it, and until it is closed."""
        is_ours = self.process == os.getpid()
        return is_ours and not self.was_closed and bool(getattr(self.raw, "is_open", True))

    @property
    def run(self) -> RunInfo | None:
        """What this thread is reading for; None outside a run."""
        run: RunInfo | None = getattr(self._of_thread, "run", None)
        return run

    def demand(self, capability: Capability, *, hint: str | None = None) -> None:
        """Refuse what the device does not declare.

        Args:
            capability: that is needed.
            hint: what would work; None for all that it declares.

        Raises:
            CapabilityUnsupported: it does not declare the capability.
        """
        if capability not in self.raw.capabilities or lacking(self.raw, capability):
            can = sorted(one.value for one in declared_by(self.raw))
            known = ", ".join(can) or "nothing optional"
            raise CapabilityUnsupported(
                f"Asked {self.raw.info.board} of {self.raw.info.backend!r} for the capability "
                f"{capability.value!r} ({capability.name}), which it does not declare.",
                hint=hint or f"It declares: {known}.",
                capability=capability,
            )

    def refuse_if_closed(self, what: str) -> None:
        """Refuse to use a device that is closed, or was opened by another process.

        Args:
            what: it is asked to do, for the message.

        Raises:
            DeviceClosed: it is closed, as far as this process is concerned.
        """
        if self.process != os.getpid():
            raise DeviceClosed(
                f"Asked {self.raw.info.board} to {what} in process {os.getpid()}, and process "
                f"{self.process} has opened it, from which this one was forked.",
                hint="Use it there; or close it there first, and open it here after the fork.",
            )
        if not self.is_open:
            raise DeviceClosed(
                f"Asked {self.raw.info.board} to {what}, and it is closed.", hint="Open it again."
            )

    def refuse_if_replaced(self, layer: DeployedLayer, what: str) -> None:
        """Refuse what concerns a layer that is no longer deployed.

        Args:
            layer: as it was deployed.
            what: is asked for, for the message.

        Raises:
            LayerNotFound: another network was deployed since.
        """
        layers = () if self.deployment is None else self.deployment.layers
        if not any(layer is one for one in layers):
            raise LayerNotFound(
                f"Asked a probe to {what} of layer {layer.index}, which is no longer deployed. "
                "Another network was deployed since the probe was made, or was tried to.",
                hint=f"Make a new one, with device.probe({layer.index}).",
            )

    def deployed(self, what: str) -> Deployment:
        """What is deployed, if the device may be used and something is."""
        self.refuse_if_closed(what)
        if self.deployment is None:
            raise ConfigurationError(
                f"Asked {self.raw.info.board} to {what}, and no network is deployed.",
                hint="Call deploy() with leak=device.leak_config(...) first.",
            )
        return self.deployment

    def close(self) -> None:
        """Close the device, once, and only in the process that opened it."""
        if self.process != os.getpid() or self.was_closed:
            return
        try:
            with raw_device_at_work():
                self.raw.close()
        except Exception as failure:
            # all that can be done was done; an interrupt came before its end
            self.was_closed = not is_interrupt(failure)
            raise
        self.was_closed = True
        if log.DEVICE.isEnabledFor(log.INFO):
            log.DEVICE.info("%s: closed", log.board(self.raw.info))

    def note_read(self, reading: Reading) -> None:
        """Remember what a whole layer has, if nothing has moved it since it was deployed."""
        if self.states not in ("leaked", "reset"):
            self.first_states.setdefault(reading.layer, reading.v_mem)

    def publish(self, reading: Reading) -> None:
        """Inform observers of a reading, if this is the outermost device that has taken it."""
        if is_outermost():
            with raw_device_at_work():  # what an observer reads is for nobody else
                self.observers.publish(self.raw.info, reading, self.run)

    @contextlib.contextmanager
    def announced_run(
        self, layers: tuple[int, ...], run_id: str | None = None
    ) -> Iterator[RunInfo | None]:
        """As `OpenDevice.announced_run`."""
        deployment = self.deployed("be measured")
        for layer in layers:
            deployment.layer(layer)
        if not is_outermost():
            yield None
            return
        outer = self.run
        named = {} if run_id is None else {"run_id": run_id}
        run = RunInfo(layers, deployment, self.raw.clock.now_s(), **named)
        problem: str | None = None
        try:
            self.observers.run_started(self.raw.info, run)
            self._of_thread.run = run
            yield run
        except BaseException as error:
            problem = f"{type(error).__name__}: {error}"
            raise
        finally:
            self._of_thread.run = outer
            self.observers.run_ended(self.raw.info, run, problem)
