"""The configured neurons of one core, brought up to date when somebody looks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import attrs
import numpy as np
import numpy.typing as npt

from speckhal_mock.emulation.leak import advance, quiet_ticks
from speckhal_mock.emulation.leak_rule import LeakRule, tick

if TYPE_CHECKING:
    from speckhal.contract.address import Addresses, NeuronAddresses, Shape
    from speckhal_mock.emulation.memory import Memory


@attrs.frozen(eq=False)
class Spikes:
    """Neurons of one core that fired at one tick, in the order of their addresses."""

    c: Addresses
    y: Addresses
    x: Addresses


class TicksInPlace(Protocol):
    """Another way to do ticks on neurons where they are; it does what `leak` does."""

    @property
    def MOST_AT_ONCE(self) -> int:  # noqa: N802 - a constant
        """Up to how many ticks `advance` is worth it."""

    def advance(self, biases: npt.NDArray[np.int16], ticks: int) -> None:
        """Do ticks; the biases are those of each neuron, in the order of their addresses."""

    def quiet_ticks(self, biases: npt.NDArray[np.int16]) -> int | None:
        """How many ticks surely pass before one makes a neuron fire; None: none ever does."""

    def tick(self, biases: npt.NDArray[np.int16]) -> npt.NDArray[np.intp]:
        """Do one tick; gives which of the neurons fired, in the order of their addresses."""


class Population:
    """Neurons that leak by one rule. Ticks are owed to them, and done when somebody looks.

    Args:
        neurons: where their states are.
        biases: where the bias of each channel is.
        shape: (channels, height, width) of the neurons.
        layout: how their addresses are made.
        rule: what a tick does.

    Attributes:
        addresses: where its neurons are in their memory, rising.
        rule: what a tick does.
        in_place: how it does a few ticks, where there is something faster than NumPy.
    """

    def __init__(
        self,
        neurons: Memory[np.int16],
        biases: Memory[np.int16],
        *,
        shape: Shape,
        layout: NeuronAddresses,
        rule: LeakRule,
    ) -> None:
        self._neurons = neurons
        self._biases = biases
        self.rule = rule
        self.addresses = np.sort(layout.addresses(shape), axis=None)
        self.in_place: TicksInPlace | None = None
        self._c, self._y, self._x = layout.decode(self.addresses, shape)
        self._bias_of_each: npt.NDArray[np.int16] | None = None
        self._owed = 0
        self._horizon: int | None = None
        self._horizon_known = False

    @property
    def size(self) -> int:
        """How many neurons it has, each with its address."""
        return self.addresses.size

    @property
    def owes_ticks(self) -> bool:
        """Whether ticks have come that are not done yet."""
        return self._owed > 0

    def owe(self, ticks: int) -> None:
        """Note that this many more ticks have come."""
        self._owed += ticks

    def settle(self) -> None:
        """Do the ticks that are owed."""
        if not self._owed:
            return
        if self.in_place is not None and self._owed <= self.in_place.MOST_AT_ONCE:
            self.in_place.advance(self._bias, self._owed)
        else:
            self._states, _ = advance(self._states, self._bias, self._owed, self.rule)
        if self._horizon is not None:
            self._horizon -= self._owed
        self._owed = 0

    def written(self) -> None:
        """Note that states or biases were written. Settle before writing."""
        self._horizon_known = False
        self._bias_of_each = None

    def spikes_came(self) -> None:
        """Note that events have changed states. Settle before they do."""
        self._horizon_known = False

    def quiet_ticks(self) -> int | None:
        """How many more ticks surely pass before one makes a neuron fire; None: none ever does."""
        if not self._horizon_known:
            self.settle()
            if self.in_place is not None:
                self._horizon = self.in_place.quiet_ticks(self._bias)
            else:
                self._horizon = quiet_ticks(self._states, self._bias, self.rule)
            self._horizon_known = True
        return None if self._horizon is None else self._horizon - self._owed

    def tick(self) -> Spikes:
        """Do the next tick now, and give what fires."""
        self.settle()
        if self.in_place is not None:
            fired = self.in_place.tick(self._bias)
        else:
            v_mem, fires = tick(self._states, self._bias, self.rule)
            self._states, fired = v_mem.astype(np.int16), np.flatnonzero(fires)
        self._horizon_known = False
        return Spikes(self._c[fired], self._y[fired], self._x[fired])

    def next_firing(self, first: int, last: int) -> int | None:
        """Which neuron fires first at the next tick, of those numbered from `first` up to `last`.

        They are numbered from 0, in the order of their addresses, and no tick is owed to them.
        """
        _, fires = tick(
            self._neurons.words[self.addresses[first:last]], self._bias[first:last], self.rule
        )
        return first + int(fires.argmax()) if fires.any() else None

    def tick_part(self, first: int, last: int) -> Spikes:
        """Do the next tick on these neurons alone, and give which of them fire."""
        where = self.addresses[first:last]
        v_mem, fires = tick(self._neurons.words[where], self._bias[first:last], self.rule)
        self._neurons.words[where] = v_mem
        self._horizon_known = False
        fired = first + np.flatnonzero(fires)
        return Spikes(self._c[fired], self._y[fired], self._x[fired])

    @property
    def _states(self) -> npt.NDArray[np.int16]:
        return self._neurons.words[self.addresses]

    @_states.setter
    def _states(self, v_mem: npt.NDArray[np.int16]) -> None:
        self._neurons.words[self.addresses] = v_mem

    @property
    def _bias(self) -> npt.NDArray[np.int16]:
        if self._bias_of_each is None:
            self._bias_of_each = self._biases.words[self._c]
        return self._bias_of_each
