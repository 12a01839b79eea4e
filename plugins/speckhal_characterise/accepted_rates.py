"""The limits of the rates that the slow clock takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speckhal.contract.errors import DeviceFailed
from speckhal_characterise import ticks
from speckhal_characterise.rate_effects import RateEffect
from speckhal_characterise.rates import LOWEST_HZ, REACH_HZ, rates_of
from speckhal_characterise.results import COUNTED, finding, unsettled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from speckhal.contract.characterise import Result
    from speckhal_characterise.workbench import Workbench


def measure_accepted_rates(bench: Workbench) -> Iterator[Result]:
    """The lowest and the highest rate, if all between them are taken."""
    rates = rates_of(bench)
    try:
        taken = rates.near(100)
    except DeviceFailed as error:
        yield unsettled("accepted_rate_hz", f"{error}")
        return
    rates.edge(REACH_HZ, taken)  # what is too close to one end can then be compared with the other
    lowest, below = rates.edge(LOWEST_HZ, taken)
    highest, above = rates.edge(REACH_HZ, taken)
    bench.set_rate(taken)  # at the fastest, the next count could overflow
    how = (
        "Rates were set one after the other, halving the gap between a taken and a refused one, "
        f"and ticks were counted to see whether each had any effect, up to {REACH_HZ} Hz."
    )
    if RateEffect.UNSURE in {above, below}:
        yield unsettled(
            "accepted_rate_hz",
            f"{how} {lowest} to {highest} Hz are taken; beyond, that is not certain: {ticks.LOST}, "
            "or the rates are too close to each other.",
        )
        return
    yield finding(
        "accepted_rate_hz",
        [lowest, highest],
        how,
        uncertainty="exact; more was not tried" if highest == REACH_HZ else COUNTED,
    )
