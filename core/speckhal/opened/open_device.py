"""The device that users hold: the one place for what holds of every board.

A plugin's device implements the Protocols of `speckhal.contract`; this stands before it. It refuses
what the device does not declare by its name, checks arguments against the chip's facts, and informs
observers. So a plugin contains only what is its own, and a new capability breaks no plugin.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, cast

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
from speckhal.opened.arguments import checked_shape, chosen_neurons
from speckhal.opened.device_state import DeployRequest, DeviceState, states_when_deployed
from speckhal.opened.leak_config import (
    CheckedLeakConfig,
    checked_drive,
    checked_leak,
    how_to_drive,
    own_leak,
)
from speckhal.opened.network_hash import network_hash
from speckhal.opened.network_request import network_request
from speckhal.opened.observers import Observers, raw_device_at_work
from speckhal.opened.open_probe import OpenProbe
from speckhal.opened.planned_deployment import has_too_many_bits, planned_request, too_many_bits
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
    from speckhal.contract.capability_protocols import PreviewsNetworks
    from speckhal.contract.clock import Clock
    from speckhal.contract.deployment import Plan
    from speckhal.contract.device import DeviceInfo
    from speckhal.contract.leak_config import LeakConfig
    from speckhal.contract.reading import Reading
    from speckhal.opened.described_layers import MakeNetwork
    from speckhal.opened.network_request import NetworkRequest
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
        a running clock, a write or a reset has, and "restored" after `restore_states`. Of a replay
        it is at first what the record says: "written" too, where its run wrote them. What is done
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
        plan: Plan | None = None,
    ) -> Deployment:
        """Put a network on the chip; the neurons start from the network's own states.

        Args:
            network: a network in the form this backend takes; it is left as it is.
            input_shape: (channels, height, width) of its input.
            leak: from `leak_config`; None deploys without touching the clock's rate.
            biases: by index of the layer, biases in chip units, (channels,), in place of the
                network's own: they keep all 16 bits, where the network's share the resolution
                of its weights. Needs `DIRECT_BIASES`.
            plan: from `speckhal.plan_leak`, in place of `leak` and `biases`: it brings both. Where
                the device does not declare `DIRECT_BIASES`, they become the network's own, if
                speckhal or the device can make that network.

        Returns:
            What the chip will really do, after all rounding.
            With a plan, `Deployment.plan` is that plan as it was applied.

        Warns:
            FactWarning: a value is outside a range that is only assumed of the chip.

        Raises:
            NetworkError: `network` is not a network of the form that the backend takes, or not for
                an input of that shape; or a map, a number of channels, a threshold, an initial
                state or a bias of it is outside the chip's ranges, or rounds to one that does
                not work.
            NetworkDoesNotFit: a layer needs more kernel, neuron or bias memory than any core has,
                or the layers are more than the cores, or compete for them.
            NetworkDoesNotLeak: `leak` is given, and the network has no bias, or one that rounds
                to 0.
            ConfigurationError: `leak` does not come from `leak_config` of a device with this chip.
                Or `plan` is for another chip or network, or comes with `leak` or `biases`.
            InputError: `input_shape` is not a shape; or `biases` are not a mapping, have another
                shape, are masked, are not whole, or are outside the chip's `bias_range`.
                Or `plan` is no leak plan.
            LayerNotFound: `biases` name a layer that the network does not have.
            VendorUnavailable: what the backend needs to read networks is not installed.
            DeviceClosed: the device is closed.
            DeviceFailed: the board did not take it. No network is deployed then.
            CapabilityUnsupported: `biases` are given, and the device does not declare
                `DIRECT_BIASES`.
        """
        self._state.refuse_if_closed("take a network")
        if plan is None:
            return self._deploy(network, self._request(network, input_shape, leak, biases))
        shape = checked_shape(input_shape)
        planned = planned_request(
            self, network, shape, plan, is_alone=leak is None and biases is None
        )
        request = self._request(planned.network, shape, planned.leak, planned.biases)
        deployment = self._deploy(planned.network, request)
        try:
            applied = plan.as_applied(deployment)
        except ConfigurationError as error:
            # it is of another network, which only deploying that has shown
            self._state.deployment = self._state.request = None
            if has_too_many_bits(self, plan):
                raise too_many_bits(self, plan) from error
            raise
        self._state.deployment = attrs.evolve(deployment, plan=applied)
        return self._state.deployment

    def preview(
        self,
        network: object,
        *,
        input_shape: Shape,
        leak: LeakConfig | None = None,
        biases: Mapping[int, npt.ArrayLike] | None = None,
    ) -> Deployment:
        """What `deploy` would return, without the board: its layers, cores, scales and rounding.

        Arguments, warnings and refusals are those of `Device.deploy`.

        Raises:
            CapabilityUnsupported: the device does not declare `PREVIEW`.
        """
        self._state.demand(Capability.PREVIEW)
        self._state.refuse_if_closed("preview a network")
        request = self._request(network, input_shape, leak, biases)
        with raw_device_at_work():
            previewed = cast("PreviewsNetworks", self.raw).preview(
                request.network, input_shape=request.shape, **request.given
            )
        deployment = request.as_asked(self._as_deployment(previewed))
        return attrs.evolve(deployment, leak=request.leak)

    def _request(
        self,
        network: object,
        input_shape: object,
        leak: LeakConfig | None,
        biases: Mapping[int, npt.ArrayLike] | None,
    ) -> NetworkRequest:
        """What the device of the plugin is asked, of arguments that are in order."""
        chip = self.info.chip
        checked = own_leak(leak, chip)
        if checked is not None:
            self._demand_drive(checked.drive)
        asked = network_request(
            network, input_shape, checked, biases, chip=chip, make=self._make_network
        )
        if "biases" in asked.given:
            self._state.demand(Capability.DIRECT_BIASES)
        return asked

    def _deploy(self, network: object, request: NetworkRequest) -> Deployment:
        name = network_hash(network)
        begun_s = time.perf_counter()
        try:
            with raw_device_at_work():
                deployed = self.raw.deploy(
                    request.network, input_shape=request.shape, **request.given
                )
            deployment = request.as_asked(self._as_deployment(deployed))
        except REFUSALS:
            raise  # which changes nothing
        except BaseException:
            # nobody knows how much of it has reached the board
            self._state.deployment, self._state.clock_runs = None, False
            self._state.request = None
            raise
        self._state.deployment = attrs.evolve(deployment, leak=request.leak)
        own = request.own_biases
        own = own and {key: np.array(each) for key, each in own.items()}
        self._state.request = DeployRequest(network, name, request.shape, request.leak, own)
        self._state.states = states_when_deployed(self.raw)
        self._state.first_states.clear()
        self._state.clock_runs = False
        if log.DEVICE.isEnabledFor(log.INFO):
            took_s = time.perf_counter() - begun_s
            on_cores = log.on_cores(self._state.deployment)
            board = log.board(self.info)
            log.DEVICE.info("%s: deployed %s; took %.3f s", board, on_cores, took_s)
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
        log.DEVICE.info("%s: slow clock on", log.board(self.info))

    def stop_slow_clock(self) -> None:
        self._state.refuse_if_closed("stop its slow clock")
        # where stopping fails, only the device knows whether the clock runs
        self._state.clock_runs = False
        with raw_device_at_work():
            self.raw.stop_slow_clock()
        log.DEVICE.info("%s: slow clock off", log.board(self.info))

    def tick(self, count: int = 1) -> None:
        self._state.demand(Capability.STEPPED_CLOCK)
        self._state.deployed("make ticks")
        ticks = whole_number(count)
        if ticks is None or ticks < 0:
            raise ConfigurationError(
                f"Asked for {count!r} ticks, and only a whole number of ticks can be made.",
                hint="Use a whole number from 0, such as tick(1).",
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
        if log.DEVICE.isEnabledFor(log.DEBUG):  # a tick is quick
            log.DEVICE.debug("%s: made %d ticks", log.board(self.info), ticks)

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
            hint=how_to_drive(*can) if can else "It has no slow clock.",
        )

    def _as_deployment(self, deployed: object) -> Deployment:
        if isinstance(deployed, Deployment):
            return deployed
        raise BackendBroken(
            f"{self.info.board} took a network and returned {deployed!r}, which is not a "
            "Deployment.",
            hint=f"Report this to the authors of the backend {self.info.backend!r}.",
        )
