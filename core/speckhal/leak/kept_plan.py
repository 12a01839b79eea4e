"""A leak plan again, from the plain data as which a record keeps it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from speckhal.contract.errors import InputError
from speckhal.contract.facts import Fact
from speckhal.leak.leak_plan import LeakPlan
from speckhal.leak.planned_layer import PlannedLayer, TradeOff

if TYPE_CHECKING:
    from collections.abc import Mapping

    from speckhal.contract.address import Shape


def kept_plan(data: Mapping[str, object]) -> LeakPlan:
    """The plan of which `data` is the plain form, as `LeakPlan.as_json` gives it.

    How surely the budget of the chip is known is not in it.

    Args:
        data: such as `run.provenance.plan`.

    Raises:
        InputError: it is something else.
    """
    try:
        return _plan(cast("Mapping[str, Any]", data))
    except (
        KeyError,
        TypeError,
        ValueError,
        AttributeError,
        OverflowError,
        ArithmeticError,
    ) as error:
        raise InputError(
            "Asked for the leak plan of a record, and what it keeps is something else.",
            hint="Give run_leak(plan=) what plan_leak() returns.",
        ) from error


def _plan(data: Mapping[str, Any]) -> LeakPlan:
    rate_hz = int(data["rate_hz"])
    layers = tuple(_layer(one, rate_hz) for one in data["layers"])
    if rate_hz < 1 or not layers:
        raise ValueError("A plan has a rate and layers.")
    budget = data["budget_updates_per_s"]
    return LeakPlan(
        chip=str(data["chip"]),
        rate_hz=rate_hz,
        layers=layers,
        trade_offs=tuple(map(_trade_off, data["trade_offs"])),
        max_error=float(data["max_error"]),
        max_ripple=float(data["max_ripple"]),
        budget=None if not budget else Fact(int(budget), str(data["budget_source"])),
        is_applied=bool(data["is_applied"]),
    )


def _layer(data: Mapping[str, Any], rate_hz: int) -> PlannedLayer:
    channels, height, width = (int(size) for size in data["shape"])
    shape: Shape = (channels, height, width)
    wanted_per_s = np.array(data["wanted_per_s"], np.float64)
    biases = np.array(data["biases"], np.int16)
    threshold_high = int(data["threshold_high"])
    if not wanted_per_s.shape == biases.shape == (channels,) or min(*shape, threshold_high) < 1:
        raise ValueError("The arrays of the layer do not fit together.")
    if not np.isfinite(wanted_per_s).all() or not math.isfinite(data["scale"]):
        raise ValueError("A leak is a number.")
    return PlannedLayer(
        index=int(data["layer"]),
        shape=shape,
        scale=float(data["scale"]),
        threshold_high=threshold_high,
        threshold_low=int(data["threshold_low"]),
        wanted=str(data["wanted"]),
        wanted_per_s=wanted_per_s,
        biases=biases,
        rate_hz=rate_hz,
    )


def _trade_off(data: Mapping[str, Any]) -> TradeOff:
    return TradeOff(
        rate_hz=int(data["rate_hz"]),
        error=float(data["error"]),
        ripple=float(data["ripple"]),
        updates_per_s=int(data["updates_per_s"]),
        is_chosen=bool(data["is_chosen"]),
    )
