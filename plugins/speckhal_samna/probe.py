"""Reads every membrane potential of one layer, and counts the answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from speckhal.errors import ProbeIncomplete
from speckhal.reading import Reading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import numpy.typing as npt

    from speckhal.address import Shape
    from speckhal.clock import Clock
    from speckhal.deployment import DeployedLayer
    from speckhal.reading import VMem
    from speckhal_samna.bindings import NeuronAnswer
    from speckhal_samna.board import Board
    from speckhal_samna.chip import ChipClasses, SamnaChip

PATIENCE_S = 2.0
"""Longest wait for the next answer of a read; a kit answers within milliseconds."""


class SamnaProbe:
    """Membrane potentials of one layer.

    The requests are built once and written again for every read; answers are put in place with
    a table from address to neuron. Answers may come in any order, since the vendor promises
    none, but each must come exactly once.

    Args:
        board: where the layer is deployed.
        chip: the chip on it.
        classes: its event classes.
        layer: the layer as deployed.
        clock: dates the readings and the wait for answers.
        ticks: ticks made so far, or None where they are not known.
    """

    def __init__(
        self,
        board: Board,
        chip: SamnaChip,
        classes: ChipClasses,
        layer: DeployedLayer,
        *,
        clock: Clock,
        ticks: Callable[[], int | None],
    ) -> None:
        self._board = board
        self._layer = layer
        self._clock = clock
        self._ticks = ticks
        self._answer_class = classes.neuron_answer
        addresses = chip.facts.neuron_address.value.addresses(layer.shape).ravel()
        self._requests: list[object] = []
        for address in addresses.tolist():
            request = classes.neuron_request()
            # the vendor's field is called layer and means the core
            request.layer = layer.core
            request.address = address
            self._requests.append(request)
        self._neuron_at = np.full(int(addresses.max()) + 1, -1, dtype=np.int64)
        self._neuron_at[addresses] = np.arange(addresses.size)

    @property
    def layer(self) -> int:
        """Index of the network layer."""
        return self._layer.index

    @property
    def shape(self) -> Shape:
        """(channels, height, width) of the layer's neurons."""
        return self._layer.shape

    def read(self) -> Reading:
        """Membrane potentials now; every neuron answered exactly once."""
        with self._board.asked_to("read membrane potentials"):
            # what is left from an earlier, failed read must not be taken for an answer
            self._board.sink.clear_events()
            time_s = self._clock.now_s()
            self._board.source.write(self._requests)
            v_mem = self._collect()
            return Reading(layer=self.layer, time_s=time_s, v_mem=v_mem, ticks=self._ticks())

    def _collect(self) -> VMem:
        wanted = len(self._requests)
        values = np.zeros(wanted, dtype=np.int16)
        times_answered = np.zeros(wanted, dtype=np.int64)
        foreign = 0
        deadline_s = self._clock.now_s() + PATIENCE_S
        while True:
            missing = int((times_answered == 0).sum())
            remaining_s = deadline_s - self._clock.now_s()
            if missing and remaining_s > 0:
                events = self._board.sink.get_n_events(missing, timeout=_milliseconds(remaining_s))
            else:
                events = self._board.sink.get_events()
            answers = [event for event in events if isinstance(event, self._answer_class)]
            if answers:
                neurons, states = self._locate(answers)
                known = neurons >= 0
                foreign += int((~known).sum())
                values[neurons[known]] = states[known]
                np.add.at(times_answered, neurons[known], 1)
                deadline_s = self._clock.now_s() + PATIENCE_S
            if not missing or remaining_s <= 0:
                break
        self._check(times_answered, foreign)
        v_mem: VMem = values.reshape(self.shape)
        v_mem.flags.writeable = False
        return v_mem

    def _locate(
        self, answers: list[NeuronAnswer]
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int16]]:
        """Which neuron each answer is of (-1: none that was asked for), and its value."""
        addresses = _column((answer.address for answer in answers), len(answers))
        cores = _column((answer.layer for answer in answers), len(answers))
        states = _column((answer.neuron_state for answer in answers), len(answers))
        inside = (cores == self._layer.core) & (addresses < self._neuron_at.size)
        neurons = np.where(inside, self._neuron_at[np.where(inside, addresses, 0)], -1)
        return neurons, states.astype(np.int16)

    def _check(self, times_answered: npt.NDArray[np.int64], foreign: int) -> None:
        requested = times_answered.size
        once = int((times_answered == 1).sum())
        faults = {
            "never answered": int((times_answered == 0).sum()),
            "answered more than once": int((times_answered > 1).sum()),
        }
        told = [f"{count} {what}" for what, count in faults.items() if count]
        if foreign:
            told.append(f"{foreign} answers came from neurons that were not asked")
        if told:
            raise ProbeIncomplete(
                f"Read {requested} neurons of layer {self.layer} on core {self._layer.core}: "
                f"{once} of {requested} answered exactly once, {', '.join(told)}.",
                requested=requested,
                answered=once,
                hint="Read again; if it stays, lower the slow clock's rate or reset the board.",
            )


def _milliseconds(duration_s: float) -> int:
    return max(1, round(duration_s * 1e3))


def _column(values: Iterable[int], count: int) -> npt.NDArray[np.int64]:
    return np.fromiter(values, dtype=np.int64, count=count)
