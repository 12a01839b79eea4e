"""Rules of the chip: what a configuration means, and what a tick does to a neuron."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs
import numpy as np

from speckhal.contract.address import AddressLayout
from speckhal_mock.testing.breakage import Breakage, board_method

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from speckhal_mock.emulation.core import CoreConfig


def _configured(name: str, rule: str, change: Callable[[CoreConfig], dict[str, Any]]) -> Breakage:
    """The chip is configured otherwise than was asked for; `change` gives what differs, by name."""

    def instead(
        configure: Callable[..., object],
        cores: Sequence[CoreConfig | None],
        *rest: object,
        **named: object,
    ) -> object:
        changed = [core and attrs.evolve(core, **change(core)) for core in cores]
        return configure(changed, *rest, **named)

    return board_method(name, rule, "apply_configuration", instead)


CHIP: Final = (
    _configured("no-leak", "a tick does nothing", lambda _: {"leak_enable": False}),
    _configured("wrong-sign", "a tick takes the bias away", lambda core: {"biases": -core.biases}),
    _configured(
        "step-plus-one",
        "a tick adds one more than the bias",
        lambda core: {"biases": core.biases + np.int16(1)},
    ),
    _configured(
        "step-doubled",
        "a tick adds the bias twice",
        lambda core: {"biases": core.biases * np.int16(2)},
    ),
    _configured(
        "one-bias-for-all",
        "all channels leak by the bias of the first",
        lambda core: {"biases": np.full_like(core.biases, core.biases[0])},
    ),
    _configured(
        "biases-of-neighbours",
        "each channel leaks by the bias of the one before",
        lambda core: {"biases": np.roll(core.biases, 1)},
    ),
    _configured(
        "biases-of-8-bit",
        "biases are held to 8 bits",
        lambda core: {"biases": core.biases.clip(-128, 127)},
    ),
    _configured(
        "leak-where-none-is",
        "cores without leak leak by one",
        lambda core: (
            {} if core.leak_enable else {"leak_enable": True, "biases": core.biases - np.int16(1)}
        ),
    ),
    _configured(
        "clamp-at-zero",
        "leak stops just below 0, whatever the lower threshold",
        lambda _: {"threshold_low": -1},
    ),
    _configured(
        "clamp-one-early",
        "leak stops one above the lower threshold",
        lambda core: {"threshold_low": min(-1, core.threshold_low + 1)},
    ),
    _configured(
        "clamp-one-late",
        "leak stops one below the lower threshold",
        lambda core: {"threshold_low": max(-(1 << 15), core.threshold_low - 1)},
    ),
    _configured(
        "no-clamp",
        "leak does not stop at the lower threshold",
        lambda _: {"threshold_low": -(1 << 15)},
    ),
    _configured(
        "fires-late",
        "a neuron fires one above its threshold",
        lambda core: {"threshold_high": core.threshold_high + 1},
    ),
    _configured(
        "other-reset",
        "a neuron that fires is reset the other way",
        lambda core: {"return_to_zero": not core.return_to_zero},
    ),
    _configured(
        "states-from-zero",
        "neurons start from 0",
        lambda core: {"initial_v_mem": np.zeros_like(core.initial_v_mem)},
    ),
    _configured(
        "states-swapped",
        "neurons start with x and y swapped",
        lambda core: {
            "initial_v_mem": core.initial_v_mem.swapaxes(1, 2).reshape(core.shape).copy()
        },
    ),
    Breakage(
        "states-survive",
        "a configuration that is written again does not bring its states",
        options={"reapply_rewrites_states": False},
    ),
    Breakage(
        "x-and-y-swapped",
        "addresses have y in the place of x",
        options={"neuron_address": AddressLayout(("c", "y", "x"))},
    ),
    Breakage(
        "channels-on-top",
        "addresses have the channel in the highest bits",
        options={"neuron_address": AddressLayout(("x", "y", "c"))},
    ),
)
