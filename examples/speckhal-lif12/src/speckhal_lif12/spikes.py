"""Spikes of the deployed layer: into it at their times, and out of it if it is monitored."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from speckhal import InputKind, Spikes
from speckhal.contract.network_spec import SPIKE_WEIGHT

from speckhal_lif12.board import Memory

if TYPE_CHECKING:
    import numpy.typing as npt
    from speckhal import ChipFacts, Clock, DeployedLayer, LayerSpec

    from speckhal_lif12.board import Board

INPUT_KINDS = frozenset({InputKind.WEIGHTS, InputKind.STRIDE, InputKind.PADDING})


class SpikeTraffic:
    """Plays spikes, and keeps those that came. A spike is answered once the core is done with it.

    So a stimulation is over when its last spike was answered, and its time has come.
    """

    def __init__(self, board: Board, clock: Clock, chip: ChipFacts) -> None:
        self.board, self.clock, self.chip = board, clock, chip
        self.began_s, self.is_monitored = 0.0, False
        self.sent: list[Spikes] = []

    def deployed(self, spec: LayerSpec, layer: DeployedLayer, *, is_monitored: bool) -> None:
        """Let the core know what reaches the neurons of a layer, and begin to count time."""
        inputs, (channels, _, _) = spec.inputs, layer.input_shape or (1, 1, 1)
        shape = (spec.shape[0], channels, 1, 1)
        weights = np.full(shape, SPIKE_WEIGHT) if inputs is None else np.asarray(inputs.weights)
        stride, padding = (1, 0) if inputs is None else (inputs.stride, inputs.padding)
        setup = [*spec.shape, *weights.shape[1:3], stride, padding]
        self.board.write(Memory.SETUP, 3 + np.arange(len(setup)), setup)
        self.board.write(Memory.KERNEL, np.arange(weights.size), weights.ravel())
        self.neurons = self.chip.neuron_address.value.addresses(layer.shape).ravel().tolist()
        self.layer, self.is_monitored = layer, is_monitored
        self.began_s, self.sent = self.clock.now_s(), []

    def note(self, addresses: npt.NDArray[np.int16]) -> None:
        """Keep the spikes of neurons at these addresses, which have fired just now."""
        if self.is_monitored and len(addresses):
            flat = [self.neurons.index(address) for address in addresses.tolist()]
            channel, y, x = np.unravel_index(flat, self.layer.shape)
            now_us = round((self.clock.now_s() - self.began_s) * 1e6)
            self.sent.append(Spikes(time_us=now_us, layer=0, channel=channel, y=y, x=x))

    def stimulate(self, spikes: Spikes) -> Spikes:
        """What the layer sends while these are played; what came before stays."""
        before, self.sent = self.sent, []
        self.began_s = self.clock.now_s()
        try:
            columns = spikes.time_us, spikes.channel, spikes.y, spikes.x
            for time_us, *place in zip(*columns, strict=True):
                due_s = self.began_s + int(time_us) / 1e6
                self.clock.sleep_s(max(0.0, due_s - self.clock.now_s()))
                self.note(self.board.spike(*map(int, place)))
            sent, self.sent = self.sent, []
        finally:  # what an interrupt leaves is recorded
            self.sent = before + self.sent
        return Spikes.concatenate(sent)

    def recorded(self) -> Spikes:
        """What came since it was last asked for, outside of stimulations."""
        sent, self.sent = self.sent, []
        return Spikes.concatenate(sent)
