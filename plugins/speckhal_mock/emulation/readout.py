"""The readout block: counts spikes by class, averages over periods, and compares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

import attrs
import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from speckhal_mock.emulation.readout_options import ReadoutOptions

    Column: TypeAlias = npt.NDArray[np.int64]

CLASSES: Final = 16
"""Classes 1 to 15, and 0 for none."""

_MOST: Final = (1 << 16) - 1
_GRIDS: Final = ((2, 2, 4), (2, 4, 2), (4, 4, 1), (1, 1, 16))
"""Pixels x, pixels y and features by `readout_configuration_sel` (samna reference)."""
_MANUAL_GRIDS: Final = (_GRIDS[0], _GRIDS[2], _GRIDS[1], _GRIDS[3])

MODE_OFF: Final = 0
MODE_COMPARED: Final = 1
MODE_SELECTED: Final = 2
MODE_LARGEST: Final = 3


@attrs.frozen
class ReadoutConfig:
    """What the readout does.

    Attributes:
        window: how many periods of the slow clock are averaged: 1, 16 or 32.
        mode: what `ReadoutValue` has in its low bits, 0 to 3.
        selected: the class whose average it has in mode 2.
        threshold: what an average must exceed.
        always_interrupts: whether the interrupt comes in each period, whatever the averages are.
        addressing: how a spike's place and feature make a class, 0 to 3.
        value_monitor: whether values go to the host; then no other events do.
        pin_monitor: whether events of the pins go to the host.
        internal_clock: whether periods are those of the chip's own slow clock.
    """

    window: int = 16
    mode: int = MODE_OFF
    selected: int = 0
    threshold: int = 0
    always_interrupts: bool = False
    addressing: int = 0
    value_monitor: bool = False
    pin_monitor: bool = False
    internal_clock: bool = False

    @property
    def is_observed(self) -> bool:
        """Whether anything of it goes to the host."""
        return self.value_monitor or self.pin_monitor


@attrs.frozen(eq=False)
class ReadoutEvents:
    """What the readout sends, in the order of time.

    Attributes:
        value_moments: when each value came, in nanoseconds, shape (n,).
        values: 21 bits each: validity, the class with the largest average, and what the mode says.
        pin_moments: when the interrupt came, shape (m,).
        pins: the class that the pins showed then.
    """

    value_moments: Column
    values: Column
    pin_moments: Column
    pins: Column


class Readout:
    """Counts spikes by class, and gives at each tick of the slow clock what it sends then.

    A tick ends a period. A spike at the very moment of a tick belongs to the next period. Source:
    dev kit data sheet, 3.2.5, and the samna reference (ReadoutConfig); pins change on the falling
    edge of the slow clock, which is taken to be the moment of the tick.

    Args:
        config: what it does.
        options: what is assumed of it.

    Attributes:
        mode: the output mode, which an event may change.
        selected: the class that mode 2 gives, which another one may.
    """

    def __init__(self, config: ReadoutConfig, options: ReadoutOptions) -> None:
        self.config = config
        self.mode = config.mode
        self.selected = config.selected
        self._options = options
        grids = _MANUAL_GRIDS if options.readout_manual_addressing else _GRIDS
        self._width, self._height, self._features = grids[config.addressing]
        self._waiting: list[tuple[Column, Column]] = []
        self._history = np.zeros((0, CLASSES), dtype=np.int64)
        self._silent_periods = config.window
        self._begun = np.zeros(CLASSES, dtype=np.int64)
        self._shown = 0

    @property
    def is_silent(self) -> bool:
        """Whether no spike waits, or is in the window: the next averages are all zero."""
        return (
            not self._waiting
            and not self._begun.any()
            and self._silent_periods >= self.config.window
        )

    def take(self, moments: Column, c: Column, y: Column, x: Column) -> None:
        """Count spikes, each column of shape (n,), none before the last tick.

        Args:
            moments: when, in nanoseconds, in any order.
            c: feature of each.
            y: row.
            x: column.
        """
        classes = self._classes(c, y, x)
        counted = classes > 0
        if counted.any():
            self._waiting.append((moments[counted], classes[counted]))

    def tick(self, moment: int) -> ReadoutEvents:
        """End one period at that moment (ns)."""
        return self.ticks(np.array([moment], dtype=np.int64))

    def ticks(self, moments: Column) -> ReadoutEvents:
        """End as many periods, at these ascending moments (ns).

        Returns:
            What goes to the host; nothing of a monitor that is off.
        """
        averages = self._averages(self._counts(moments))
        largest = self._largest(averages)
        values = self._values(averages, largest) if self.config.value_monitor else None
        raised, pins = self._interrupts(averages, largest)
        if not self.config.pin_monitor:
            raised = np.zeros_like(raised)
        return ReadoutEvents(
            moments if values is not None else moments[:0],
            values if values is not None else largest[:0],
            moments[raised],
            pins[raised],
        )

    def settle(self, moment: int) -> None:
        """Keep the mere number of spikes before that moment (ns), as no tick before it comes."""
        waiting, self._waiting = self._waiting, []
        for when, classes in waiting:
            past = when < moment
            self._begun += np.bincount(classes[past], minlength=CLASSES)
            if not past.all():
                self._waiting.append((when[~past], classes[~past]))

    def _classes(self, c: Column, y: Column, x: Column) -> Column:
        """The class that each spike counts for, 0 for none."""
        feature = c
        dropped = np.zeros(c.shape, dtype=np.bool_)
        if self._options.readout_erratum:
            feature = c >> 2
            if self._options.readout_between == "ignored":
                dropped = c & 3 != 0
        place = feature + self._features * (x + self._width * y)
        return np.where(dropped | (place >= CLASSES - 1), 0, place + 1)

    def _counts(self, moments: Column) -> Column:
        """Spikes of each period and class, shape (n, 16)."""
        counts = np.zeros((len(moments), CLASSES), dtype=np.int64)
        if len(moments):
            counts[0], self._begun = self._begun, np.zeros_like(self._begun)
        waiting, self._waiting = self._waiting, []
        for when, classes in waiting:
            periods = np.searchsorted(moments, when, side="right")
            ended = periods < len(moments)
            np.add.at(counts, (periods[ended], classes[ended]), 1)
            if not ended.all():
                self._waiting.append((when[~ended], classes[~ended]))
        if self._options.readout_overflow == "wrap":
            return counts & _MOST
        return np.minimum(counts, _MOST)

    def _averages(self, counts: Column) -> Column:
        """Moving averages at the end of each period, shape (n, 16)."""
        window, before = self.config.window, len(self._history)
        known = np.concatenate((self._history, counts))
        sums = np.concatenate((np.zeros((1, CLASSES), dtype=np.int64), np.cumsum(known, axis=0)))
        ends = np.arange(before + 1, len(known) + 1)
        begins = np.maximum(ends - window, 0)
        over = np.full(len(counts), window)
        if self._options.readout_start == "shorter":
            over = ends - begins
        totals = sums[ends] - sums[begins]
        self._history = known[max(0, len(known) - window + 1) :] if window > 1 else known[:0]
        spiking = np.flatnonzero(counts.any(axis=1))
        self._silent_periods = (
            len(counts) - 1 - int(spiking[-1])
            if spiking.size
            else self._silent_periods + len(counts)
        )
        divisor = over[:, np.newaxis]
        averages: Column = totals // divisor
        if self._options.readout_average == "nearest":
            averages = (2 * totals + divisor) // (2 * divisor)
        return averages

    def _largest(self, averages: Column) -> Column:
        """The class with the largest average, shape (n,)."""
        classes = averages[:, 1:]
        largest: Column = 1 + np.argmax(classes, axis=1)
        if self._options.readout_ties == "highest":
            largest = CLASSES - 1 - np.argmax(classes[:, ::-1], axis=1)
        return largest

    def _values(self, averages: Column, largest: Column) -> Column:
        """The words of `ReadoutValue`, shape (n,)."""
        periods = np.arange(len(averages))
        valid = np.ones(len(averages), dtype=np.int64)
        low = np.zeros_like(valid)
        if self.mode == MODE_COMPARED:
            bits = (averages > self.config.threshold).astype(np.int64)
            low = bits @ (1 << np.arange(CLASSES, dtype=np.int64))
            if self._options.readout_bits == "index_minus_1":
                low >>= 1
        elif self.mode == MODE_SELECTED:
            low = averages[:, self.selected]
        elif self.mode == MODE_LARGEST:
            low = averages[periods, largest]
            valid = (low > self.config.threshold).astype(np.int64)
        return valid << 20 | largest << 16 | low

    def _interrupts(
        self, averages: Column, largest: Column
    ) -> tuple[npt.NDArray[np.bool_], Column]:
        """In which periods the interrupt comes, and what the pins show, both of shape (n,)."""
        shown = largest
        by_mode = self._options.readout_pins == "by_mode"
        if by_mode and self.mode == MODE_SELECTED:
            shown = np.full_like(largest, self.selected)
        above = averages[np.arange(len(averages)), shown] > self.config.threshold
        above |= self.config.always_interrupts
        if by_mode and self.mode == MODE_OFF:
            above = np.zeros_like(above)
        pins = np.where(above, shown, 0)
        if self._options.readout_interrupt == "on_change" and pins.size:
            above &= pins != np.concatenate(([self._shown], pins[:-1]))
        if pins.size:
            self._shown = int(pins[-1])
        return above, pins
