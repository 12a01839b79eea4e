"""The biases and the clock rate for the leaks that are wanted."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from speckhal.contract.capabilities import ClockDrive
from speckhal.contract.errors import ConfigurationError, InputError
from speckhal.contract.limits import FactWarning
from speckhal.contract.warn import warn_user
from speckhal.leak.planning.asked_numbers import asked_real
from speckhal.leak.planning.clock_rates import errors, limit_errors, ripples
from speckhal.leak.planning.impossible_leak import impossible
from speckhal.leak.planning.layer_demands import WORD_BITS, layer_demands
from speckhal.leak.planning.leak_plan import LeakPlan
from speckhal.leak.planning.planned_layer import PlannedLayer, TradeOff, percent
from speckhal.leak.planning.rate_choice import ERROR_AIM, RIPPLE_AIM, TOLERANCE, Candidates
from speckhal.leak.planning.rate_limits import rate_limits
from speckhal.opened.leak_config import checked_leak

if TYPE_CHECKING:
    from collections.abc import Sequence

    from speckhal.contract.chip import ChipFacts
    from speckhal.contract.deployment import DeployedLayer
    from speckhal.leak.planning.clock_rates import Demand
    from speckhal.leak.planning.layer_demands import Wish, Wishes
    from speckhal.leak.planning.rate_limits import RateLimits, RatesHz


def plan_layers(
    layers: Sequence[DeployedLayer],
    leak: Wish | Wishes,
    *,
    chip: ChipFacts,
    max_error: float | None = None,
    max_ripple: float | None = None,
    rates_hz: RatesHz = None,
    bits: int = WORD_BITS,
) -> LeakPlan:
    """The best biases and clock rate for the leaks that are wanted.

    Args:
        layers: of the network, as the chip would have them.
        leak: that is wanted of all layers, or by index of the layer: of all its channels, or a
            list with one for each; a layer that is not named gets that of None, or none. An index
            may be a text, as JSON has it.
        chip: facts of the chip.
        max_error: largest relative error of any channel; None to aim at `ERROR_AIM`.
        max_ripple: largest step of a tick, in thresholds; None to aim at `RIPPLE_AIM`.
        rates_hz: one rate, or the lowest and the highest; None for those that are known to work
            and that every core can follow.
        bits: of a bias: 16 for what a chip holds, 8 for what sinabs rounds a network's own to.

    Warns:
        FactWarning: the rate is beyond those known to work, or what a core can follow.

    Raises:
        ConfigurationError: no rate and biases give this leak; it names the limit and what comes
            nearest.
        InputError: a leak or another argument cannot be read.
        LayerNotFound: `leak` names a layer that the network does not have.
    """
    demands = layer_demands(layers, leak, chip=chip, bits=bits)
    limits = rate_limits(rates_hz, demands, chip)
    rates = limits.all()
    error_limit = _fraction(max_error, ERROR_AIM, "max_error")
    ripple_limit = _fraction(max_ripple, RIPPLE_AIM, "max_ripple")
    if limit_errors(demands, rates).min() > error_limit * (1 + TOLERANCE):
        raise impossible(demands, limits, chip.name, error_limit)
    # where the nearest bias is a larger step than was asked for, the largest that is not may do
    smooth = demands if max_ripple is None else [one.in_steps_of(ripple_limit) for one in demands]
    is_smooth = limit_errors(smooth, rates) <= error_limit * (1 + TOLERANCE)
    candidates = Candidates(
        rates,
        np.where(is_smooth, errors(smooth, rates), errors(demands, rates)),
        np.where(is_smooth, ripples(smooth, rates), ripples(demands, rates)),
    )
    candidates = _kept(candidates, limits, max_error, max_ripple)
    chosen = candidates.choose(error_limit, ripple_limit)
    rate_hz = int(candidates.rates_hz[chosen])
    if is_smooth[rates == rate_hz].any():
        demands = smooth
    checked_leak(ClockDrive.EXTERNAL, rate_hz, None, chip=chip)
    neurons = max(demand.neurons for demand in demands)
    _warn_of_cost(neurons, rate_hz, chip)
    return LeakPlan(
        chip=chip.name,
        rate_hz=rate_hz,
        layers=tuple(_planned(demand, rate_hz) for demand in demands),
        trade_offs=tuple(
            TradeOff(
                int(candidates.rates_hz[place]),
                float(candidates.errors[place]),
                float(candidates.ripples[place]),
                neurons * int(candidates.rates_hz[place]),
                place == chosen,
            )
            for place in candidates.trade_offs(error_limit, ripple_limit)
        ),
        max_error=error_limit,
        max_ripple=ripple_limit,
        budget=chip.updates_per_s,
    )


def _fraction(asked: object, aim: float, name: str) -> float:
    if asked is None:
        return aim
    value = asked_real(asked)
    if value is None or value <= 0:
        raise InputError(
            f"Asked for a plan with {name}={asked!r}, which is not a finite number above 0.",
            hint=f"Give a fraction, such as {name}={aim}.",
        )
    return value


def _kept(
    candidates: Candidates,
    limits: RateLimits,
    max_error: float | None,
    max_ripple: float | None,
) -> Candidates:
    """The candidates that keep what was asked for; what is only aimed at excludes none.

    Raises:
        ConfigurationError: no candidate is left.
    """
    smooth = candidates.among(max_error=None, max_ripple=max_ripple)
    between = f"at a rate from {limits.lowest} to {limits.highest} Hz"
    if not len(smooth.rates_hz):
        place = int(np.argmin(candidates.ripples))
        raise ConfigurationError(
            f"Asked for ticks of at most {percent(max_ripple or 0)} of the threshold, and the "
            f"least {between} is {percent(candidates.ripples[place])}, at "
            f"{candidates.rates_hz[place]} Hz.",
            hint=f"Allow steps of {_rounded_up(candidates.ripples[place])}, or use a network whose "
            "threshold on the chip is larger, for which smaller weights do.",
        )
    kept = smooth.among(max_error=max_error, max_ripple=None)
    if not len(kept.rates_hz):
        place = int(np.argmin(smooth.errors))
        steps = "" if max_ripple is None else f" with ticks of at most {percent(max_ripple)}"
        raise ConfigurationError(
            f"Asked for an error of at most {percent(max_error or 0)}, and the least {between}"
            f"{steps} is {percent(smooth.errors[place])}, at {smooth.rates_hz[place]} Hz.",
            hint=f"Allow an error of {_rounded_up(smooth.errors[place])}, or other rates"
            f"{' or steps' * (max_ripple is not None)}.",
        )
    return kept


def _rounded_up(value: float) -> str:
    """As a percentage of two digits, and not less than the value, so that it can be kept."""
    part = value * 100
    digits = 1 - math.floor(math.log10(part)) if part > 0 else 2
    return f"{math.ceil(part * 10**digits) / 10**digits:g} %"


def _planned(demand: Demand, rate_hz: int) -> PlannedLayer:
    layer = demand.layer
    return PlannedLayer(
        index=layer.index,
        shape=layer.shape,
        scale=layer.scale,
        threshold_high=layer.threshold_high,
        threshold_low=layer.threshold_low,
        wanted=demand.text,
        wanted_per_s=demand.per_s / layer.threshold_high,
        biases=demand.biases_at(rate_hz),
        rate_hz=rate_hz,
    )


def _warn_of_cost(neurons: int, rate_hz: int, chip: ChipFacts) -> None:
    budget = chip.updates_per_s
    if budget is not None and neurons * rate_hz > budget.value:
        warn_user(
            f"A layer of {neurons} neurons at {rate_hz} Hz means {neurons * rate_hz} updates a "
            f"second, and a core of a {chip.name} makes at most {budget.value} (updates_per_s, "
            f"{budget.certainty.value}). Ticks may be lost.",
            FactWarning,
        )
