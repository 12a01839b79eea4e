"""Cores of any geometry with queues, holds, decimators and ticks are those of an oracle apart."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from speckhal_mock.emulation.core import CoreConfig, Destination
from spike_boards import board_of, changed, seen_on
from traffic_oracle import Given, TrafficOracle

ENDS_NS = 200_000
TICK_NS = 50_000
MOST = 5000
"""A net that does more says nothing new, and takes long."""

WITH_WAITING = (2, 4, 9, 11, 21, 23, 26, 28, 30, 31, 38, 46, 59, 60, 62, 66, 84, 102, 140)
"""Seeds of nets in which spikes wait for room."""

CHOICES: dict[str, tuple[object, ...]] = {
    "arbitration": ("fifo", "by_core"),
    "sweep": ("kernel_first", "channel_first", "reversed"),
    "decimator_scope": ("core", "channel"),
    "decimator_phase": ("last", "first"),
    "decimator_before_monitor": (True, False),
    "out_of_range_event": ("drop", "wrap"),
    "event_s": (1e-7, 1e-6, 0.0),
    "core_operations_per_s": (30_000_000, 3_000_000, 1_000_000),
    "core_0_operations_per_s": (100_000_000, 1_000_000),
    "core_1_operations_per_s": (60_000_000, 2_000_000),
    "leak_vs_event": ("tick_first", "event_first"),
    "retained_last_spike": (False, False, True),
    "zero_weight_skips": (True, False),
    "overflow": ("saturate", "wrap"),
}


@pytest.mark.parametrize(
    ("seed", "with_ticks"),
    [*((seed, True) for seed in range(12)), *((seed, False) for seed in WITH_WAITING)],
)
def test_a_net_is_that_of_an_oracle_which_shares_no_rule_with_it(
    seed: int,
    with_ticks: bool,  # noqa: FBT001
) -> None:
    """With ticks nobody waits, and full queues drop: who waits at a tick is nobody's claim."""
    chance = np.random.default_rng([seed, with_ticks])
    options: dict[str, Any] = {
        name: values[chance.integers(len(values))] for name, values in CHOICES.items()
    }
    options["queue_depth"] = (None, 1, 2)[chance.integers(3)] if with_ticks else 1 + seed % 3
    configs = _net(chance, drops=1.0 if with_ticks else 0.2)
    if not with_ticks:
        configs = {core: changed(each, leak_enable=False) for core, each in configs.items()}
    given: list[Given] = []
    for stamp in np.sort(chance.integers(0, 60, 40)).tolist():
        into = int(chance.choice(list(configs)))
        c, y, x = (int(chance.integers(0, size + 1)) for size in configs[into].input_shape)
        given.append((stamp * 1000, into, (c, y, x)))
    oracle = TrafficOracle(configs, options, given, TICK_NS if with_ticks else None)
    assert oracle.run(ENDS_NS, MOST)
    assert with_ticks or any(core.counts["stalled"] for core in oracle.cores.values())

    board, clock = board_of(configs, io_write_s=0.0, **options)
    rows = np.array([(when // 1000, into, *place) for when, into, place in given]).T
    board.play_spikes(rows[1], rows[0], *rows[2:])
    if with_ticks:
        board.set_slow_clk_rate(1_000_000_000 // TICK_NS)
        board.set_slow_clk(enable=True)
    clock.advance_ns(ENDS_NS)
    board.catch_up()

    done = board.activity()
    expected = [(when // 1000, index, *place) for when, _, index, place in sorted(oracle.seen)]
    in_time = [spike for spike in expected if spike[0] * 1000 < ENDS_NS]
    seen = [spike for spike in seen_on(board) if spike[0] * 1000 < ENDS_NS]
    if with_ticks:  # at a tick, spikes of one moment are shown core by core
        seen, in_time = sorted(seen), sorted(in_time)
    assert seen == in_time
    board.set_slow_clk(enable=False)
    for index, core in oracle.cores.items():
        emulated, counts = board._chip.cores[index], core.counts
        emulated.settle()
        addresses = board.options.neuron_address.addresses(core.config.shape)
        assert emulated.neurons.words[addresses].tolist() == core.v_mem
        did = done[index]
        for name in ("events", "operations", "updates", "floor_hits", "saturations", "spikes"):
            assert getattr(did, name) == counts[name], (index, name)
        assert (did.residues, did.dropped, did.outside) == tuple(
            counts[name] for name in ("residues", "dropped", "outside")
        )
        if core.config.monitor_enable or core.config.destinations:  # otherwise nobody asks
            assert did.decimated == counts["decimated"]
            assert did.spikes_of_ticks == counts["spikes_of_ticks"]
        times = (did.busy_s, did.delay_s, did.longest_delay_s, did.stalled_s)
        assert [round(time * 1e9) for time in times] == [
            counts["busy"],
            counts["delay"],
            core.longest_delay,
            counts["stalled"],
        ]


def _net(chance: np.random.Generator, *, drops: float) -> dict[int, CoreConfig]:
    """One to five cores of their own sizes; each sends to up to two, perhaps to itself."""
    indices = sorted(chance.choice(9, chance.integers(1, 6), replace=False).tolist())
    configs = {}
    for index in indices:
        channels, inputs = chance.choice([1, 3, 8, 9, 16, 19], 2).tolist()
        kernel = int(chance.integers(1, 5))
        height, width = chance.integers(kernel, 14, 2).tolist()
        padding, stride = chance.integers(0, 3, 2).tolist(), chance.choice([1, 1, 2, 4], 2).tolist()
        shape = (
            channels,
            (height - kernel + 2 * padding[0]) // stride[0] + 1,
            (width - kernel + 2 * padding[1]) // stride[1] + 1,
        )
        weights = chance.integers(-50, 80, (channels, inputs, kernel, kernel)).astype(np.int8)
        weights[chance.random(weights.shape) < chance.choice([0.1, 0.5, 0.85])] = 0
        configs[index] = CoreConfig(
            shape=shape,
            biases=chance.integers(-40, 40, channels).astype(np.int16),
            threshold_high=int(chance.integers(10, 200)),
            threshold_low=-int(chance.integers(1, 300)),
            return_to_zero=bool(chance.integers(2)),
            leak_enable=bool(chance.integers(2)),
            leak_internal=False,
            monitor_enable=bool(chance.integers(4)),
            initial_v_mem=chance.integers(-50, 200, shape).astype(np.int16),
            weights=weights,
            stride=(stride[0], stride[1]),
            padding=(padding[0], padding[1]),
            input_size=(height, width),
            destinations=tuple(
                Destination(
                    int(chance.choice(indices)),
                    pooling=int(chance.choice([1, 1, 2, 4])),
                    feature_shift=int(chance.choice([0, 0, 0, 0, 1, 5])),
                )
                for _ in range(chance.choice([0, 1, 1, 2]))
            ),
            passes_one_spike_of=int(chance.choice([1, 1, 2, 4])),
            drops_when_congested=bool(chance.random() < drops),
        )
    return configs
