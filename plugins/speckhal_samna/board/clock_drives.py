"""What makes the slow clock tick: a class for each drive, which starts and stops it its own way.

Nothing here refers to the device: one in a circle of references would stay open until the garbage
collector finds it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import attrs
import numpy as np

from speckhal.contract.errors import DeviceError
from speckhal_samna.board.request_reply import Exchange

if TYPE_CHECKING:
    import numpy.typing as npt

    from speckhal.contract.deployment import DeployedLayer
    from speckhal_samna.bindings import Configuration
    from speckhal_samna.board.open_board import Board
    from speckhal_samna.network.place import PlacedNetwork


@attrs.frozen(eq=False)
class Drive:
    """One way to make the slow clock of a board tick.

    Attributes:
        board: with the clock.
        runs_by_itself: whether it can be started, and then ticks without being asked.
    """

    board: Board
    runs_by_itself: ClassVar = True

    def prepare(self) -> None:
        """Set what must be set before the network's configuration is written."""

    def start(self) -> None:
        """Let the clock run."""

    def stop(self) -> None:
        """Stop it, whether it runs or not, and keep the neurons' states."""
        self.board.set_slow_clock(running=False)

    def stop_at_any_cost(self) -> bool:
        """Stop it also where that loses the neurons' states; gives whether they were kept."""
        self.stop()
        return True


@attrs.frozen(eq=False)
class SteppedDrive(Drive):
    """Ticks are made one by one, by `SlowClock.tick`; without a leak, too."""

    runs_by_itself: ClassVar = False


@attrs.frozen(eq=False)
class ExternalDrive(Drive):
    """The board's FPGA ticks, at a rate in Hz; None for the one that it has."""

    rate_hz: int | None

    def prepare(self) -> None:
        """Set the rate while the clock is off: the other order ticks at the rate of before."""
        if self.rate_hz is not None:
            self.board.set_slow_clock_rate(self.rate_hz)

    def start(self) -> None:
        """Switch the board's clock on."""
        self.board.set_slow_clock(running=True)


@attrs.frozen(eq=False)
class InternalDrive(Drive):
    """The chip ticks by itself, on events of its vision sensor.

    Starting and stopping it takes a new configuration, which rewrites all states, so that it
    carries the present ones with it. Ticks that fall between reading and rewriting them are lost.

    Attributes:
        placed: the network that is deployed.
        events_per_tick: a power of two; None for what a configuration comes with.
    """

    placed: PlacedNetwork
    events_per_tick: int | None

    def prepare(self) -> None:
        """Set the divider, n for one tick per 2^n events, in the network's configuration."""
        if self.events_per_tick is not None:
            divider = self.events_per_tick.bit_length() - 1
            self.placed.configuration.factory_config.internal_slow_clk_divider = divider

    def start(self) -> None:
        """Let the chip count the events of its sensor."""
        self._carry_states()
        silent = self.board.classes.new_configuration()  # has no core, so that nothing of it ticks
        silent.dvs_layer.pass_sensor_events = False  # which it is not for every chip
        self._route(on=True, undo=silent)

    def stop(self) -> None:
        """Switch the leak back to the board's clock, which is off, if the chip may tick."""
        if self.board.may_tick_by_itself:
            self._carry_states()
            self._route(on=False)
        self.board.set_slow_clock(running=False)

    def stop_at_any_cost(self) -> bool:
        """Stop it with the states of when it was started, where those of now are not read."""
        are_kept = True
        if self.board.may_tick_by_itself:
            try:
                self._carry_states()
            except DeviceError:
                are_kept = False
            self._route(on=False)
        self.board.set_slow_clock(running=False)
        return are_kept

    def _carry_states(self) -> None:
        """Let the configuration have the states and biases that the chip has now, or none."""
        states = [self._states(layer) for layer in self.placed.layers]
        for layer, (v_mem, biases) in zip(self.placed.layers, states, strict=True):
            core = self.placed.configuration.cnn_layers[layer.core]
            core.neurons_initial_value = v_mem.transpose(0, 2, 1)  # samna's are (channel, x, y)
            core.biases = biases

    def _route(self, *, on: bool, undo: Configuration | None = None) -> None:
        for layer in self.placed.layers:
            core = self.placed.configuration.cnn_layers[layer.core]
            core.leak_internal_slow_clk_enable = on and layer.leak_enable
        sensor = self.placed.sensor
        is_live = sensor is not None and sensor.is_live
        self.placed.configuration.dvs_layer.pass_sensor_events = on or is_live
        self.board.apply_and_settle(self.placed.configuration, undo=undo)

    def _states(self, layer: DeployedLayer) -> tuple[npt.NDArray[np.int16], npt.NDArray[np.int16]]:
        """The membrane potentials and the biases that the chip has now."""
        board, channels = self.board, np.arange(layer.shape[0])
        addresses = board.chip.facts.neuron_address.value.addresses(layer.shape).ravel()
        v_mem = Exchange(board, board.classes.neuron_question, layer.core, addresses).ask()
        biases = Exchange(board, board.classes.bias_question, layer.core, channels).ask()
        return v_mem.reshape(layer.shape), biases
