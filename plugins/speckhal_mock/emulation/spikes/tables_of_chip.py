"""The tables that compiled code works on, made of a chip's configured cores and of the options."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from speckhal.contract.clock import duration_ns
from speckhal_mock.emulation.core import READOUT, weight_addresses
from speckhal_mock.emulation.spikes import bus_tables as bus_at
from speckhal_mock.emulation.spikes import core_tables as core_at
from speckhal_mock.emulation.spikes.bus_tables import Bus
from speckhal_mock.emulation.spikes.core_tables import CoreTables
from speckhal_mock.emulation.spikes.sweep_order import SWEEP_CODES

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from speckhal_mock.emulation.chip import EmulatedChip
    from speckhal_mock.emulation.core import CoreConfig
    from speckhal_mock.emulation.options import EmulationOptions

_ROOM: Final = 1 << 10
_LOG_ROOM: Final = 1 << 16
_ARBITRATION: Final = {
    "fifo": bus_at.FIFO,
    "by_core": bus_at.BY_CORE,
    "shuffled": bus_at.SHUFFLED,
}
_OUT_OF_RANGE: Final = {"error": bus_at.REFUSE, "drop": bus_at.DROP, "wrap": bus_at.WRAP}


def tables_of(chip: EmulatedChip, options: EmulationOptions) -> CoreTables:
    """What a kernel sees of the chip's cores; those out of use take no event."""
    cores = len(chip.cores)
    facts = np.zeros((cores, core_at.FACTS), dtype=np.int64)
    places: list[npt.NDArray[np.int64]] = []
    features: list[npt.NDArray[np.int64]] = []
    ends = np.zeros(3, dtype=np.int64)
    neurons = 0
    for core in chip.cores:
        config, row = core.config, facts[core.index]
        row[core_at.FIRST_NEURON] = neurons
        neurons += core.neurons.words.size
        if config is None:
            continue
        addresses = options.neuron_address.addresses(config.shape)
        places.append((addresses[0] - addresses[0, 0, 0]).ravel())
        features.append(addresses[:, 0, 0].copy())
        _describe(row, config, options)
        row[core_at.NEIGHBOURS] = np.array_equal(features[-1], np.arange(config.shape[0]))
        row[[core_at.FIRST_WEIGHT, core_at.FIRST_PLACE, core_at.FIRST_FEATURE]] = ends
        ends += (config.weights.size, places[-1].size, features[-1].size)
    none = np.zeros(0, dtype=np.int64)
    tables = CoreTables(
        facts=facts,
        neurons=chip.neuron_words,
        weights=np.zeros(ends[0], dtype=np.int8),
        places=np.concatenate([none, *places]),
        features=np.concatenate([none, *features]),
        counts=np.zeros((cores, bus_at.COUNTS), dtype=np.int64),
    )
    fill_weights(tables, chip)
    return tables


def fill_weights(tables: CoreTables, chip: EmulatedChip) -> None:
    """Take the weights of all cores from their memories."""
    for core in chip.cores:
        if core.config is not None:
            words = core.weights.words[weight_addresses(core.config.weights.shape)]
            first = tables.facts[core.index, core_at.FIRST_WEIGHT]
            tables.weights[first : first + words.size] = words.transpose(1, 2, 3, 0).ravel()


def bus_of(chip: EmulatedChip, options: EmulationOptions) -> Bus:
    """The empty bus between the chip's cores."""
    configs = [core.config for core in chip.cores]
    count = len(configs)
    lines = bus_at.LINES_PER_CORE * count
    cores = np.zeros((count, bus_at.FIRST_LINE + lines), dtype=np.int64)
    _set(cores, configs, options)
    _connect(cores, configs)
    cores[:, [bus_at.NEXT, bus_at.HEAD_TIME]] = bus_at.NEVER
    cores[:, bus_at.RETAINED] = -1
    run = np.zeros(bus_at.RUN_COLUMNS, dtype=np.int64)
    run[bus_at.ARBITRATION] = _ARBITRATION[options.arbitration]
    run[bus_at.SWEEP] = SWEEP_CODES[options.sweep]
    run[bus_at.SEED] = options.order_seed
    run[bus_at.OUT_OF_RANGE_RULE] = _OUT_OF_RANGE[options.out_of_range_event]
    run[bus_at.DECIMATES_BY_CHANNEL] = options.decimator_scope == "channel"
    run[bus_at.DECIMATOR_PASSES_FIRST] = options.decimator_phase == "first"
    run[bus_at.MONITOR_BEFORE_DECIMATOR] = not options.decimator_before_monitor
    most = int(cores[:, bus_at.MOST_FIRED].max())
    room = _ROOM
    while room < 2 * most:
        room *= 2
    channels = max(1 if config is None else config.shape[0] for config in configs)
    held = most if cores[:, bus_at.HOLDS].any() else 1
    return Bus(
        cores=cores,
        run=run,
        lines=np.zeros((lines * room, 3), dtype=np.int64),
        line_ends=_empty_rings(lines, room),
        starts=np.zeros((count * _ROOM, 1), dtype=np.int64),
        start_ends=_empty_rings(count, _ROOM),
        held=np.zeros((bus_at.HELD_LEVELS, count, held), dtype=np.int64),
        decimators=np.zeros((count, channels), dtype=np.int64),
        log=np.zeros((bus_at.LOG_ROWS, max(_LOG_ROOM, 4 * room)), dtype=np.int64),
    )


def with_wider_line(bus: Bus, line: int) -> Bus:
    """The bus with twice the room on a line, with all that is on the lines."""
    return bus._replace(lines=_widened(bus.lines, bus.line_ends, line))


