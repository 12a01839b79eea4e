"""An emulated board in virtual time, and everything that it sent, as plain lists."""

from __future__ import annotations

import itertools
import operator
from typing import TYPE_CHECKING, Any, TypeAlias

import attrs
import numpy as np
import numpy.typing as npt
import pytest

from speckhal.contract.chip import CoreMemory
from speckhal.contract.clock import VirtualClock
from speckhal_mock.emulation.board import EmulatedBoard
from speckhal_mock.emulation.core import CoreConfig
from speckhal_mock.emulation.kits import KITS
from speckhal_mock.emulation.options import EmulationOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from speckhal_mock.emulation.memory import MemoryKind

KIBI = 1024
NEURON_WORDS = (64, 64, 64, 32, 32, 16, 16, 16, 16)
KERNEL_WORDS = (16, 16, 16, 32, 32, 64, 64, 16, 16)

Sent: TypeAlias = tuple[str, int, list[object], list[int]]


@attrs.frozen
class Recorder:
    """Writes down what the board sends: (kind, core, addresses or (c, y, x), values or stamps)."""

    sent: list[Sent]

    def memory_values(
        self,
        kind: MemoryKind,
        core: int,
        addresses: npt.NDArray[np.int64],
        values: npt.NDArray[np.int8] | npt.NDArray[np.int16],
    ) -> None:
        plural = "biases" if kind == "bias" else f"{kind}s"
        self.sent.append((plural, core, addresses.tolist(), values.tolist()))

    def spikes(
        self,
        layers: npt.NDArray[np.int64],
        c: npt.NDArray[np.int64],
        y: npt.NDArray[np.int64],
        x: npt.NDArray[np.int64],
        timestamps_us: npt.NDArray[np.int64],
    ) -> None:
        columns = (layers, c, y, x, timestamps_us)
        rows = zip(*(column.tolist() for column in columns), strict=True)
        for core, run in itertools.groupby(rows, key=operator.itemgetter(0)):
            spikes = list(run)
            places: list[object] = [tuple(spike[1:4]) for spike in spikes]
            self.sent.append(("spikes", core, places, [spike[4] for spike in spikes]))

    def dvs_events(
        self,
        p: npt.NDArray[np.int64],
        y: npt.NDArray[np.int64],
        x: npt.NDArray[np.int64],
        timestamps_us: npt.NDArray[np.int64],
    ) -> None:
        places: list[object] = [*zip(p.tolist(), y.tolist(), x.tolist(), strict=True)]
        self.sent.append(("dvs", 13, places, timestamps_us.tolist()))

    def readout_values(self, values: npt.NDArray[np.int64]) -> None:
        self.sent.append(("values", 12, values.tolist(), []))

    def readout_pins(
        self, indices: npt.NDArray[np.int64], timestamps_us: npt.NDArray[np.int64]
    ) -> None:
        self.sent.append(("pins", 12, indices.tolist(), timestamps_us.tolist()))

    def filter_values(
        self,
        y: npt.NDArray[np.int64],
        x: npt.NDArray[np.int64],
        counters: npt.NDArray[np.int64],
    ) -> None:
        places: list[object] = [*zip(y.tolist(), x.tolist(), strict=True)]
        self.sent.append(("counters", 13, places, counters.tolist()))

    def register_values(
        self, addresses: npt.NDArray[np.int64], values: npt.NDArray[np.int64]
    ) -> None:
        self.sent.append(("registers", -1, addresses.tolist(), values.tolist()))

    def mixed(
        self,
        tables: Sequence[tuple[str, Sequence[npt.NDArray[np.int64]]]],
        order: npt.NDArray[np.int64],
    ) -> None:
        rows = [
            (kind, [column[row : row + 1] for column in columns])
            for kind, columns in tables
            for row in range(len(columns[0]))
        ]
        for number in order.tolist():
            kind, columns = rows[number]
            getattr(self, kind)(*columns)


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def received() -> list[Sent]:
    return []


@pytest.fixture
def build(clock: VirtualClock, received: list[Sent]) -> Callable[..., EmulatedBoard]:
    """Builds a board from options; as it comes, its sensor sees a scene that stands still."""

    def build_board(**options: object) -> EmulatedBoard:
        memories = [
            CoreMemory(kernel_words=kernels * KIBI, neuron_words=neurons * KIBI, bias_words=KIBI)
            for kernels, neurons in zip(KERNEL_WORDS, NEURON_WORDS, strict=True)
        ]
        any_options: Callable[..., EmulationOptions] = EmulationOptions
        board = EmulatedBoard(
            KITS["Speck2fModuleDevKit"],
            memories,
            clock=clock,
            options=any_options(**{"dvs_event_rate_hz": 0, **options}),
        )
        board.outputs = Recorder(received)
        return board

    return build_board


@pytest.fixture
def core_config() -> Callable[..., CoreConfig]:
    """Builds the seed's configuration: 1x2x2 neurons at 127 that lose 13 at each tick."""

    def build_config(**changes: object) -> CoreConfig:
        shape = changes.pop("shape", (1, 2, 2))
        assert isinstance(shape, tuple)
        bias, v_mem = changes.pop("bias", -13), changes.pop("v_mem", 127)
        fields: dict[str, object] = {
            "shape": shape,
            "biases": np.full(shape[0], bias, dtype=np.int16),
            "threshold_high": 127,
            "threshold_low": -127,
            "return_to_zero": False,
            "leak_enable": True,
            "leak_internal": False,
            "monitor_enable": False,
            "initial_v_mem": np.full(shape, v_mem, dtype=np.int16),
            "weights": np.full((shape[0], 1, 1, 1), 127, dtype=np.int8),
            "destinations": (),
        }
        any_config: Callable[..., CoreConfig] = CoreConfig
        return any_config(**(fields | changes))

    return build_config


@pytest.fixture
def apply() -> Callable[..., None]:
    """Applies a configuration in which the cores given by index are in use, and no other."""

    def apply_cores(board: EmulatedBoard, cores: dict[int, CoreConfig], **more: Any) -> None:
        board.apply_configuration([cores.get(index) for index in range(9)], **more)

    return apply_cores


@pytest.fixture
def read(clock: VirtualClock, received: list[Sent]) -> Callable[..., list[int]]:
    """Reads membrane potentials, by default those of the seed; takes one read latency."""

    def read_now(
        board: EmulatedBoard, core: int = 0, addresses: Iterable[int] = range(4)
    ) -> list[int]:
        board.read_neurons(core, list(addresses))
        clock.sleep_s(board.options.read_latency_s)
        board.catch_up()
        kind, _, _, values = received[-1]
        assert kind == "neurons"
        return values

    return read_now
