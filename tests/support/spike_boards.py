"""Emulated boards that spikes are played to, and what they sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import numpy.typing as npt

from speckhal.contract.clock import VirtualClock
from speckhal_mock.emulation.board import EmulatedBoard
from speckhal_mock.emulation.core import CoreConfig
from speckhal_mock.emulation.kits import KITS
from speckhal_mock.emulation.options import EmulationOptions
from speckhal_samna.speck_facts import CORE_MEMORIES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from speckhal.contract.chip import CoreMemory
    from speckhal_mock.emulation.memory import MemoryKind

Columns = tuple[npt.NDArray[np.int64], ...]


class Listener:
    """Keeps what a board sends: rows of spikes (stamp, core, channel, y, x), and memory values."""

    def __init__(self) -> None:
        self.spikes_sent: list[tuple[int, ...]] = []
        self.values: list[list[int]] = []

    def spikes(self, *columns: npt.NDArray[np.int64]) -> None:
        layers, c, y, x, stamps = (column.tolist() for column in columns)
        self.spikes_sent += zip(stamps, layers, c, y, x, strict=True)

    def memory_values(
        self,
        kind: MemoryKind,
        core: int,
        addresses: npt.NDArray[np.int64],
        values: npt.NDArray[np.int8] | npt.NDArray[np.int16],
    ) -> None:
        self.values.append(values.tolist())

    def dvs_events(self, *_columns: object) -> None:
        raise AssertionError("nothing here has a sensor")


def board_of(
    configs: Mapping[int, CoreConfig], **options: object
) -> tuple[EmulatedBoard, VirtualClock]:
    """A board in virtual time whose cores are configured, with its stop watch started."""
    return board_with(CORE_MEMORIES.value, configs, **options)


def board_with(
    memories: Sequence[CoreMemory], configs: Mapping[int, CoreConfig], **options: object
) -> tuple[EmulatedBoard, VirtualClock]:
    """The same with cores of such memories."""
    clock = VirtualClock()
    any_options: Any = EmulationOptions
    board = EmulatedBoard(
        KITS["Speck2fModuleDevKit"],
        memories,
        clock=clock,
        options=any_options(**{"dvs_event_rate_hz": 0, **options}),
    )
    listener: Any = Listener()
    board.outputs = listener
    board.apply_configuration([configs.get(core) for core in range(len(memories))])
    board.stop_watch.start()
    return board, clock


def config_of(weights: npt.ArrayLike, size: tuple[int, int], **changes: Any) -> CoreConfig:
    """A core with weights (out, in, height, width) and maps of that size; it fires at 127."""
    kernels = np.asarray(weights, dtype=np.int8)
    shape = (kernels.shape[0], *size)
    settings: dict[str, Any] = {
        "shape": shape,
        "biases": np.zeros(shape[0], np.int16),
        "threshold_high": 127,
        "threshold_low": -127,
        "return_to_zero": False,
        "leak_enable": False,
        "leak_internal": False,
        "monitor_enable": True,
        "initial_v_mem": np.zeros(shape, np.int16),
        "weights": kernels,
    }
    return CoreConfig(**(settings | changes))


def fed(board: EmulatedBoard, clock: VirtualClock, spikes: Sequence[tuple[int, ...]]) -> None:
    """Play spikes (stamp, core, channel, y, x), and wait until nothing more comes of them."""
    rows = np.array(spikes, dtype=np.int64).reshape(-1, 5).T
    board.play_spikes(rows[1], rows[0], *rows[2:])
    settled(board, clock)


def settled(board: EmulatedBoard, clock: VirtualClock) -> None:
    """Wait until nothing more comes of what was played."""
    for _ in range(1000):
        if board.is_quiet:
            return
        clock.sleep_s(0.01)
    raise AssertionError("it never ends")


def seen_on(board: EmulatedBoard) -> list[tuple[int, ...]]:
    """What monitored cores sent: stamp, core, channel, y and x, in the order of arrival."""
    listener: Any = board.outputs
    sent: list[tuple[int, ...]] = listener.spikes_sent
    return sent


def states(board: EmulatedBoard, core: int) -> npt.NDArray[np.int16]:
    """Membrane potentials of a core, (channels, height, width), as a read of the host has them."""
    config = board._chip.cores[core].config
    assert config is not None
    addresses = board.options.neuron_address.addresses(config.shape)
    listener: Any = board.outputs
    board.read_neurons(core, addresses.ravel())
    board.clock.advance_ns(1_000_000)
    board.catch_up()
    return np.array(listener.values[-1], dtype=np.int16).reshape(config.shape)


def changed(config: CoreConfig, **changes: Any) -> CoreConfig:
    """The same configuration, but for that."""
    return attrs.evolve(config, **changes)
