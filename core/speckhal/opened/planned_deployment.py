"""From a leak plan to what a device is asked: the network, the leak and the biases."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

import attrs

from speckhal.contract.capabilities import Capability
from speckhal.contract.described_network import with_biases
from speckhal.contract.errors import CapabilityUnsupported, ConfigurationError, InputError
from speckhal.contract.limits import FactWarning
from speckhal.contract.warn import withheld_warnings
from speckhal.opened.known_layers import known_layers

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import numpy.typing as npt

    from speckhal.contract.address import Shape
    from speckhal.contract.changes_networks import ChangesNetworks
    from speckhal.contract.deployment import DeployedLayer, Deployment, Plan
    from speckhal.contract.device import Device
    from speckhal.contract.leak_config import LeakConfig

OWN_BITS: Final = 8
"""Bits of a bias that is a network's own; source: sinabs 3.1.3, `discretize.py`."""


class Previewing(Protocol):
    """The open device, as a plan asks it."""

    @property
    def raw(self) -> Device:
        """The device of the plugin."""

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What it can do."""

    def leak_config(self, *, rate_hz: int | None = None) -> LeakConfig:
        """A leak configuration under the external clock."""

    def preview(self, network: object, *, input_shape: Shape) -> Deployment:
        """What `deploy` would return."""


@attrs.frozen(eq=False)
class PlannedRequest:
    """What is deployed for a plan.

    Attributes:
        network: the user's, or one like it with the biases of the plan.
        leak: at the rate of the plan.
        biases: of the plan, where the device takes them; None where they are the network's own.
    """

    network: object
    leak: LeakConfig
    biases: Mapping[int, npt.ArrayLike] | None


def planned_request(
    device: Previewing, network: object, input_shape: Shape, plan: Plan, *, is_alone: bool
) -> PlannedRequest:
    """What to deploy, if the plan is for this chip and, as far as a preview shows, this network.

    Args:
        device: that is to take it.
        network: of the user.
        input_shape: (channels, height, width) of its input.
        plan: to apply.
        is_alone: whether neither a leak nor biases were given besides.

    Raises:
        ConfigurationError: the plan is for another chip or network, or does not come alone.
        InputError: it is no leak plan.
        CapabilityUnsupported: the device takes no biases, and no network can be made with them.
    """
    if not is_alone:
        raise ConfigurationError(
            "Asked to deploy with a leak plan together with leak= or biases=, and a plan brings "
            "its own rate and biases.",
            hint="Leave leak= and biases= out, or leave the plan out.",
        )
    if any(not hasattr(plan, name) for name in ("chip", "rate_hz", "biases", "as_applied")):
        hint = "Give what speckhal.plan_leak(..., on=device) returns."
        if isinstance(plan, Mapping):
            hint = "Make the plan again of what speckhal.plan_leak(...).as_json() was: "
            hint += "plan=speckhal.LeakPlan.from_json(...)."
        raise InputError(
            f"Asked to deploy with a leak plan, and got a {type(plan).__name__}.", hint=hint
        )
    refuse_other_chip(plan, device.raw.info.chip.name)
    leak = device.leak_config(rate_hz=plan.rate_hz)
    if Capability.DIRECT_BIASES in device.capabilities:
        request = PlannedRequest(network, leak, plan.biases)
    else:
        changed = with_other_biases(
            device.raw, network, input_shape, plan.biases, asked="apply a leak plan"
        )
        request = PlannedRequest(changed, leak, None)
    if Capability.PREVIEW in device.capabilities:
        layers = _previewed(device, request.network, input_shape)
        try:
            plan.refuse_other_layers(layers)
        except ConfigurationError as error:
            if has_too_many_bits(device, plan):
                # of another network, this refuses with the sentence that says so
                own = _previewed(device, network, input_shape)
                plan.refuse_other_layers(own)
                raise too_many_bits(device, plan) from error
            raise
    return request


def _previewed(device: Previewing, network: object, input_shape: Shape) -> Sequence[DeployedLayer]:
    with withheld_warnings(FactWarning):  # deploying it gives them
        return known_layers(lambda: device.preview(network, input_shape=input_shape))


def refuse_other_chip(plan: Plan, chip: str) -> None:
    """Refuse a plan for another chip than the one of that name.

    Raises:
        ConfigurationError: it is for another.
    """
    if plan.chip != chip:
        raise ConfigurationError(
            f"Asked a {chip} to apply a leak plan that was made for a {plan.chip}.",
            hint="Make a plan for this chip: speckhal plan --backend, or plan_leak(on=...).",
        )


def has_too_many_bits(device: Previewing, plan: Plan) -> bool:
    """Whether biases that must be the network's own are larger than these are on a chip."""
    direct = Capability.DIRECT_BIASES in device.capabilities
    return not direct and _largest(plan) >= 2 ** (OWN_BITS - 1)


def too_many_bits(device: Previewing, plan: Plan) -> ConfigurationError:
    """The error for a plan whose biases would scale all else of the network."""
    info = device.raw.info
    return ConfigurationError(
        f"Asked {info.board} of {info.backend!r} to apply a leak plan with biases of up to "
        f"{_largest(plan)}, and it takes only a network's own, of {OWN_BITS} bits: for more, all "
        "else of the network is scaled down.",
        hint=f"Make the plan with bits={OWN_BITS}, or for this device: "
        "speckhal.plan_leak(..., on=device).",
    )


def _largest(plan: Plan) -> int:
    return max(int(abs(biases.astype("int64")).max()) for biases in plan.biases.values())


def with_other_biases(
    raw: Device,
    network: object,
    input_shape: Shape,
    biases: Mapping[int, npt.NDArray[np.integer[Any]]],
    *,
    asked: str,
) -> object:
    """The network with these biases as its own, for a device that takes no others.

    Args:
        raw: the device of the plugin, which makes it unless it is a list of `LayerSpec`.
        network: of the user, which is left as it is.
        input_shape: (channels, height, width) of its input.
        biases: by index of the layer, in chip units, (channels,).
        asked: what the device is to do with them, for the message.

    Raises:
        CapabilityUnsupported: the device makes no such network.
    """
    described = with_biases(network, biases)
    if described is not None:
        return described
    if inspect.getattr_static(raw, "with_biases", None) is not None:
        changer = cast("ChangesNetworks", raw)
        return changer.with_biases(network, input_shape=input_shape, biases=biases)
    raise CapabilityUnsupported(
        f"Asked {raw.info.board} of {raw.info.backend!r} to {asked}: it does not declare "
        f"{Capability.DIRECT_BIASES.value!r} ({Capability.DIRECT_BIASES.name}), and makes no "
        "network with other biases (with_biases).",
        hint="Give the network those biases yourself, divided by the scale of each layer, and "
        "deploy it with leak=device.leak_config(rate_hz=...).",
        capability=Capability.DIRECT_BIASES,
    )
