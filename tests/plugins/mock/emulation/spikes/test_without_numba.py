"""Where numba is missing all is as with it, but slower."""

from __future__ import annotations

import contextlib
import sys

import attrs
import pytest

from spike_boards import board_of, config_of, fed, seen_on, settled
from spike_oracle import random_net
from spike_trains import spikes_for
from without_numba import no_numba


@pytest.mark.parametrize("compiled", [True, False])
def test_options_at_their_limits_do_not_overflow(compiled: bool) -> None:  # noqa: FBT001 - a case
    limits: dict[str, object] = {
        "order_seed": 2**32 - 1,
        "queue_depth": 10**9,
        "event_s": 3600,
        "core_operations_per_s": 10**12,
        "arbitration": "shuffled",
        "sweep": "shuffled",
    }
    with contextlib.nullcontext() if compiled else no_numba():
        board, clock = board_of({3: config_of([[[[127]]]] * 2, (2, 2))}, **limits)
        board.play_spikes(3, [0, 1], 0, [0, 1], [0, 1])
        clock.sleep_s(7300)
        board.catch_up()

    assert len(seen_on(board)) == 4
    assert board.is_quiet


@pytest.mark.parametrize("seed", range(6))
def test_spikes_go_the_same_way_without_numba(seed: int) -> None:
    configs = random_net(seed)
    options = {"queue_depth": 2} if seed % 2 else {"arbitration": "shuffled", "sweep": "shuffled"}
    spikes = spikes_for(configs, seed, 30)
    compiled, compiled_clock = board_of(configs, **options)
    fed(compiled, compiled_clock, spikes)
    with no_numba():
        plain, plain_clock = board_of(configs, **options)
        fed(plain, plain_clock, spikes)
        settled(plain, plain_clock)
        jit = sys.modules["speckhal_mock.emulation.spikes.jit"]
        assert not jit.IS_COMPILED

    assert seen_on(plain) == seen_on(compiled)
    done = [attrs.astuple(core) for core in plain.activity()]
    assert done == [attrs.astuple(core) for core in compiled.activity()]
    assert sum(core.events + core.dropped for core in plain.activity()) >= 30
