"""Where numba is missing all is as with it, but slower."""

from __future__ import annotations

import sys

import attrs
import pytest

from spike_boards import board_of, fed, seen_on, settled
from spike_oracle import random_net
from spike_trains import spikes_for
from without_numba import no_numba


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
