"""The same spikes in several permitted orders: how far counts, and single spikes, stay the same.

In which order a chip takes spikes that come at one moment is not published. So a board that is
emulated can follow any of the orders that it may follow, and what differs among them is what nobody
can know of a chip.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from speckhal.contract.core_activity import order_options
from speckhal.contract.errors import CapabilityUnsupported, InputError
from speckhal.discovery.opening import open_device, select
from speckhal.leak.carried_by_error import let_carry
from speckhal.runs.spiking.order_counts import CountedOrder, count_order, spread_over
from speckhal.runs.spiking.order_spread import OrderSpread
from speckhal.runs.spiking.run_spikes import run_spikes
from speckhal.runs.spiking.spike_run import check_run

if TYPE_CHECKING:
    from collections.abc import Mapping

    from speckhal.contract.address import Shape
    from speckhal.contract.deployment import Deployment
    from speckhal.opened.open_device import OpenDevice
    from speckhal.runs.spiking.spike_run import SpikeRun

_FEWEST: Final = 2
"""Orders that have a deviation."""

MOST_ORDERS: Final = 10_000
"""More than this show nothing more."""


def refuse_orders(selection: str | None, options: Mapping[str, object], count: int) -> None:
    """Refuse what cannot be repeated in that many orders, before anything runs.

    Raises:
        InputError: the count is less than 2 or more than 10,000, or an option fixes an order.
        CapabilityUnsupported: the backend has no orders to choose from.
    """
    if not _FEWEST <= count <= MOST_ORDERS:
        takes = "2" if count < _FEWEST else f"{MOST_ORDERS:,} at most"
        orders = "1 order" if count == 1 else f"{count} orders"
        raise InputError(
            f"Asked to repeat a run in {orders}, and a spread takes {takes}.",
            hint=f"Give a number from 2 to {MOST_ORDERS:,}; 5 to 20 show how wide it is.",
        )
    fixed = sorted(set(_options_of(selection, 1)) & set(options))
    if fixed:
        raise InputError(
            f"Asked to repeat a run in several orders, and with the option {fixed[0]}, which fixes "
            "the order.",
            hint="Leave out one of the two.",
        )


def spread_of_orders(
    first: SpikeRun,
    network: object,
    *,
    input_shape: Shape,
    orders: int,
    selection: str | None = None,
    options: Mapping[str, object] | None = None,
    rate_hz: int | None = None,
) -> OrderSpread:
    """Repeat a run in that many permitted orders, each on a new board with the same network.

    Of each order only what is counted stays in memory.

    Whatever ends this early, Ctrl-C included, carries the spread of the orders that were finished,
    if 2 were: `getattr(error, "spread", None)` is an `OrderSpread`.

    Args:
        first: the run that is repeated, in the order that the backend takes by itself. Its device
            must be closed where there is only one.
        network: that was deployed.
        input_shape: (channels, height, width) of its input.
        orders: how many.
        selection: `backend[:target]`; None as for `open_device`.
        options: of the backend.
        rate_hz: of the slow clock, where the network leaks; None without a leak.

    Raises:
        InputError: it is no run of spikes; fewer than 2 orders or more than 10,000, or an option
            fixes the order; no layer is monitored; or the network, the rate, the options or the
            kind of board are not those of the run.
        CapabilityUnsupported: the backend has no orders to choose from.
        SpeckhalError: as `open_device`, `deploy` and `run_spikes`.
    """
    check_run(first, "Asked to repeat")
    if not first.monitored:
        raise InputError(
            "Asked to repeat a run in several orders, and it monitors no layer to count spikes of.",
            hint="Deploy the network with monitor=[...] before it runs.",
        )
    given = dict(options or {})
    refuse_orders(selection, given, orders)
    _refuse_another_rate(first, rate_hz)
    counted: list[CountedOrder] = []
    try:
        for number in range(1, orders + 1):
            with open_device(selection, **{**given, **_options_of(selection, number)}) as device:
                leak = None if rate_hz is None else device.leak_config(rate_hz=rate_hz)
                device.deploy(network, input_shape=input_shape, leak=leak, monitor=first.monitored)
                _refuse_what_is_no_repetition(first, device, given)
                counted.append(count_order(first, run_spikes(device, first.given)))
    except BaseException as error:
        if len(counted) >= _FEWEST:
            some = attrs.evolve(spread_over(first, counted), asked=orders)
            let_carry(error, "spread", some, kind=OrderSpread)
        raise
    return spread_over(first, counted)


def _refuse_another_rate(first: SpikeRun, rate_hz: int | None) -> None:
    leak = first.deployment.leak
    ran_at = leak.rate_hz if leak is not None and leak.drive.runs_by_itself else None
    if ran_at != rate_hz:
        rates = [f"at {hz} Hz" if hz is not None else "without a clock" for hz in (ran_at, rate_hz)]
        raise InputError(
            f"Asked to repeat a run {rates[1]}, and it ran {rates[0]}.",
            hint=f"Give rate_hz={ran_at}, as what differs is to come from the order alone.",
        )


def _refuse_what_is_no_repetition(
    first: SpikeRun, device: OpenDevice, options: Mapping[str, object]
) -> None:
    """Refuse what would differ from the run by more than the order.

    Raises:
        InputError: another network or kind of board, or other options of the same backend.
    """
    was, now = first.provenance, device.deployment
    if now is None or was.network_hash not in (None, device.network_hash) or not _same(first, now):
        raise InputError(
            "Asked to repeat a run with another network than it was made with.",
            hint="Give the network that was deployed for it.",
        )
    if first.info.board != device.info.board:
        raise InputError(
            f"Asked to repeat a run of {first.info.board} on {device.info.board}.",
            hint=f"Give selection={was.selection!r}, as for the run.",
        )
    if first.info.backend == device.info.backend and dict(was.options) != dict(options):
        raise InputError(
            f"Asked to repeat a run with the options {dict(options)}, and it was made with "
            f"{dict(was.options)}.",
            hint=f"Give options={dict(was.options)}.",
        )


def _same(first: SpikeRun, now: Deployment) -> bool:
    """Whether the layers are those of the run, and of the same biases."""
    pairs = list(zip(first.deployment.layers, now.layers, strict=False))
    return len(first.deployment.layers) == len(now.layers) and all(
        (one.index, one.shape, one.biases.tolist(), one.threshold_high, one.threshold_low)
        == (
            other.index,
            other.shape,
            other.biases.tolist(),
            other.threshold_high,
            other.threshold_low,
        )
        for one, other in pairs
    )


def _options_of(selection: str | None, number: int) -> Mapping[str, object]:
    backend, _ = select(selection)
    options = order_options(backend, number)
    if options is None:
        raise CapabilityUnsupported(
            f"Asked to repeat a run in several orders on {backend.name!r}, and it has no orders to "
            "choose from: a board takes spikes in its own.",
            hint="Repeat it on the mock, whose spread is what nobody can know of a board.",
        )
    return options
