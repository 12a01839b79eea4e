"""Reads the plain data of a leak plan, as it was written into JSON, and refuses what is damaged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import attrs
import numpy as np

from speckhal.contract.arrays import whole_number
from speckhal.contract.errors import InputError
from speckhal.contract.facts import Certainty, Fact
from speckhal.leak.planning.asked_numbers import asked_real
from speckhal.leak.planning.planned_layer import PlannedLayer, TradeOff

if TYPE_CHECKING:
    from collections.abc import Callable

_LARGEST: Final = 2**53
"""Of whole numbers; JSON of other programs has none that are larger."""


_FASTEST_HZ: Final = 10**9
"""Of a clock: a tick each nanosecond, in which no chip updates a neuron."""


def plan_fields(plain: object) -> dict[str, Any]:
    """The fields of the `LeakPlan` whose `as_json` this is; names that it lacks are passed over.

    Raises:
        InputError: it is no plain data of a plan, or damaged.
    """
    plan = _part("the plan", plain)
    rate_hz = plan.whole("rate_hz", 1, _FASTEST_HZ)
    if not (chip := plan.text("chip")).strip():
        raise _damaged("the plan is for a chip without a name")
    layers = tuple(_layer(part, rate_hz) for part in plan.parts("layers", "layer {}"))
    if not layers:
        raise _damaged("the plan has no layer")
    if len({layer.index for layer in layers}) < len(layers):
        raise _damaged("the plan has a layer twice")
    return {
        "chip": chip,
        "rate_hz": rate_hz,
        "layers": layers,
        "trade_offs": tuple(_trade_off(part) for part in plan.parts("trade_offs", "trade-off {}")),
        "max_error": plan.positive("max_error"),
        "max_ripple": plan.positive("max_ripple"),
        "budget": _budget(plan),
        "is_applied": plan.truth("is_applied"),
    }


def _layer(part: _Part, rate_hz: int) -> PlannedLayer:
    channels, height, width = part.numbers("shape", whole=True, count=3)
    if min(channels, height, width) < 1:
        raise _damaged(f"the shape of {part.name} has a size below 1")
    biases = part.numbers("biases", whole=True, count=channels)
    word = np.iinfo(np.int16)
    if min(biases) < word.min or max(biases) > word.max:
        raise _damaged(f"{part.name} has a bias outside {word.min}..{word.max}")
    scale, high = part.number("scale"), part.whole("threshold_high", 1)
    low = part.whole("threshold_low")
    if scale <= 0:
        raise _damaged(f"the scale of {part.name} is {scale}, which is not above 0")
    if low >= high:
        raise _damaged(f"the floor of {part.name}, {low}, is not below its threshold, {high}")
    return PlannedLayer(
        index=part.whole("layer", 0),
        shape=(channels, height, width),
        scale=scale,
        threshold_high=high,
        threshold_low=low,
        wanted=part.text("wanted"),
        wanted_per_s=np.array(part.numbers("wanted_per_s", count=channels), np.float64),
        biases=np.array(biases, np.int64),
        rate_hz=rate_hz,
    )


def _trade_off(part: _Part) -> TradeOff:
    return TradeOff(
        rate_hz=part.whole("rate_hz", 1, _FASTEST_HZ),
        error=part.number("error"),
        ripple=part.number("ripple"),
        updates_per_s=part.whole("updates_per_s", 0),
        is_chosen=part.truth("is_chosen"),
    )


def _budget(plan: _Part) -> Fact[int] | None:
    if plan.content.get("budget_updates_per_s") is None:
        return None
    source = plan.text("budget_source")
    if not source.strip():
        raise _damaged("the budget of the plan has no source")
    said = plan.content.get("budget_certainty", Certainty.STATED.value)
    certainty = next((one for one in Certainty if one.value == said), None)
    if certainty is None:
        raise _damaged(f"the budget of the plan is known in a way that is not known: {said!r}")
    return Fact(plan.whole("budget_updates_per_s", 0), source, certainty)


@attrs.frozen
class _Part:
    """A mapping in the plain data, and what it is called in sentences."""

    name: str
    content: Mapping[str, object]

    def whole(self, name: str, lowest: int | None = None, highest: int = _LARGEST) -> int:
        """A whole number of that name, from `lowest` to `highest`."""
        value = self._found(name)
        number = whole_number(value)
        if number is None or abs(number) > _LARGEST:
            raise self._wrong(name, value, "a whole number")
        if lowest is not None and number < lowest:
            raise self._wrong(name, value, f"at least {lowest}")
        if number > highest:
            raise self._wrong(name, value, f"at most {highest}")
        return number

    def number(self, name: str) -> float:
        """A finite number of that name."""
        value = self._found(name)
        number = asked_real(value)
        if number is None:
            raise self._wrong(name, value, "a number")
        return number

    def positive(self, name: str) -> float:
        """A finite number of that name above 0."""
        number = self.number(name)
        if number <= 0:
            raise self._wrong(name, number, "above 0")
        return number

    def text(self, name: str) -> str:
        value = self._found(name)
        if not isinstance(value, str):
            raise self._wrong(name, value, "a text")
        return value

    def truth(self, name: str) -> bool:
        value = self._found(name)
        if not isinstance(value, bool):
            raise self._wrong(name, value, "true or false")
        return value

    def numbers(self, name: str, *, count: int, whole: bool = False) -> list[Any]:
        """As many finite numbers of that name."""
        values = self._found(name)
        read: Callable[[object], float | None] = whole_number if whole else asked_real
        numbers = [read(value) for value in values] if isinstance(values, list | tuple) else [None]
        if None in numbers or len(numbers) != count:
            kind = "whole number" if whole else "number"
            raise self._wrong(name, values, f"a list of {count} {kind}{'s' * (count != 1)}")
        return numbers

    def parts(self, name: str, each: str) -> list[_Part]:
        """A list of mappings of that name, called by `each` with their number in it."""
        values = self._found(name)
        if not isinstance(values, list | tuple):
            raise self._wrong(name, values, "a list")
        return [_part(f"its {each.format(number)}", value) for number, value in enumerate(values)]

    def _found(self, name: str) -> object:
        if name not in self.content:
            raise _damaged(f"{self.name} has no {name!r}")
        return self.content[name]

    def _wrong(self, name: str, value: object, wanted: str) -> InputError:
        return _damaged(f"{name!r} of {self.name} is {_shown(value)}, and not {wanted}")


def _part(name: str, content: object) -> _Part:
    if not isinstance(content, Mapping):
        raise _damaged(f"{name} is {_shown(content)}, which is no mapping of names")
    return _Part(name, content)


def _shown(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."


def _damaged(what: str) -> InputError:
    return InputError(
        f"Asked to read a leak plan from plain data, and {what}.",
        hint="Give what as_json() of a plan returns, or speckhal plan --json prints, unchanged.",
    )
