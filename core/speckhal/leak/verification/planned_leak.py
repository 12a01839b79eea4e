"""What a plan says of the step and the rate of a layer, to verify a leak by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from speckhal.contract.deployment import DeployedLayer
from speckhal.contract.errors import InputError
from speckhal.leak.channel_verdict import Answer
from speckhal.leak.planning.leak_plan import LeakPlan
from speckhal.leak.verification.finding import VerificationFinding

if TYPE_CHECKING:
    from collections.abc import Mapping

    from speckhal.contract.reading import Trace
    from speckhal.leak.planning.planned_layer import PlannedLayer


def as_plan(plan: LeakPlan | Mapping[str, object]) -> LeakPlan:
    """The plan itself, also of its plain data.

    Raises:
        InputError: it is not a plan, or a damaged one: it names the part that is wrong.
    """
    return plan if isinstance(plan, LeakPlan) else LeakPlan.from_json(plan)


def layer_of_plan(plan: LeakPlan, trace: Trace) -> DeployedLayer:
    """The layer of a trace, as it was planned.

    Raises:
        InputError: the plan has no such layer, or one of another shape.
    """
    planned = _layer(plan, trace.layer)
    if planned.shape != trace.shape:
        raise InputError(
            f"Asked to verify a trace of shape {trace.shape} by a plan for a layer of "
            f"{planned.shape}.",
            hint="Give the plan by which the network was deployed.",
        )
    return DeployedLayer(
        index=trace.layer,
        core=0,
        shape=trace.shape,
        scale=planned.scale,
        biases=planned.biases.astype(np.int16),
        wanted_biases=planned.biases / planned.scale,
        threshold_high=planned.threshold_high,
        threshold_low=planned.threshold_low,
        leak_enable=bool(planned.biases.any()),
        rate_hz=plan.rate_hz,
    )


def against_plan(plan: LeakPlan, layer: DeployedLayer) -> VerificationFinding:
    """Whether a layer was deployed as it was planned.

    Raises:
        InputError: the plan is without that layer.
    """
    planned, rate_hz = _layer(plan, layer.index).biases.tolist(), plan.rate_hz
    biases = layer.biases.tolist()
    if planned != biases:
        at = next((one for one, pair in enumerate(zip(planned, biases, strict=False))
                   if pair[0] != pair[1]), None)  # fmt: skip
        said = (
            f"The plan has {len(planned)} channels, and the layer has {len(biases)}."
            if at is None
            else f"Channel {at} was deployed with {biases[at]} a tick, and the plan has "
            f"{planned[at]}."
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


def _layer(plan: LeakPlan, index: int) -> PlannedLayer:
    """What a plan has for one layer."""
    for one in plan.layers:
        if one.index == index:
            return one
    raise InputError(
        f"Asked to verify layer {index} by a plan without it.",
        hint="Give the plan by which the network was deployed.",
    )
