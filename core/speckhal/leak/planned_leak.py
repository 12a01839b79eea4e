"""What a plan says of the step and the rate of a layer, to verify a leak by it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from speckhal.contract.deployment import DeployedLayer
from speckhal.contract.errors import InputError
from speckhal.leak.channel_verdict import Answer
from speckhal.leak.leak_plan import LeakPlan
from speckhal.leak.verification_finding import VerificationFinding

if TYPE_CHECKING:
    from speckhal.contract.reading import Trace


def layer_of_plan(plan: LeakPlan | Mapping[str, object], trace: Trace) -> DeployedLayer:
    """The layer of a trace, as it was planned.

    Raises:
        InputError: the plan has no such layer, or one of another shape, or is not a plan.
    """
    rate_hz, planned = _layer(plan, trace.layer)
    shape = tuple(_numbers(planned, "shape"))
    if shape != trace.shape:
        raise InputError(
            f"Asked to verify a trace of shape {trace.shape} by a plan for a layer of {shape}.",
            hint="Give the plan by which the network was deployed.",
        )
    biases = np.array(_numbers(planned, "biases"), np.int16)
    scale = planned["scale"]
    if not isinstance(scale, int | float):
        raise _no_plan(plan)
    return DeployedLayer(
        index=trace.layer,
        core=0,
        shape=trace.shape,
        scale=float(scale),
        biases=biases,
        wanted_biases=biases / float(scale),
        threshold_high=_number(planned, "threshold_high"),
        threshold_low=_number(planned, "threshold_low"),
        leak_enable=bool(biases.any()),
        rate_hz=rate_hz,
    )


def against_plan(
    plan: LeakPlan | Mapping[str, object], layer: DeployedLayer
) -> VerificationFinding:
    """Whether a layer was deployed as it was planned.

    Raises:
        InputError: it is not a plan, or one without that layer.
    """
    rate_hz, planned = _layer(plan, layer.index)
    biases = _numbers(planned, "biases")
    if biases != layer.biases.tolist():
        at = next(
            (one for one, pair in enumerate(zip(biases, layer.biases, strict=False))
             if pair[0] != pair[1]),
            None,
        )  # fmt: skip
        said = (
            f"The plan has {len(biases)} channels, and the layer has {len(layer.biases)}."
            if at is None
            else f"Channel {at} was deployed with {int(layer.biases[at])} a tick, and the plan has "
            f"{biases[at]}."
        )
        return VerificationFinding("plan", Answer.DISAGREES, said)
    if layer.rate_hz is None:
        said = f"Steps as planned; no clock of the planned {rate_hz} Hz ran."
        return VerificationFinding("plan", Answer.CANNOT_TELL, said, counts=False)
    if layer.rate_hz != rate_hz:
        said = f"The clock was set to {layer.rate_hz} Hz, and the plan has {rate_hz} Hz."
        return VerificationFinding("plan", Answer.DISAGREES, said)
    said = f"Deployed as planned: steps, and a clock of {rate_hz} Hz."
    return VerificationFinding("plan", Answer.AGREES, said)


def _layer(plan: object, index: int) -> tuple[int, Mapping[str, object]]:
    """The rate of a plan, and what it says of one layer."""
    data = plan.as_json() if isinstance(plan, LeakPlan) else plan
    if not isinstance(data, Mapping) or not isinstance(data.get("layers"), list):
        raise _no_plan(plan)
    for one in data["layers"]:
        if isinstance(one, Mapping) and one.get("layer") == index:
            return _number(data, "rate_hz"), one
    raise InputError(
        f"Asked to verify layer {index} by a plan without it.",
        hint="Give the plan by which the network was deployed.",
    )


def _number(data: Mapping[str, object], name: str) -> int:
    value = data.get(name)
    if not isinstance(value, int):
        raise _no_plan(data)
    return value


def _numbers(data: Mapping[str, object], name: str) -> list[int]:
    values = data.get(name)
    if not isinstance(values, list) or not all(isinstance(one, int) for one in values):
        raise _no_plan(data)
    return values


def _no_plan(plan: object) -> InputError:
    return InputError(
        f"Asked to verify a leak by a {type(plan).__name__} that is not a leak plan.",
        hint="plan_leak(...) gives one, and a record keeps it as provenance.plan.",
    )
