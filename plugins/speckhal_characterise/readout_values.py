"""What the readout makes of spikes. Each period ends with a single tick: timing plays no part.

A core passes spikes on that the host sends to it, channel by channel, so that each has its class.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

import numpy as np

from speckhal_characterise.chip_setup import READOUT, ReadoutSetup
from speckhal_characterise.core_setup import CoreSetup, Route
from speckhal_characterise.results import finding, unsettled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from speckhal.contract.address import Shape
    from speckhal.contract.characterise import Result, Value
    from speckhal_characterise.chip_setup import ReadoutEvents
    from speckhal_characterise.workbench import Workbench

_CORE, _SUMS = 2, 3
_CHANNELS: Final = 16
_KERNEL: Final = 16
_MOST: Final = (1 << 16) - 1
_BEYOND: Final = 1000
"""Spikes of one class in a period beyond those that 16 bits count, at least."""

_SPACING: Final = 4
"""Channels from one class to the next, with the fault of the chips."""


class _Readout:
    """The readout behind a core of 16 channels, and what it sends.

    Args:
        bench: the board.
        setup: what the readout is to do.
        shape: (channels, height, width) of that core, whose input is the same.
    """

    def __init__(
        self, bench: Workbench, setup: ReadoutSetup, shape: Shape = (_CHANNELS, 1, 1)
    ) -> None:
        channels = shape[0]
        core = CoreSetup(
            shape=shape,
            inputs=channels,
            weight=(100 * np.eye(channels, dtype=np.int8))[:, :, np.newaxis, np.newaxis],
            threshold_high=100,
            destinations=(Route(READOUT),),
            leaks=False,
        )
        self._bench = bench
        bench.configure({_CORE: core}, setup)
        self.period()

    def period(self, *channels: int, x: int = 0) -> tuple[list[int], list[int]]:
        """Words and pins that the readout sends at the end of a period with spikes of channels."""
        spike = self._bench.event.Spike
        if channels:
            self._bench.send(*(spike(layer=_CORE, feature=channel, x=x) for channel in channels))
        self._bench.pulse()
        return sent(self._bench)


def sent(bench: Workbench) -> tuple[list[int], list[int]]:
    """Words of the readout, and classes that its pins showed, that have come."""
    kinds, came = cast("ReadoutEvents", bench.event), bench.heard()
    return (
        [one.value for one in came if isinstance(one, kinds.ReadoutValue)],
        [one.index for one in came if isinstance(one, kinds.ReadoutPinValue)],
    )


def measure_readout_classes(bench: Workbench) -> Iterator[Result]:
    """Which class a channel and a place drive."""
    readout = _Readout(bench, ReadoutSetup(mode=1))
    bits = [_low(readout.period(channel)[0]) for channel in range(6)]
    if min(bits) < 0 or not (bits[0] and bits[4]):
        for name in ("readout_erratum", "readout_between", "readout_bits"):
            yield unsettled(name, "Channels 0 and 4 of a core set no bit of the readout's.")
        return
    first, fifth = (bit.bit_length() - 1 for bit in (bits[0], bits[4]))
    how = f"Spikes of channels 0 and 4 set bits {first} and {fifth} in output mode 1"
    distances: dict[int, Value] = {1: True, _SPACING: False}
    erratum = distances.get(fifth - first, f"{fifth - first} classes apart")
    yield finding("readout_erratum", erratum, f"{how}.")
    yield finding(
        "readout_bits",
        {1: "index", 0: "index_minus_1"}.get(first, f"bit {first} for class 1"),
        f"{how}, of which the first is class 1.",
    )
    if erratum is True:
        between = [bits[channel] for channel in (1, 2, 3)]
        known: dict[tuple[int, ...], Value] = {(bits[0],) * 3: "counted", (0,) * 3: "ignored"}
        yield finding(
            "readout_between",
            known.get(tuple(between), f"bits {between}"),
            f"Spikes of channels 1, 2 and 3 set {between} in output mode 1, where that of channel "
            f"0 set {bits[0]}.",
        )
    else:
        yield unsettled("readout_between", "Without the fault no channels are in between.")


def measure_readout_addresses(bench: Workbench) -> Iterator[Result]:
    """Which of two settings counts 4 x 4 pixels, and which 2 x 4 with two features."""
    classes = {}
    for setting in (1, 2):
        readout = _Readout(bench, ReadoutSetup(mode=2, addressing=setting), (1, 4, 4))
        readout.period()
        classes[setting] = _class(readout.period(0, x=1)[0])
    known = {(3, 2): False, (2, 3): True}
    found = known.get((classes[1], classes[2]))
    how = (
        "A spike of column 1 was of class "
        f"{classes[1]} with readout_configuration_sel 1, and {classes[2]} with 2."
    )
    if found is None:
        yield unsettled("readout_manual_addressing", how)
    else:
        yield finding("readout_manual_addressing", found, how)


def measure_readout_averages(bench: Workbench) -> Iterator[Result]:
    """How averages begin and are rounded, and which of two that are the same is the largest."""
    readout = _Readout(bench, ReadoutSetup(window=16))
    start = _low(readout.period(*[0] * 32)[0])
    known: dict[int, Value] = {2: "zeros", 16: "shorter"}
    how = "The second period after a configuration had 32 spikes of one class, with a window of 16"
    began = known.get(start, f"{start} of 32") if start >= 0 else None
    yield _found("readout_start", began, f"{how}: an average of {start}.")
    for _ in range(16):
        readout.period()
    low = [_low(readout.period(*[0] * 7)[0]), _low(readout.period(0)[0])]
    rounded: dict[tuple[int, ...], Value] = {(0, 0): "floor", (0, 1): "nearest"}
    value = rounded.get(tuple(low), f"{low[0]} and {low[1]}") if min(low) >= 0 else None
    how = f"7 and then 8 spikes in 16 periods were averages of {low[0]} and {low[1]}."
    yield _found("readout_average", value, how)
    readout = _Readout(bench, ReadoutSetup())
    classes = [_class(readout.period(channel)[0]) for channel in (0, 4, 8)]
    largest = _class(readout.period(0, 4, 8)[0])
    ties = {classes[0]: "lowest", classes[-1]: "highest", 0: None}
    yield _found(
        "readout_ties",
        ties.get(largest, f"class {largest}"),
        f"Classes {', '.join(map(str, classes))} had a spike each; the largest average was of "
        f"class {largest}.",
    )


def measure_readout_pins(bench: Workbench) -> Iterator[Result]:
    """What the pins follow, and when they raise the interrupt."""
    readout = _Readout(bench, ReadoutSetup(selected=2))
    fault = _class(readout.period(_SPACING)[0]) == 2
    readout.period()
    _, pins = readout.period(0, 0, _SPACING if fault else 1)
    how = "Class 1 had two spikes and class 2, which output mode 2 selects, had one"
    known: dict[tuple[int, ...], Value] = {(1,): "largest", (2,): "by_mode"}
    yield _found("readout_pins", known.get(tuple(pins)), f"{how}: the pins showed {pins}.")
    readout = _Readout(bench, ReadoutSetup(selected=1))
    counts = [len(readout.period(0)[1]) for _ in range(3)]
    times: dict[tuple[int, ...], Value] = {(1, 1, 1): "each_period", (1, 0, 0): "on_change"}
    yield _found(
        "readout_interrupt",
        times.get(tuple(counts)),
        f"In three periods with a spike of the same class, events of the pins came: {counts}.",
    )


def measure_readout_overflow(bench: Workbench) -> Iterator[Result]:
    """What becomes of more spikes in a period than 16 bits count."""
    side = _KERNEL
    fans_out = CoreSetup(
        shape=(1, side, side),
        kernel=side,
        weight=100,
        threshold_high=100,
        destinations=(Route(_SUMS),),
        leaks=False,
    )
    gathers = CoreSetup(
        kernel=side,
        weight=100,
        threshold_high=100,
        destinations=(Route(READOUT),),
        leaks=False,
    )
    bench.configure({_CORE: fans_out, _SUMS: gathers}, ReadoutSetup())
    bench.pulse()
    sent(bench)
    events = -(-(_MOST + 1 + _BEYOND) // side**2)
    spikes = events * side**2
    spike = bench.event.Spike(layer=_CORE, y=side - 1, x=side - 1)
    bench.send(*[spike] * events)
    bench.sleep_s(1.0)
    bench.pulse()
    low = _low(sent(bench)[0])
    known: dict[int, Value] = {_MOST: "saturate", spikes & _MOST: "wrap", 0: None, -1: None}
    how = f"{events} events made {spikes} spikes of one class in one period: a count of {low}."
    yield _found("readout_overflow", known.get(low, f"{low} of {spikes}"), how)


def _low(words: list[int]) -> int:
    """The low 16 bits of the one word that came; -1 if that is not one."""
    return words[0] & _MOST if len(words) == 1 else -1


def _class(words: list[int]) -> int:
    """The class with the largest average, of the one word that came; 0 if that is not one."""
    return words[0] >> 16 & 15 if len(words) == 1 else 0


def _found(name: str, value: Value, how: str) -> Result:
    return unsettled(name, how) if value is None else finding(name, value, how)
