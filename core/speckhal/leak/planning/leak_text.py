"""The language in which a leak is written: "5% per 10 ms", "tau 20 ms half-life" or "dt 5 ms"."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal

import attrs
import numpy as np

from speckhal.contract.errors import InputError
from speckhal.leak.planning.time_constant import CRITERIA

if TYPE_CHECKING:
    import numpy.typing as npt

_MICRO: Final = "\N{MICRO SIGN}"
_MU: Final = "\N{GREEK SMALL LETTER MU}"  # looks the same
_SECONDS: Final = {
    **dict.fromkeys(("s", "sec", "second", "seconds"), 1.0),
    **dict.fromkeys(("ms", "millisecond", "milliseconds"), 1e-3),
    **dict.fromkeys(("us", f"{_MICRO}s", "microsecond", "microseconds"), 1e-6),
    **dict.fromkeys(("min", "minute", "minutes"), 60.0),
}
_ONE: Final = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?"
_EACH: Final = rf"({_ONE}|\[\s*{_ONE}(?:\s*,\s*{_ONE})*\s*\])"
_OF: Final = f"({'|'.join(_SECONDS)})"
_TIME: Final = rf"({_ONE})?\s*{_OF}"
_UNIT: Final = r"(thresholds?|units?|(?:%|percent)(?:\s+of\s+(?:the\s+)?threshold)?)"
_AMOUNT: Final = re.compile(rf"{_EACH}\s*{_UNIT}\s*(?:(?:per|in)\s+|/\s*){_TIME}")
_TAU: Final = re.compile(rf"tau\s*=?\s*{_EACH}?\s*{_OF}[\s,]+(?:by\s+)?(.+)")
_TAU_ALONE: Final = re.compile(rf"tau\s*=?\s*{_EACH}?\s*{_OF}")
_DT: Final = re.compile(rf"dt\s*=?\s*{_TIME}")
_BY: Final = "|".join(map(re.escape, (*CRITERIA, "mean")))
_NO_UNIT: Final = re.compile(
    rf"(tau|dt(?!.*\[))\s*=?\s*{_EACH}((?:[\s,]+(?:by\s+)?(?:{_BY})\b.*)?)"
)

GRAMMAR: Final = (
    '"5% per 10 ms", "0.5 thresholds per s", "0.1 units per s", "tau 20 ms half-life", '
    '"dt 5 ms" or "none"; for each channel as "[5, 3]% per 10 ms"'
)
"""One example for each way in which a leak can be written."""


@attrs.frozen(eq=False)
class WrittenAmount:
    """An amount of leak in some time.

    Attributes:
        amount: one for all channels, or (channels,).
        unit: that it is in.
        time_s: in how many seconds.
    """

    amount: npt.NDArray[np.float64]
    unit: Literal["thresholds", "units"]
    time_s: float


@attrs.frozen(eq=False)
class WrittenTimeConstant:
    """A leak like that of a LIF neuron.

    Attributes:
        tau_s: time constant in seconds, one for all channels or (channels,).
        by: the criterion, as it is written.
    """

    tau_s: npt.NDArray[np.float64]
    by: str


@attrs.frozen
class WrittenStep:
    """The network's own biases, once a step.

    Attributes:
        dt_s: the step in seconds.
    """

    dt_s: float


def plain_words(text: str) -> str:
    """The text in small letters, with single blanks and one sign for micro."""
    return " ".join(text.lower().replace(_MU, _MICRO).split())


def read_leak(said: str) -> WrittenAmount | WrittenTimeConstant | WrittenStep | None:
    """What the plain words of a text describe; None where they describe no leak of these kinds."""
    if found := _AMOUNT.fullmatch(said):
        amount, unit, time, of = found.groups()
        time_s = float(time or 1) * _SECONDS[of]
        if unit.startswith("unit"):
            return WrittenAmount(_each(amount), "units", time_s)
        percent = 100 if unit.startswith(("%", "percent")) else 1
        return WrittenAmount(_each(amount) / percent, "thresholds", time_s)
    if found := _TAU.fullmatch(said):
        time, of, by = found.groups()
        return WrittenTimeConstant(_each(time or "1") * _SECONDS[of], by)
    if found := _DT.fullmatch(said):
        time, of = found.groups()
        return WrittenStep(float(time or 1) * _SECONDS[of])
    return None


def unreadable(text: str) -> InputError:
    """What to raise for a text that describes no leak."""
    said = plain_words(text)
    return InputError(f"Asked for the leak {text!r}, {_wrong(said)}.", hint=_hint(said))


def _each(text: str) -> npt.NDArray[np.float64]:
    """The number of a text, or those between brackets."""
    found = re.findall(_ONE, text)
    return np.array(found if text.startswith("[") else found[0], np.float64)


def _wrong(said: str) -> str:
    """What is wrong with a text, as the end of a sentence."""
    reasons = (
        (
            _TAU_ALONE.fullmatch(said),
            "which leaves open in what a linear leak is to be like an exponential one",
        ),
        (_NO_UNIT.fullmatch(said), "whose time has no unit"),
        (said.startswith("tau"), "whose time constant cannot be read"),
        (said.startswith("dt"), "whose time step cannot be read"),
        (
            re.match(rf"{_EACH}\s*(units?|thresholds?)\s+of\b", said),
            "whose units or thresholds are of something, and only a percentage is of the threshold",
        ),
        (re.match(r"[+-]?\d+,\d", said), "in which a number has a comma for its point"),
        (
            said.startswith("[") and not re.match(_EACH, said),
            "whose brackets do not hold a number for each channel",
        ),
        (not re.match(_EACH, said), "which begins with no number, tau, dt or none"),
        (not re.search(r"per\b|\bin\b|/", said), "which does not say in what time"),
        (
            not re.match(rf"{_EACH}\s*(%|percent|threshold|unit)", said),
            "which does not say of what: %, thresholds or units",
        ),
        (
            not re.search(rf"(?:\d|per|in|/)\s*{_OF}$", said),
            "whose time is not in min, s, ms or us",
        ),
    )
    return next((reason for applies, reason in reasons if applies), "which cannot be read")


def _hint(said: str) -> str:
    if _TAU_ALONE.fullmatch(said):
        return f"Add a criterion: {', '.join(CRITERIA)}, or mean V with V in thresholds."
    if bare := _NO_UNIT.fullmatch(said):
        kind, time, rest = bare.groups()
        return f'Say of what: "{kind} {time} s{rest}", or in min, ms or us.'
    return f"Write it like one of {GRAMMAR}."
