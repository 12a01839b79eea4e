"""The leak that is wanted of a layer, of a list with one wish for each of its channels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from speckhal.contract.errors import InputError
from speckhal.leak.planning.wanted_leak import WantedLeak

if TYPE_CHECKING:
    from collections.abc import Sequence

    from speckhal.contract.deployment import DeployedLayer


def leak_of_channels(wishes: Sequence[WantedLeak], layer: DeployedLayer) -> WantedLeak:
    """One leak with a value for each channel.

    Args:
        wishes: one for each channel, each of one number.
        layer: that it is for.

    Raises:
        InputError: there are more or fewer of them than the layer has channels, one is for several
            channels itself, or is a step, which is of a whole layer.
    """
    channels, named = layer.shape[0], f"layer {layer.index}"
    if len(wishes) != channels:
        raise InputError(
            f"Asked for a list of {len(wishes)} leaks of {named}, which has {channels} "
            f"channel{'s' * (channels != 1)}.",
            hint='Give one leak for all channels, or one for each; "none" for no leak.',
        )
    for channel, wish in enumerate(wishes):
        what = f"Asked for the leak {wish.text!r} of channel {channel} of {named} alone"
        if wish.per_s.ndim:
            raise InputError(
                f"{what}, and it is for {wish.per_s.size} channels.",
                hint='Give one number for each, such as ["5% per 10 ms", "3% per 10 ms"], or one '
                'text for all: "[5, 3]% per 10 ms".',
            )
        if wish.unit == "own biases":
            raise InputError(
                f"{what}, and a step is that of all biases of a layer.",
                hint=f'Give it for the layer: {{{layer.index}: "{wish.text}"}}.',
            )
    texts, units = [wish.text for wish in wishes], {wish.unit for wish in wishes if wish.per_s}
    text = texts[0] if len(set(texts)) == 1 else f"[{', '.join(texts)}]"
    if len(units) < 2:
        each = np.array([float(wish.per_s) for wish in wishes])
        return WantedLeak(next(iter(units), "thresholds"), each, text)
    lost = [float(wish.chip_units_per_s(layer)[0]) for wish in wishes]
    return WantedLeak("thresholds", np.array(lost) / layer.threshold_high, text)
