"""How far two runs may be apart, quantity by quantity."""

from __future__ import annotations

import math
import numbers
from collections.abc import Mapping
from typing import Final

import attrs

from speckhal.contract.errors import InputError

RATE: Final = 0.02
"""Two clocks, each within the 1 % that passes a verification, are up to this far apart."""

_MOST_START: Final = 64


@attrs.frozen
class Tolerance:
    """How far two runs may be apart.

    Attributes:
        v_mem: between two membrane potentials of one tick, in chip units.
        step: between what two ticks add, in chip units: the membrane potentials may be that much
            further apart with each tick.
        thresholds: between two membrane potentials as fractions of their own spike thresholds, in
            place of `v_mem` and `step`; None to compare chip units.
        rate: between two clocks that run by themselves, as a fraction, once each is divided by the
            rate that it was set to.
        start: how many ticks one run may be ahead when it is read first, up to 64.

    Raises:
        InputError: a number is negative, infinite or no number, or `start` is not whole.
    """

    v_mem: float = 0.0
    step: float = 0.0
    thresholds: float | None = None
    rate: float = RATE
    start: int = 0

    def __attrs_post_init__(self) -> None:
        for field in attrs.fields(Tolerance):
            value = getattr(self, field.name)
            if not (value is None and field.default is None):
                _checked(field.name, value)
        if self.thresholds is not None and (self.v_mem or self.step):
            raise _both_units()
        if self.start > _MOST_START or self.start != int(self.start):
            raise InputError(
                f"Asked to let one run be {self.start:g} ticks ahead at the start.",
                hint=f"Give a whole number from 0 to {_MOST_START}.",
            )

    @classmethod
    def of(cls, given: Mapping[str, float] | Tolerance | None) -> Tolerance:
        """The tolerance that a mapping of quantities to numbers means; None for the defaults.

        Raises:
            InputError: it names no quantity, or a number is negative or something else.
        """
        if given is None or isinstance(given, cls):
            return given or cls()
        if not isinstance(given, Mapping):
            raise InputError(
                f"Asked to compare with the tolerance {given!r}.",
                hint='Give a tolerance for each quantity, such as {"v_mem": 1}.',
            )
        checked = {name: _checked(name, value) for name, value in given.items()}
        if "thresholds" in checked and {"v_mem", "step"} & checked.keys():
            raise _both_units()
        start = checked.pop("start", 0)
        return cls(**checked, start=int(start) if start == int(start) else start)  # type: ignore[arg-type]  # which refuses a fraction

    @property
    def starts(self) -> list[int]:
        """By how many ticks b may be ahead, the smallest numbers first."""
        return sorted(range(-int(self.start), int(self.start) + 1), key=abs)

    def allowed(self, ticks: int, threshold_high: int) -> float:
        """How many chip units two membrane potentials may be apart after some ticks."""
        if self.thresholds is not None and threshold_high > 0:
            return self.thresholds * threshold_high
        return self.v_mem + self.step * ticks

    def __str__(self) -> str:
        """In words, such as "v_mem 0, rate 0.02"."""
        names = ["thresholds"] if self.thresholds is not None else ["v_mem", "step"]
        pairs = [(name, getattr(self, name)) for name in [*names, "rate", "start"]]
        shown = [f"{name} {value:g}" for name, value in pairs if value or name == names[0]]
        return ", ".join(shown)


def _both_units() -> InputError:
    return InputError(
        "Asked to compare membrane potentials both in chip units and in thresholds.",
        hint="Give thresholds alone, or v_mem and step.",
    )


def _checked(name: object, value: object) -> float:
    names = [field.name for field in attrs.fields(Tolerance)]
    if name not in names:
        raise InputError(
            f"Asked for a tolerance of {name!r}, which is no quantity of a comparison.",
            hint=f"The quantities are {', '.join(names)}.",
        )
    if (
        isinstance(value, bool)
        or not isinstance(value, numbers.Real)
        or not 0 <= float(value) < math.inf
    ):
        raise InputError(
            f"Asked for a tolerance of {value!r} for {name}, which is no distance.",
            hint="Give a number from 0 up.",
        )
    return float(value)
