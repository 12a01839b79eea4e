"""Rules of the chip: what a configuration means, and what a tick does to a neuron."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs
import numpy as np

from speckhal.contract.address import AddressLayout
from speckhal_mock.testing.breakage import Breakage, board_method

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from speckhal_mock.emulation.board import EmulatedBoard
    from speckhal_mock.emulation.core import CoreConfig


def _configured(change: Callable[[CoreConfig], object]) -> Callable[[EmulatedBoard], None]:
    """The chip is configured otherwise than was asked for; `change` gives what differs, by name."""

    def instead(
        configure: Callable[..., object],
        cores: Sequence[CoreConfig | None],
        *rest: object,
        **named: object,
    ) -> object:
        return configure([core and _changed(core, change(core)) for core in cores], *rest, **named)

    return board_method("apply_configuration", instead)


def _changed(core: CoreConfig, changes: object) -> CoreConfig:
    return attrs.evolve(core, **changes) if isinstance(changes, dict) else core


CHIP: Final = (
    Breakage(
        "no-leak",
        "a tick does nothing",
        board=_configured(lambda _: {"leak_enable": False}),
    ),
    Breakage(
        "wrong-sign",
        "a tick takes the bias away",
        board=_configured(lambda core: {"biases": -core.biases}),
    ),
    Breakage(
        "step-plus-one",
        "a tick adds one more than the bias",
        board=_configured(lambda core: {"biases": core.biases + np.int16(1)}),
    ),
    Breakage(
        "step-doubled",
        "a tick adds the bias twice",
        board=_configured(lambda core: {"biases": core.biases * np.int16(2)}),
    ),
    Breakage(
        "one-bias-for-all",
        "all channels leak by the bias of the first",
        board=_configured(lambda core: {"biases": np.full_like(core.biases, core.biases[0])}),
    ),
    Breakage(
        "biases-of-neighbours",
        "each channel leaks by the bias of the one before",
        board=_configured(lambda core: {"biases": np.roll(core.biases, 1)}),
    ),
    Breakage(
        "biases-of-8-bit",
        "biases are held to 8 bits",
        board=_configured(lambda core: {"biases": core.biases.clip(-128, 127)}),
    ),
    Breakage(
        "leak-where-none-is",
        "cores without leak leak by one",
        board=_configured(
            lambda core: (
                {}
                if core.leak_enable
                else {"leak_enable": True, "biases": core.biases - np.int16(1)}
            )
        ),
    ),
    Breakage(
        "clamp-at-zero",
        "leak stops just below 0, whatever the lower threshold",
        board=_configured(lambda _: {"threshold_low": -1}),
    ),
    Breakage(
        "clamp-one-early",
        "leak stops one above the lower threshold",
        board=_configured(lambda core: {"threshold_low": min(-1, core.threshold_low + 1)}),
    ),
    Breakage(
        "clamp-one-late",
        "leak stops one below the lower threshold",
        board=_configured(lambda core: {"threshold_low": max(-(1 << 15), core.threshold_low - 1)}),
    ),
    Breakage(
        "no-clamp",
        "leak does not stop at the lower threshold",
        board=_configured(lambda _: {"threshold_low": -(1 << 15)}),
    ),
    Breakage(
        "fires-late",
        "a neuron fires one above its threshold",
        board=_configured(lambda core: {"threshold_high": core.threshold_high + 1}),
    ),
    Breakage(
        "other-reset",
        "a neuron that fires is reset the other way",
        board=_configured(lambda core: {"return_to_zero": not core.return_to_zero}),
    ),
    Breakage(
        "states-from-zero",
        "neurons start from 0",
        board=_configured(lambda core: {"initial_v_mem": np.zeros_like(core.initial_v_mem)}),
    ),
    Breakage(
        "states-swapped",
        "neurons start with x and y swapped",
        board=_configured(
            lambda core: {
                "initial_v_mem": core.initial_v_mem.swapaxes(1, 2).reshape(core.shape).copy()
            }
        ),
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