def with_wider_starts(bus: Bus, core: int) -> Bus:
    """The bus with twice the room for events of a core that were waiting."""
    return bus._replace(starts=_widened(bus.starts, bus.start_ends, core))


def with_wider_log(bus: Bus, spikes: int) -> Bus:
    """The bus with room for that many more spikes in its log."""
    room = bus.log.shape[1]
    while room < int(bus.run[bus_at.LOGGED]) + spikes:
        room *= 2
    wider = np.zeros((bus_at.LOG_ROWS, room), dtype=np.int64)
    wider[:, : bus.log.shape[1]] = bus.log
    return bus._replace(log=wider)


def _empty_rings(count: int, room: int) -> npt.NDArray[np.int64]:
    ends = np.zeros((count, bus_at.RING_COLUMNS), dtype=np.int64)
    ends[:, bus_at.OFFSET] = np.arange(count) * room
    ends[:, bus_at.ROOM] = room
    return ends


def _widened(
    rings: npt.NDArray[np.int64], ends: npt.NDArray[np.int64], ring: int
) -> npt.NDArray[np.int64]:
    """Rings of which one has twice the room; what it holds begins at its beginning then."""
    first, count, offset, room = ends[ring].tolist()
    places = offset + np.arange(first, first + count) % room
    held = np.zeros((2 * room, rings.shape[1]), dtype=np.int64)
    held[:count] = rings[places]
    ends[ring] = 0, count, offset, 2 * room
    ends[ends[:, bus_at.OFFSET] > offset, bus_at.OFFSET] += room
    return np.concatenate([rings[:offset], held, rings[offset + room :]])


def _describe(row: npt.NDArray[np.int64], config: CoreConfig, options: EmulationOptions) -> None:
    channels, height, width = config.input_shape
    row[[core_at.IN_CHANNELS, core_at.IN_HEIGHT, core_at.IN_WIDTH]] = channels, height, width
    row[[core_at.OUT_CHANNELS, core_at.OUT_HEIGHT, core_at.OUT_WIDTH]] = config.shape
    row[core_at.KERNEL] = config.weights.shape[2]
    shifts = [stride.bit_length() - 1 for stride in config.stride]
    row[[core_at.STRIDE_SHIFT_Y, core_at.STRIDE_SHIFT_X]] = shifts
    row[[core_at.PADDING_Y, core_at.PADDING_X]] = config.padding
    row[core_at.THRESHOLD_HIGH] = config.threshold_high
    row[core_at.THRESHOLD_LOW] = config.threshold_low
    row[core_at.RETURN_TO_ZERO] = config.return_to_zero
    row[core_at.OVERFLOW_WRAPS] = options.overflow == "wrap"
    row[core_at.ZERO_WEIGHT_SKIPS] = options.zero_weight_skips
    row[core_at.FLOOR_KEPT] = options.below_threshold_low == "kept"


def _connect(cores: npt.NDArray[np.int64], configs: Sequence[CoreConfig | None]) -> None:
    """Set the routes between cores, and the lines that lead to each."""
    count = len(configs)
    into: list[list[int]] = [[core] for core in range(count)]
    cores[:, [bus_at.CONSUMER, bus_at.CONSUMER + 1]] = -1
    for core, config in enumerate(configs):
        for route, to in enumerate(() if config is None else config.destinations):
            cores[core, bus_at.CONSUMER + route] = to.layer
            cores[core, bus_at.POOLING_SHIFT + route] = to.pooling.bit_length() - 1
            cores[core, bus_at.FEATURE_SHIFT + route] = to.feature_shift
            if to.layer != READOUT:
                line = count + 2 * core + route
                into[to.layer] += (line, line + 2 * count)
    for row, lines in zip(cores, into, strict=True):
        row[bus_at.LINE_COUNT] = len(lines)
        row[bus_at.FIRST_LINE : bus_at.FIRST_LINE + len(lines)] = lines


def _set(
    cores: npt.NDArray[np.int64], configs: Sequence[CoreConfig | None], options: EmulationOptions
) -> None:
    """Set what does not change while spikes flow, but for the routes."""
    cores[:, bus_at.OVERHEAD_NS] = duration_ns(options.event_s)
    cores[:, bus_at.DEPTH] = -1 if options.queue_depth is None else options.queue_depth
    cores[:, [bus_at.DECIMATES_TO, bus_at.MOST_FIRED]] = 1
    cores[:, bus_at.LOSES_AFTER_WRITE] = options.lost_event_after_write
    cores[:2, bus_at.RETAINS_LAST] = options.retained_last_spike
    rates = (options.core_0_operations_per_s, options.core_1_operations_per_s)
    cores[:2, bus_at.OPERATIONS_PER_S] = [rate or 0 for rate in rates]
    cores[2:, bus_at.OPERATIONS_PER_S] = options.core_operations_per_s or 0
    for row, config in zip(cores, configs, strict=True):
        if config is None:
            continue
        row[bus_at.DROPS_WHEN_FULL] = config.drops_when_congested
        row[bus_at.MONITORED] = config.monitor_enable
        row[bus_at.DECIMATES_TO] = config.passes_one_spike_of
        (channels, height, width), kernel = config.shape, config.weights.shape[2]
        down, right = (-(-kernel // stride) for stride in config.stride)
        row[bus_at.MOST_FIRED] = channels * min(down, height) * min(right, width)
    makes_wait = (cores[:, bus_at.DEPTH] >= 0) & (cores[:, bus_at.DROPS_WHEN_FULL] == 0)
    for row, config in zip(cores, configs, strict=True):
        targets = () if config is None else config.destinations
        row[bus_at.HOLDS] = any(to.layer != READOUT and makes_wait[to.layer] for to in targets)
