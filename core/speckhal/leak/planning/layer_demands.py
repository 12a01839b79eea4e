"""From the leaks that are wanted to what they demand of each layer, in chip units and bits."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Number
from typing import TYPE_CHECKING, Any, Final

from speckhal.contract.errors import ConfigurationError, InputError, LayerNotFound
from speckhal.contract.facts import Range
from speckhal.leak.planning.asked_numbers import asked_whole
from speckhal.leak.planning.channel_wishes import leak_of_channels
from speckhal.leak.planning.clock_rates import Demand
from speckhal.leak.planning.wanted_leak import WantedLeak

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    from speckhal.contract.chip import ChipFacts
    from speckhal.contract.deployment import DeployedLayer

    Wish: TypeAlias = "str | WantedLeak"
    ChannelWishes: TypeAlias = "Sequence[Wish | None]"
    Wishes: TypeAlias = Mapping[Any, "Wish | ChannelWishes"]
    """By index of the layer, or None, in which a Mapping does not vary."""

WORD_BITS: Final = 16
"""Bits of a bias on the chip, source: `bias_range` of its facts, which limits them further."""


def layer_demands(
    layers: Sequence[DeployedLayer],
    leak: Wish | Wishes,
    *,
    chip: ChipFacts,
    bits: object,
) -> list[Demand]:
    """What the leaks that are wanted demand of each layer.

    Args:
        layers: of the network, as the chip would have them.
        leak: that is wanted of all layers, or by index of the layer: of all its channels, or a
            list with one for each; a layer that is not named gets that of None, or none.
        chip: facts of the chip.
        bits: of a bias, 2 to `WORD_BITS`.

    Raises:
        ConfigurationError: no layer is to leak.
        InputError: a leak or the number of bits cannot be read.
        LayerNotFound: `leak` names a layer that the network does not have.
    """
    checked_bits, wishes = _checked_bits(bits), _wishes(layers, leak)
    demands = [_demand(layer, wishes[layer.index], chip, checked_bits) for layer in layers]
    if not any(demand.leaks for demand in demands):
        own = any(wish.unit == "own biases" for wish in wishes.values())
        why = "the network has no biases of its own" if own else "no layer is to leak"
        raise ConfigurationError(
            f"Asked for a leak plan, and {why}.", hint='Ask for a leak, such as "5% per 10 ms".'
        )
    return demands


def _wishes(layers: Sequence[DeployedLayer], leak: Wish | Wishes) -> dict[int, WantedLeak]:
    """The leak that is wanted of each layer; none of those that are not named."""
    if not isinstance(leak, Mapping):
        if isinstance(leak, list | tuple):
            raise InputError(
                f"Asked for the leaks {leak!r}, and nothing says of which layers they are.",
                hint='Name the layer: {0: ["5% per 10 ms", "none"]} is one for each channel of '
                "layer 0; None stands for all layers that are not named.",
            )
        wanted = _wish(leak)
        return {layer.index: wanted for layer in layers}
    named: dict[object, object] = {layer.index: leak.get(None, "none") for layer in layers}
    name_of: dict[object, object] = {}
    for name, wish in leak.items():
        if name is None:
            continue
        is_text = isinstance(name, str) and name.isdecimal()  # as JSON has the keys of a mapping
        index = int(name) if is_text else name
        if index in name_of:
            raise InputError(
                f"Asked for the leaks of layers {name_of[index]!r} and {name!r}, which are one "
                "layer.",
                hint="Name each layer once.",
            )
        name_of[index] = name
        if asked_whole(index) not in named:  # True is no layer, though it equals 1
            raise LayerNotFound(
                f"Asked for a leak of layer {index!r}, and the network has no such layer.",
                hint=f"Its layers are: {', '.join(map(str, named))}.",
            )
        named[index] = wish
    return {layer.index: _wish_of_layer(named[layer.index], layer) for layer in layers}


def _wish_of_layer(wish: object, layer: DeployedLayer) -> WantedLeak:
    if not isinstance(wish, list | tuple):
        return _wish(wish)
    each = [WantedLeak.none() if one is None else _wish(one) for one in wish]
    return leak_of_channels(each, layer)


def _wish(wish: object) -> WantedLeak:
    if isinstance(wish, WantedLeak):
        return wish
    if isinstance(wish, str):
        return WantedLeak.parse(wish)
    why = "which is no text"
    if isinstance(wish, Number):
        why = "and a number alone does not say of what and in what time"
    raise InputError(
        f"Asked for the leak {wish!r}, {why}.",
        hint='Give a text such as "5% per 10 ms", or a speckhal.WantedLeak.',
    )


def _demand(layer: DeployedLayer, wish: WantedLeak, chip: ChipFacts, bits: int) -> Demand:
    fact = chip.bias_range
    lowest, highest = fact.value.lowest, fact.value.highest
    why = f"bias_range of the {chip.name}, {fact.certainty.value}"
    if bits < WORD_BITS:  # as sinabs rounds: to both sides alike
        most = 2 ** (bits - 1) - 1
        if lowest < -most or highest > most:
            lowest, highest = max(lowest, -most), min(highest, most)
            why = f"{bits} bits"
    way = max(layer.threshold_high - layer.threshold_low, 2)
    return Demand(
        layer=layer,
        text=wish.text,
        per_s=wish.chip_units_per_s(layer),
        bias_range=Range(max(lowest, -way), min(highest, way - 1)),  # it fires at the upper one
        why_bias_range=why,
        dt_rate_hz=float(wish.per_s) if wish.unit == "own biases" else None,
    )


def _checked_bits(asked: object) -> int:
    bits = asked_whole(asked)
    if bits is None or bits not in range(2, WORD_BITS + 1):
        raise InputError(
            f"Asked for biases of bits={asked!r}, and a bias has 2 to {WORD_BITS} of them.",
            hint="Use 16 for all of a chip's word, or 8 for what sinabs rounds to.",
        )
    return bits
