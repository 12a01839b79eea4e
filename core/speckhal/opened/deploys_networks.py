"""Puts networks on an opened device, or says beforehand what that would give."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, cast

import attrs
import numpy as np

from speckhal.contract.capabilities import Capability
from speckhal.contract.deployment import Deployment
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
from speckhal.contract.layer_checks import are_layers
from speckhal.opened.described_inputs import demand_inputs
from speckhal.opened.device_state import DeployRequest, states_when_deployed
from speckhal.opened.given_network import given_network
from speckhal.opened.held_device import HeldDevice
from speckhal.opened.leak_config import demand_drive, own_leak
from speckhal.opened.network_hash import network_hash
from speckhal.opened.network_request import network_request
from speckhal.opened.observers import raw_device_at_work
from speckhal.opened.planned_deployment import has_too_many_bits, planned_request, too_many_bits
from speckhal.system import log

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from speckhal.contract.address import Shape
    from speckhal.contract.capability_protocols import PreviewsNetworks
    from speckhal.contract.deployment import Plan
    from speckhal.contract.device import DeviceInfo
    from speckhal.contract.leak_config import LeakConfig
    from speckhal.opened.network_request import NetworkRequest

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


class DeploysNetworks(HeldDevice):
    """A device that takes networks, in its backend's form or as a list of `LayerSpec`."""

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
    def direct_biases(self) -> tuple[int, ...]:
        """Indices of the layers that were deployed with biases in place of the network's own."""
        request = self._state.request
        return () if request is None else tuple(sorted(map(int, request.biases or ())))

    def deploy(
        self,
        network: object,
        *,
        input_shape: Shape | None = None,
        leak: LeakConfig | None = None,
        biases: Mapping[int, npt.ArrayLike] | None = None,
        plan: Plan | None = None,
        monitor: Sequence[int] = (),
    ) -> Deployment:
        """Put a network on the chip; the neurons start from the network's own states.

        Args:
            network: a network in the form this backend takes; it is left as it is.
                Or, on every backend, a list of `LayerSpec`; or an `ExampleNetwork`, as
                `speckhal.read_network` returns it.
            input_shape: (channels, height, width) of its input.
                These two say it themselves, so that it can be left out.
            leak: from `leak_config`; None deploys without touching the clock's rate.
            biases: by index of the layer, biases in chip units, (channels,), in place of the
                network's own: they keep all 16 bits, where the network's share the resolution
                of its weights. Needs `DIRECT_BIASES`.
            plan: from `speckhal.plan_leak`, in place of `leak` and `biases`: it brings both. Where
                the device does not declare `DIRECT_BIASES`, they become the network's own, if
                speckhal or the device can make that network.
            monitor: indices of the layers whose spikes come to the host, which `stimulate` and
                `recorded_spikes` return. `speckhal.SENSOR_INPUT` is for events of the sensor's
                path. Needs `RECORD_SPIKES`.

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
                Or `plan` is no leak plan; or `input_shape` is left out of a network that does not
                say it, or is another than the network says.
                Or `monitor` is no list, or names a layer twice.
            LayerNotFound: `biases` name a layer that the network does not have.
                Or `monitor` does.
            VendorUnavailable: what the backend needs to read networks is not installed.
            DeviceClosed: the device is closed.
            DeviceFailed: the board did not take it. No network is deployed then.
            CapabilityUnsupported: `biases` are given, and the device does not declare
                `DIRECT_BIASES`.
                Or `monitor` is given, and it does not declare `RECORD_SPIKES`.
                Or a `LayerSpec` has `inputs`, and it does not declare `DESCRIBED_INPUTS`.
        """
        self._state.refuse_if_closed("take a network")
        network, shape = given_network(network, input_shape)
        if plan is None:
            return self._deploy(network, self._request(network, shape, leak, biases, monitor))
        planned = planned_request(
            self, network, shape, plan, is_alone=leak is None and biases is None
        )
        request = self._request(planned.network, shape, planned.leak, planned.biases, monitor)
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
        input_shape: Shape | None = None,
        leak: LeakConfig | None = None,
        biases: Mapping[int, npt.ArrayLike] | None = None,
    ) -> Deployment:
        """What `deploy` would return, without the board: its layers, cores, scales and rounding.

        Arguments, warnings and refusals are those of `Device.deploy`.

        Raises:
            CapabilityUnsupported: the device does not declare `PREVIEW`.
            NotRecorded: a replay is asked for biases of the network's own that its record does not
                have, since others were deployed in their place.
        """
        self._state.demand(Capability.PREVIEW)
        self._state.refuse_if_closed("preview a network")
        network, shape = given_network(network, input_shape)
        request = self._request(network, shape, leak, biases)
        with raw_device_at_work():
            previewed = cast("PreviewsNetworks", self.raw).preview(
                request.network, input_shape=request.shape, **request.given
            )
        deployment = request.as_asked(_as_deployment(self.info, previewed))
        return attrs.evolve(deployment, leak=request.leak)

    def _request(
        self,
        network: object,
        input_shape: Shape,
        leak: LeakConfig | None,
        biases: Mapping[int, npt.ArrayLike] | None,
        monitor: Sequence[int] = (),
    ) -> NetworkRequest:
        """What the device of the plugin is asked, of arguments that are in order."""
        checked = own_leak(leak, self.info.chip)
        if checked is not None:
            demand_drive(self._state, checked.drive)
        demand_inputs(self._state, network)
        asked = network_request(
            network,
            input_shape,
            checked,
            biases,
            info=self.info,
            make=self._make_network,
            monitor=monitor,
        )
        if "biases" in asked.given:
            self._state.demand(Capability.DIRECT_BIASES)
        if asked.monitor:
            self._state.demand(Capability.RECORD_SPIKES)
        return asked

    def _deploy(self, network: object, request: NetworkRequest) -> Deployment:
        # of layers afterwards: they may be too large for any chip, which the device says at once
        described = are_layers(network)
        name = "" if described else network_hash(network)
        begun_s = time.perf_counter()
        try:
            with raw_device_at_work():
                deployed = self.raw.deploy(
                    request.network, input_shape=request.shape, **request.given
                )
            deployment = request.as_asked(_as_deployment(self.info, deployed))
            if described:
                name = network_hash(network)
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
        self._state.request = DeployRequest(
            network, name, request.shape, request.leak, own, request.monitor
        )
        self._state.states = states_when_deployed(self.raw)
        self._state.first_states.clear()
        self._state.clock_runs = False
        if log.DEVICE.isEnabledFor(log.INFO):
            took_s = time.perf_counter() - begun_s
            on_cores = log.on_cores(self._state.deployment)
            board = log.board(self.info)
            log.DEVICE.info("%s: deployed %s; took %.3f s", board, on_cores, took_s)
        return self._state.deployment


def _as_deployment(info: DeviceInfo, deployed: object) -> Deployment:
    if isinstance(deployed, Deployment):
        return deployed
    raise BackendBroken(
        f"{info.board} took a network and returned {deployed!r}, which is not a Deployment.",
        hint=f"Report this to the authors of the backend {info.backend!r}.",
    )
