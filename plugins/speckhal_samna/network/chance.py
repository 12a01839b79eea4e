"""The random numbers that a network may draw: torch's, Python's and numpy's."""

from __future__ import annotations

import contextlib
import pickle
import random
from typing import TYPE_CHECKING

import numpy as np
import torch

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def same_chance() -> Iterator[None]:
    """Let all draw the same numbers each time, and leave the user's own as they were."""
    ours, numpys = random.getstate(), np.random.get_state()
    with torch.random.fork_rng(devices=[]):
        try:
            torch.default_generator.manual_seed(0)
            random.seed(0)
            np.random.seed(0)
            yield
        finally:
            random.setstate(ours)
            np.random.set_state(numpys)


def chance() -> bytes:
    """Something that is another once a random number was drawn."""
    states = random.getstate(), np.random.get_state()
    return pickle.dumps((states, torch.get_rng_state().tolist()))
