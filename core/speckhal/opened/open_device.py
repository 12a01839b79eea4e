"""The device that users hold: the one place for what holds of every board.

A plugin's device implements the Protocols of `speckhal.contract`; this stands before it. It refuses
what the device does not declare by its name, checks arguments against the chip's facts, and informs
observers. So a plugin contains only what is its own, and a new capability breaks no plugin.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import attrs
import numpy as np

from speckhal.contract.arrays import whole_number
from speckhal.contract.capabilities import Capability, ClockDrive
from speckhal.contract.capability_protocols import declared_by
from speckhal.contract.deployment import Deployment
from speckhal.contract.device import Device
from speckhal.contract.errors import (
    BackendBroken,
    CapabilityUnsupported,
    ConfigurationError,
    DeviceClosed,
    InputError,
    LayerNotFound,
    NetworkError,
    VendorUnavailable,
)
from speckhal.opened.arguments import checked_biases, checked_shape, chosen_neurons
from speckhal.opened.described_layers import made_of_layers
from speckhal.opened.device_state import DeployRequest, DeviceState
from speckhal.opened.leak_config import CheckedLeakConfig, checked_drive, checked_leak, own_leak
from speckhal.opened.network_hash import network_hash
from speckhal.opened.observers import Observers, raw_device_at_work
from speckhal.opened.open_probe import OpenProbe
from speckhal.opened.restoring import restore_states
from speckhal.system import log
from speckhal.system.interrupts import is_interrupt

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager
    from types import TracebackType
    from typing import NoReturn

    import numpy.typing as npt
    from typing_extensions import Self

    from speckhal.contract.address import Shape
    from speckhal.contract.clock import Clock
    from speckhal.contract.device import DeviceInfo
    from speckhal.contract.leak_config import LeakConfig
    from speckhal.contract.reading import Reading
    from speckhal.opened.described_layers import MakeNetwork
    from speckhal.opened.observers import RunInfo

REFUSALS: Final = (
    CapabilityUnsupported,
    ConfigurationError,
    DeviceClosed,
    InputError,
    LayerNotFound,
    NetworkError,
    VendorUnavailable,
)
"""What is raised before the board is asked, so that it stays as it was."""


class OpenDevice(Device):
    """An open board, or the mock. Close it, or use it in a `with` statement.

    The slow clock is off when a device opens, after `deploy`, and when it closes, whatever
    happened in between. Once it is closed, whatever takes the board raises `DeviceClosed`. It
    belongs to the process that opened it: one that is forked from that can neither use nor close
    it. What a refusal contains is said at the top of `speckhal.contract.device`.

    A list of `LayerSpec` is a network for every device that `speckhal.open_device` opens, whatever
    other form its backend takes. Its deployment is in chip units, as the layers are: `scale` is 1.

    Args:
        raw: the device of a plugin.
        observers: who is informed of readings and runs; None for nobody.
        make_network: `example` of its backend, by which lists of `LayerSpec` are deployed on a
            device that takes networks in another form; None to pass them on as they are.
        selection: what opened it, as `backend:target`; empty where nobody knows.
        options: that it was opened with, as plain data.
    """

    def __init__(
        self,
        raw: Device,
        *,
        observers: Observers | None = None,
        make_network: MakeNetwork | None = None,
        selection: str = "",
        options: Mapping[str, object] | None = None,
    ) -> None:
        self.raw = raw
        """The device of the plugin: what it is asked is neither checked nor published."""
        self.selection = selection
        """What opened it, as `backend:target`; empty where nobody knows."""
        self.options = dict(options or {})
        """What it was opened with, as plain data."""
        self._make_network = make_network
        self._state = DeviceState(raw, observers or Observers())

    @property
    def info(self) -> DeviceInfo:
        return self.raw.info

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What it can do: what its plugin declares and has implemented."""
        return declared_by(self.raw)

    @property
    def clock(self) -> Clock:
        return self.raw.clock

    @property
    def deployment(self) -> Deployment | None:
        """What is deployed, as `deploy` returned it; None where nothing is."""
        return self._state.deployment

    @property
    def input_shape(self) -> Shape | None:
        """(channels, height, width) of the input of what is deployed; None where nothing is."""
        return None if self._state.request is None else self._state.request.input_shape

    @property
    def network_hash(self) -> str:
        """SHA-256 of the network as it was deployed: parameters, thresholds and initial states.

        The same network has the same in every process. Empty where nothing is deployed, or a
        network of a form that does not let itself be read.
        """
        return "" if self._state.request is None else self._state.request.network_hash

    @property
    def states(self) -> str:
        """What is known of the membrane potentials.

        "deployed" as long as nothing has moved them since they were deployed, "leaked" once a tick,
        a running clock, a write or a reset has, and "restored" after `restore_states`. What is done
        past this device is not seen: input events, or its attribute `raw`.
        """
        return self._state.states

    @property
    def is_open(self) -> bool:
        """Whether it may be used: by the process that opened it, and until it is closed."""
        return self._state.is_open

    def leak_config(
        self,
        *,
        rate_hz: int | None = None,
        drive: ClockDrive = ClockDrive.EXTERNAL,
        events_per_tick: int | None = None,
    ) -> CheckedLeakConfig:
        drive = checked_drive(drive)
        self._demand_drive(drive)
        chip = self.info.chip
        request = checked_leak(drive, rate_hz, events_per_tick, chip=chip)
        with raw_device_at_work():
            raw = self.raw.leak_config(**attrs.asdict(request))
        return CheckedLeakConfig(chip.name, raw)

    def deploy(
        self,
        network: object,
        *,
        input_shape: Shape,
        leak: LeakConfig | None = None,
        biases: Mapping[int, npt.ArrayLike] | None = None,
    ) -> Deployment:
        self._state.refuse_if_closed("take a network")
        checked = own_leak(leak, self.info.chip)
        if checked is not None:
            self._demand_drive(checked.drive)
        raw_leak = None if checked is None else checked.raw
        shape = checked_shape(input_shape)
        given: dict[str, Mapping[int, npt.ArrayLike]] = {}
        asked_for, name = network, network_hash(network)
        made = made_of_layers(network, shape, self.info.chip, self._make_network)
        own_biases = biases
        if made is not None:
            network = made.network
            if made.direct:
                biases = {**made.direct, **(biases or {})}
        if biases is not None:  # else the device, which may take none, need not know the argument
            self._state.demand(Capability.DIRECT_BIASES)
            given["biases"] = checked_biases(biases, self.info.chip.limit("bias_range"))
        begun_s = time.perf_counter()
        try:
            with raw_device_at_work():
                deployed = self.raw.deploy(network, input_shape=shape, leak=raw_leak, **given)
            deployment = self._as_deployment(deployed)
            if made is not None:
                deployment = made.in_chip_units(deployment, own_biases or {})
        except REFUSALS:
            raise  # which changes nothing
        except BaseException:
            # nobody knows how much of it has reached the board
            self._state.deployment, self._state.clock_runs = None, False
            self._state.request = None
            raise
        self._state.deployment = attrs.evolve(deployment, leak=checked)
        own = own_biases and {key: np.array(each) for key, each in own_biases.items()}
        self._state.request = DeployRequest(asked_for, name, shape, checked, own)
        self._state.states = "deployed"
        self._state.first_states.clear()
        self._state.clock_runs = False
        if log.DEVICE.isEnabledFor(log.INFO):
            took_s = time.perf_counter() - begun_s
            on_cores = log.on_cores(self._state.deployment)
            log.DEVICE.info("%s: deployed %s; took %.3f s", self.info.board, on_cores, took_s)
        return self._state.deployment

    def probe(self, layer: int = 0, *, neurons: npt.ArrayLike | None = None) -> OpenProbe:
        self._state.refuse_if_closed("be probed")
        if self._state.deployment is None:
            raise LayerNotFound(
                "Asked for a layer, and no network is deployed.", hint="Call deploy() first."
            )
        deployed = self._state.deployment.layer(layer)
        chosen = chosen_neurons(neurons, layer=deployed.index, shape=deployed.shape)
        given = {} if chosen is None else {"neurons": chosen}
        with raw_device_at_work():
            raw = self.raw.probe(deployed.index, **given)
        values = deployed.shape if chosen is None else (len(chosen),)
        return OpenProbe(self, self._state, raw, deployed, values)

    def reset_states(self) -> None:
        self._state.demand(Capability.RESET_STATES)
        self._state.refuse_if_closed("reset its states")
        self._state.states = "leaked"
        with raw_device_at_work():
            self.raw.reset_states()

    def restore_states(self) -> None:
        """Bring all membrane potentials back to what they were when the network was deployed.

        Where nothing has moved them it does nothing; else the slow clock is off afterwards. It
        writes what was read of each layer before anything moved it. Where a layer was not read
        then, or the device does not declare `WRITE_V_MEM`, it deploys the same network once more:
        probes that were made before are of no use then. Each layer is read back.

        Raises:
            ConfigurationError: nothing is deployed; or it would have to deploy again, and the
                network has changed since, or does not let itself be compared.
            DeviceFailed: the board holds something else afterwards.
            DeviceClosed: the device is closed.
        """
        restore_states(self, self._state)

    def start_slow_clock(self) -> None:
        deployment = self._state.deployed("start its slow clock")
        if deployment.leak is None or not deployment.leak.drive.runs_by_itself:
            raise ConfigurationError(
                "Asked to start the slow clock, and the network was deployed without one that "
                "runs by itself.",
                hint="Deploy with leak=device.leak_config(rate_hz=...), or use tick().",
            )
        self._state.states = "leaked"
        with raw_device_at_work():
            self.raw.start_slow_clock()
        self._state.clock_runs = True
        log.DEVICE.info("%s: slow clock on", self.info.board)

    def stop_slow_clock(self) -> None:
        self._state.refuse_if_closed("stop its slow clock")
        # where stopping fails, only the device knows whether the clock runs
        self._state.clock_runs = False
        with raw_device_at_work():
            self.raw.stop_slow_clock()
        log.DEVICE.info("%s: slow clock off", self.info.board)

    def tick(self, count: int = 1) -> None:
        self._state.demand(Capability.STEPPED_CLOCK)
        self._state.deployed("make ticks")
        ticks = whole_number(count)
        if ticks is None or ticks < 0:
            raise ConfigurationError(
                f"Asked for {count!r} ticks, and only a whole number of ticks can be made.",
                hint="Use tick(1) or more.",
            )
        if self._state.clock_runs:
            raise ConfigurationError(
                "Asked for single ticks while the slow clock is running.",
                hint="Call stop_slow_clock() first.",
            )
        if ticks:
            self._state.states = "leaked"
        with raw_device_at_work():
            self.raw.tick(ticks)
        log.DEVICE.debug("made %d ticks", ticks)

    def announced_run(
        self, *layers: int, run_id: str | None = None
    ) -> AbstractContextManager[RunInfo | None]:
        """In the body, what is read belongs to one run, of whose start and end observers hear.

        `measure_leak` and `run_leak` do this by themselves. Where this device is not the outermost
        one, it gives None and nobody hears of it.

        Args:
            layers: indices of the network layers that it reads.
            run_id: a name that no other run has; None for a new one.

        Raises:
            ConfigurationError: nothing is deployed.
            LayerNotFound: the network has no such layer.
            DeviceClosed: the device is closed.
        """
        return self._state.announced_run(layers, run_id)

    def publish(self, reading: Reading) -> None:
        """Inform observers of a reading that was taken by `OpenProbe.read_unpublished`."""
        self._state.publish(reading)

    def close(self) -> None:
        self._state.close()

    def __enter__(self) -> Self:
        self._state.refuse_if_closed("be used in a with statement")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> None:
        try:
            self.close()
        except Exception as failure:
            # what ended the block matters more than what goes wrong while closing
            if error is None or is_interrupt(failure):
                raise

    def __repr__(self) -> str:
        state = "open" if self.is_open else "closed"
        return f"<OpenDevice {self.info.board} of {self.info.backend!r}, {state}>"

    if not TYPE_CHECKING:  # else a type checker would believe that every name exists

        def __getattr__(self, name: str) -> object:
            """What the device of the plugin has besides, as it is."""
            if name.startswith("_") or name == "raw":
                raise AttributeError(f"{type(self).__name__!r} has no attribute {name!r}")
            return getattr(self.raw, name)

    def __reduce__(self) -> NoReturn:
        """Refuse to be copied, or pickled for another process."""
        raise TypeError(
            f"Asked to copy or pickle {self!r}, and a device belongs to the process that opened it "
            "and is the only one of its board. Pass on what opens it, such as 'mock', and open it "
            "where it is used."
        )

    def _demand_drive(self, drive: ClockDrive) -> None:
        """Refuse a drive that the device does not declare; the hint names those that it does."""
        can = [each for each in ClockDrive if each.capability in self.capabilities]
        self._state.demand(
            drive.capability,
            hint=f"Use drive={' or '.join(map(str, can))}." if can else "It has no slow clock.",
        )

    def _as_deployment(self, deployed: object) -> Deployment:
        if isinstance(deployed, Deployment):
            return deployed
        raise BackendBroken(
            f"{self.info.board} took a network and returned {deployed!r}, which is not a "
            "Deployment.",
            hint=f"Report this to the authors of the backend {self.info.backend!r}.",
        )
