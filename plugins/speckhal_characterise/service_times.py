"""How fast cores take input spikes, by the board's stop watch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from speckhal_characterise.core_setup import CoreSetup
from speckhal_characterise.results import finding, number, unsettled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from speckhal.contract.characterise import Result
    from speckhal_characterise.workbench import Workbench

_RATES: Final = {
    2: "core_operations_per_s",
    0: "core_0_operations_per_s",
    1: "core_1_operations_per_s",
}
"""By core: what its rate is called; core 2 stands for all from there on."""

_KERNEL: Final = 4
_FEW, _MANY = 16, 64
"""Channels, each of which an event costs as many operations as the kernel has places."""

_EVENTS: Final = 5000
_QUICK_EVENTS: Final = 4000


def measure_service_times(bench: Workbench) -> Iterator[Result]:
    """What an event takes in a core: by operations, and besides."""
    events = _QUICK_EVENTS if bench.quick else _EVENTS
    for core, name in _RATES.items():
        few_s, many_s = (_event_s(bench, core, channels, events) for channels in (_FEW, _MANY))
        how = (
            f"{events} events at once, the last of which makes neurons of core {core} fire, with "
            f"{_FEW} and with {_MANY} channels and a kernel of {_KERNEL} x {_KERNEL}: "
        )
        if few_s is None or many_s is None:
            for one in (name, "event_s") if core == 2 else (name,):
                yield unsettled(one, f"{how}no spike came.")
            continue
        how += f"{few_s * 1e6:.4g} and {many_s * 1e6:.4g} us for each."
        operations = _KERNEL**2
        slope_s = (many_s - few_s) / (operations * (_MANY - _FEW))
        is_free = slope_s * operations * _MANY * events < 2e-6  # the stop watch shows no less
        rate = None if is_free else int(float(f"{1 / slope_s:.3g}"))
        if rate is None:
            yield finding(name, None, how, uncertainty="as far as the stop watch shows")
        else:
            yield number(name, rate, how, give_or_take=rate / 100, unit="1/s")
        if core == 2:
            besides_s = few_s - (0.0 if rate is None else operations * _FEW * slope_s)
            yield number("event_s", max(0.0, round(besides_s, 8)), how, give_or_take=1e-8, unit="s")


def _event_s(bench: Workbench, core: int, channels: int, events: int) -> float | None:
    """Seconds for one of many events; None if they made no neuron fire."""
    setup = CoreSetup(
        shape=(channels, _KERNEL, _KERNEL),
        kernel=_KERNEL,
        weight=1,
        threshold_high=events,
        monitored=True,
    )
    bench.configure({core: setup})
    took_us = bench.burst(core, events, at=_KERNEL - 1)
    return None if took_us is None else took_us / 1e6 / events
