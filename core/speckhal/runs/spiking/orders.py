"""The same spikes in several permitted orders: how far counts, and single spikes, stay the same.

In which order a chip takes spikes that come at one moment is not published. So a board that is
emulated can follow any of the orders that it may follow, and what differs among them is what nobody
can know of a chip.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import attrs
import numpy as np

from speckhal.contract.core_activity import order_options
from speckhal.contract.errors import CapabilityUnsupported, InputError
from speckhal.discovery.opening import open_device, select
from speckhal.leak.carried_by_error import let_carry
from speckhal.runs.spiking.order_spread import OrderSpread
from speckhal.runs.spiking.run_spikes import run_spikes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from speckhal.contract.address import Shape
    from speckhal.contract.spikes import Spikes
    from speckhal.runs.spiking.spike_run import SpikeRun

_FEWEST: Final = 2
"""Orders that have a deviation."""


def refuse_orders(selection: str | None, options: Mapping[str, object], count: int) -> None:
    """Refuse what cannot be repeated in that many orders, before anything runs.

    Raises:
        InputError: the count is less than 2, or an option fixes an order.
        CapabilityUnsupported: the backend has no orders to choose from.
    """
    if count < _FEWEST:
        raise InputError(
            f"Asked to repeat a run in {count} orders, and a spread takes 2.",
            hint="Give a number from 2 up; 5 to 20 show how wide it is.",
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
        InputError: fewer than 2 orders, or an option fixes the order, or no layer is monitored.
        CapabilityUnsupported: the backend has no orders to choose from.
        SpeckhalError: as `open_device`, `deploy` and `run_spikes`.
    """
    if not first.monitored:
        raise InputError(
            "Asked to repeat a run in several orders, and it monitors no layer to count spikes of.",
            hint="Deploy the network with monitor=[...] before it runs.",
        )
    given = dict(options or {})
    refuse_orders(selection, given, orders)
    numbers = tuple(range(1, orders + 1))
    runs: list[SpikeRun] = []
    try:
        for number in numbers:
            with open_device(selection, **{**given, **_options_of(selection, number)}) as device:
                leak = None if rate_hz is None else device.leak_config(rate_hz=rate_hz)
                device.deploy(network, input_shape=input_shape, leak=leak, monitor=first.monitored)
                runs.append(run_spikes(device, first.given))
    except BaseException as error:
        if len(runs) >= _FEWEST:
            some = attrs.evolve(_spread(numbers[: len(runs)], first, runs), asked=orders)
            let_carry(error, "spread", some, kind=OrderSpread)
        raise
    return _spread(numbers, first, runs)


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


def _spread(numbers: tuple[int, ...], first: SpikeRun, runs: Sequence[SpikeRun]) -> OrderSpread:
    layers = tuple(first.monitored)
    last = max(layers)
    channels = [_channels(run, last) for run in runs]
    return OrderSpread(
        orders=numbers,
        layers=layers,
        counts=np.array([[run.counts[layer] for layer in layers] for run in runs], np.int64),
        last_layer=last,
        channel_counts=np.array(channels, np.int64),
        shared=np.array(
            [[_shared(first.sent, run.sent, layer) for layer in layers] for run in runs], np.float64
        ),
    )


def _channels(run: SpikeRun, layer: int) -> npt.NDArray[np.int64]:
    if layer in {one.index for one in run.deployment.layers}:
        return run.counts_of_channels(layer)
    return np.bincount(run.sent.of_layer(layer).channel, minlength=2).astype(np.int64)


def _shared(one: Spikes, other: Spikes, layer: int) -> float:
    """Share of the spikes of `one` that `other` has, too, each at most once."""
    parts = [one.of_layer(layer), other.of_layer(layer)]
    sizes = [
        max(int(getattr(part, name).max(initial=0)) for part in parts) + 1
        for name in ("channel", "y", "x")
    ]
    # one number for each: a time of a board has 32 bits, a place of a chip at most 22
    mine, theirs = (
        np.unique(
            part.time_us * math.prod(sizes)
            + np.ravel_multi_index((part.channel, part.y, part.x), sizes),
            return_counts=True,
        )
        for part in parts
    )
    if not len(parts[0]):
        return float("nan")
    _, of_mine, of_theirs = np.intersect1d(
        mine[0], theirs[0], assume_unique=True, return_indices=True
    )
    both = np.minimum(mine[1][of_mine], theirs[1][of_theirs])
    return float(both.sum()) / len(parts[0])
