"""From a network and the leak that is wanted to a plan, with an open device or without a board."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from speckhal.contract.backend import capabilities_of
from speckhal.contract.capabilities import Capability
from speckhal.contract.deployment import DeployedLayer, Deployment
from speckhal.contract.errors import CapabilityUnsupported, InputError
from speckhal.discovery.opening import select
from speckhal.leak.planning.layer_demands import WORD_BITS
from speckhal.leak.planning.planning import plan_layers
from speckhal.opened.given_network import given_network
from speckhal.opened.known_layers import known_layers
from speckhal.opened.open_device import OpenDevice
from speckhal.opened.planned_deployment import OWN_BITS
from speckhal.runs.previewed_layers import previewed_layers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from speckhal.contract.address import Shape
    from speckhal.contract.chip import ChipFacts
    from speckhal.leak.planning.layer_demands import Wish, Wishes
    from speckhal.leak.planning.leak_plan import LeakPlan
    from speckhal.leak.planning.rate_limits import RatesHz


def plan_leak(
    network: object,
    leak: Wish | Wishes,
    *,
    input_shape: Shape | None = None,
    on: OpenDevice | str | None = None,
    max_error: float | None = None,
    max_ripple: float | None = None,
    rates_hz: RatesHz = None,
    bits: int | None = None,
) -> LeakPlan:
    """The biases and the clock rate that come closest to the leak that is wanted.

    Of the rates that keep both `max_error` and `max_ripple` it takes the lowest, which costs least.
    What is given is kept or refused. What is left out is an aim, 1 % and 10 %: where no rate keeps
    both, it takes the one whose larger excess over them is least.

    Args:
        network: in the form that the backend deploys, with its `input_shape`; or one that says its
            shape: a list of `LayerSpec`, or what `read_network` returns; or what is known of its
            layers on the chip: a `Deployment`, or a list of `DeployedLayer`.
        leak: a text such as "5% per 10 ms" (see `WantedLeak.parse`) or a `WantedLeak`, for all
            layers, or by index of the layer. A layer that is not named gets that of None, as in
            {None: "5% per 10 ms", 2: "none"}, or does not leak. A list has one for each channel of
            the layer, as in {0: ["5% per 10 ms", "none", "tau 20 ms slope"]}.
        input_shape: (channels, height, width) of the network's input.
        on: what the plan is for: an open device, or `backend[:target]`, whose board need not be
            there if it declares `PREVIEW`; None for the one in `SPECKHAL_BACKEND`, or else "mock".
            An open device without `PREVIEW` gets the network deployed to find out its layers.
        max_error: largest relative error of the leak of any channel, such as 0.01.
        max_ripple: largest step of a tick, in thresholds, such as 0.1.
        rates_hz: one rate of the slow clock in Hz, or the lowest and the highest; None for the
            rates that are typical or were seen to work, and that every core can follow.
        bits: of a bias; None for 16 where the device takes direct biases, and else for 8, which
            sinabs rounds a network's own biases to.

    Returns:
        The plan, for `OpenDevice.deploy(network, input_shape=..., plan=plan)`.

    Warns:
        FactWarning: the rate is beyond those known to work, or what a core can follow.

    Raises:
        ConfigurationError: no rate and biases give this leak; it names the limit and what comes
            nearest.
        InputError: an argument cannot be read, or `input_shape` is missing.
        LayerNotFound: `leak` names a layer that the network does not have.
        CapabilityUnsupported: `on` is no open device, and its backend does not declare `PREVIEW`.
        BackendError, NetworkError: as selecting the backend and deploying the network raise them.
    """
    planned_for = _planned_for(on)
    layers = _known_layers(network)
    if layers is None:
        network, shape = given_network(network, input_shape, "Asked for a leak plan")
        layers = planned_for.layers(network, shape)
    if bits is None:
        bits = WORD_BITS if planned_for.takes_direct_biases else OWN_BITS
    return plan_layers(
        layers,
        leak,
        chip=planned_for.chip,
        max_error=max_error,
        max_ripple=max_ripple,
        rates_hz=rates_hz,
        bits=bits,
    )


class _Device:
    """An open device, as planning asks it."""

    def __init__(self, device: OpenDevice) -> None:
        self.device = device
        self.chip: ChipFacts = device.info.chip
        self.takes_direct_biases = Capability.DIRECT_BIASES in device.capabilities

    def layers(self, network: object, input_shape: Shape) -> Sequence[DeployedLayer]:
        """The layers of the network; deployed, where the device cannot preview."""
        if Capability.PREVIEW in self.device.capabilities:
            return known_layers(lambda: self.device.preview(network, input_shape=input_shape))
        return self.device.deploy(network, input_shape=input_shape).layers


class _Backend:
    """A backend and one of its boards, none of which need be there."""

    def __init__(self, selection: str | None) -> None:
        self.backend, self.target = select(selection)
        self.chip: ChipFacts = self.backend.chip(self.target)
        can = capabilities_of(self.backend, self.target)
        self.takes_direct_biases = Capability.DIRECT_BIASES in can

    def layers(self, network: object, input_shape: Shape) -> Sequence[DeployedLayer]:
        """The layers of the network as the backend previews them."""
        layers = previewed_layers(self.backend, self.target, network, input_shape)
        if layers is None:
            name = self.backend.name
            raise CapabilityUnsupported(
                f"Asked {name!r} for a leak plan without a board, and it does not declare "
                f"{Capability.PREVIEW.value!r} ({Capability.PREVIEW.name}).",
                hint=f"Open its board: with speckhal.open_device({name!r}) as device: "
                "speckhal.plan_leak(..., on=device).",
                capability=Capability.PREVIEW,
            )
        return layers


def _planned_for(on: object) -> _Device | _Backend:
    if isinstance(on, OpenDevice):
        return _Device(on)
    if on is None or isinstance(on, str):
        return _Backend(on)
    raise InputError(
        f"Asked for a leak plan on {on!r}, which is neither an open device nor a backend's name.",
        hint='Give on=device, as speckhal.open_device() opens it, or on="mock:speck2f".',
    )


def _known_layers(network: object) -> Sequence[DeployedLayer] | None:
    if isinstance(network, Deployment):
        return network.layers
    is_list = isinstance(network, list | tuple) and bool(network)
    if is_list and all(isinstance(one, DeployedLayer) for one in cast("list[object]", network)):
        return cast("Sequence[DeployedLayer]", network)
    return None
