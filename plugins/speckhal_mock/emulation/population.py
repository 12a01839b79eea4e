"""The configured neurons of one core, brought up to date when somebody looks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np
import numpy.typing as npt

from speckhal_mock.emulation.leak import advance, quiet_ticks
from speckhal_mock.emulation.leak_rule import Integers, LeakRule, tick

if TYPE_CHECKING:
    from speckhal.contract.address import Addresses, NeuronAddresses, Shape
    from speckhal_mock.emulation.memory import Memory


@attrs.frozen(eq=False)
class Spikes:
    """Neurons of one core that fired at one tick, in the order of their addresses."""

    c: Addresses
    y: Addresses
    x: Addresses


@attrs.frozen(eq=False)
class TickOutcome:
    """What the next tick would make of the neurons; `fired` are places in address order."""

    v_mem: Integers
    fired: npt.NDArray[np.intp]


class Population:
    """Neurons that leak by one rule. Ticks are owed to them, and done when somebody looks.

    Args:
        neurons: where their states are.
        biases: where the bias of each channel is.
        shape: (channels, height, width) of the neurons.
        layout: how their addresses are made.
        rule: what a tick does.
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
        self._rule = rule
        self._addresses = np.sort(layout.addresses(shape), axis=None)
        self._c, self._y, self._x = layout.decode(self._addresses, shape)
        self._owed = 0
        self._horizon: int | None = None
        self._horizon_known = False

    @property
    def size(self) -> int:
        """How many neurons it has, each with its address."""
        return self._addresses.size

    @property
    def owes_ticks(self) -> bool:
        """Whether ticks have come that are not done yet."""
        return self._owed > 0

    def owe(self, ticks: int) -> None:
        """Note that this many more ticks have come."""
        self._owed += ticks

    def settle(self) -> None:
        """Do the ticks that are owed."""
        if self._owed:
            self._states, _ = advance(self._states, self._bias, self._owed, self._rule)
            if self._horizon is not None:
                self._horizon -= self._owed
            self._owed = 0

    def written(self) -> None:
        """Note that states or biases were written. Settle before writing."""
        self._horizon_known = False

    def quiet_ticks(self) -> int | None:
        """How many more ticks surely pass before one makes a neuron fire; None: none ever does."""
        if not self._horizon_known:
            self.settle()
            self._horizon = quiet_ticks(self._states, self._bias, self._rule)
            self._horizon_known = True
        return None if self._horizon is None else self._horizon - self._owed

    def next_tick(self) -> TickOutcome:
        """What the next tick makes of the neurons. It is not done yet."""
        self.settle()
        v_mem, fired = tick(self._states, self._bias, self._rule)
        return TickOutcome(v_mem, np.flatnonzero(fired))

    def accept(self, outcome: TickOutcome) -> Spikes:
        """Do the tick that `next_tick` foretold."""
        self._states = outcome.v_mem.astype(np.int16)
        self._horizon_known = False
        fired = outcome.fired
        return Spikes(self._c[fired], self._y[fired], self._x[fired])

    @property
    def _states(self) -> npt.NDArray[np.int16]:
        return self._neurons.words[self._addresses]

    @_states.setter
    def _states(self, v_mem: npt.NDArray[np.int16]) -> None:
        self._neurons.words[self._addresses] = v_mem

    @property
    def _bias(self) -> npt.NDArray[np.int16]:
        return self._biases.words[self._c]
