"""What can be swept over: the settings of a leak, and which values each may have."""

from __future__ import annotations

import difflib
import os
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import numpy as np

from speckhal.contract.errors import InputError
from speckhal.contract.network_spec import ExampleNetwork
from speckhal.discovery.selection import default_selection
from speckhal.leak.planning.leak_plan import LeakPlan
from speckhal.opened.arguments import checked_shape
from speckhal.runs.sweep.described import Nameless, described
from speckhal.runs.sweep.plain import check_columns, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

OPTION: Final = "option."
"""Begins the name of an option that the backend is opened with, as in `option.spike_on_tick`."""

SETTINGS: Final[Mapping[str, str]] = {
    "backend": "backend[:target]",
    "network": "FILE.py:NAME, or an ExampleNetwork",
    "plan": "FILE.json with a plan, or a LeakPlan",
    "bias": "what each tick adds in every channel of every layer, in chip units",
    "rate_hz": "ticks per second of a clock that runs",
    "every_s": "seconds between two readings of a clock that runs",
    "for_s": "seconds to watch a clock that runs",
    "ticks": "ticks of a stepped clock",
}
"""What `measure_leak_at` understands, with what each is."""


_OTHER_WORDS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("chip", "chips", "board", "boards", "device", "devices", "target"), "backend"),
    **dict.fromkeys(("net", "nets", "model", "models"), "network"),
    **dict.fromkeys(("leak", "leaks"), "plan"),
    **dict.fromkeys(("clock", "frequency", "hz"), "rate_hz"),
    **dict.fromkeys(("every", "interval", "interval_s"), "every_s"),
    **dict.fromkeys(("duration", "duration_s", "seconds"), "for_s"),
    **dict.fromkeys(("step", "steps"), "ticks"),
}
"""What others call a setting that is spelt in another way."""


def with_backend(over: object) -> dict[str, object]:
    """The settings, with the default backend where they name none.

    Raises:
        InputError: they are no mapping.
    """
    if not isinstance(over, Mapping):
        raise InputError(
            f"Asked to sweep over {over!r}, and nothing says which setting that is.",
            hint='Give values by the name of the setting, such as {"bias": range(-9, 0)}.',
        )
    return {"backend": str(default_selection())} | dict(over)


def axes_of(over: Mapping[str, object], *, checks_settings: bool) -> dict[str, list[object]]:
    """The values by the name of the setting, each a list, checked.

    Args:
        over: by the name of a setting several values, or one that all points share.
        checks_settings: whether there are the settings of a leak and no others.

    Raises:
        InputError: a name or a value is not understood, a setting has no value, or one twice.
    """
    axes = {str(name): list(_values(name, given)) for name, given in over.items()}
    check_columns(list(axes))
    for name, values in axes.items():
        if not values:
            raise InputError(
                f"Asked to sweep over {name} with no value.",
                hint="Give one at least, or leave it out.",
            )
        _refuse_twice(name, values)
    if checks_settings:
        _check_names(axes)
        _check_together(axes)
        _check_kinds(axes)
    return axes


def _values(name: object, given: object) -> Iterator[object]:
    """The values of one setting, checked."""
    is_one = isinstance(given, str | bytes | os.PathLike | ExampleNetwork | LeakPlan)
    is_one = is_one or not hasattr(given, "__iter__")
    every: Iterable[object] = [given] if is_one else given  # type: ignore[assignment]  # it iterates
    for value in every:
        one = value.item() if isinstance(value, np.generic) else value
        one = os.fspath(one) if isinstance(one, os.PathLike) else one
        if name == "rate_hz" and isinstance(one, float) and one.is_integer():
            one = int(one)  # as for --rate-hz
        if isinstance(one, ExampleNetwork | LeakPlan):
            _check_place(name, one)
            yield one
        elif is_object(one) and str(name).startswith(OPTION) and _can_be_named(one):
            plain(name, str(one))
            yield one
        elif isinstance(one, str | int | float | None):
            yield plain(name, one)
        else:
            raise InputError(
                f"Asked to sweep over {name} with {value!r}, a {type(value).__name__}.",
                hint="Give texts, numbers, truth values or None, and to options what they take; a "
                "network as FILE.py:NAME, or as speckhal.ExampleNetwork(network, input_shape, "
                "summary); a speckhal.LeakPlan.",
            )


def is_object(value: object) -> bool:
    """Whether a value is neither plain nor a network or a plan: some options are a list or so."""
    return not isinstance(value, str | int | float | ExampleNetwork | LeakPlan | None)


def _can_be_named(value: object) -> bool:
    try:
        described(value)
    except Nameless:
        return False
    return True


def _check_place(name: object, value: object) -> None:
    """Refuse a network or a plan under another name, and a network whose input has no shape."""
    place = "network" if isinstance(value, ExampleNetwork) else "plan"
    if name != place:
        raise InputError(
            f"Asked to sweep over {name} with {type(value).__name__}, which is a {place}.",
            hint=f"Give it as {place}.",
        )
    if isinstance(value, ExampleNetwork):
        checked_shape(value.input_shape)


def _refuse_twice(name: str, values: Sequence[object]) -> None:
    """Refuse a value that is there twice: it would be measured once."""
    # True and 1 are two, as they are in JSON
    count = Counter(repr(value) for value in values if not isinstance(value, ExampleNetwork))
    for value, times in count.items():
        if times > 1:
            raise InputError(
                f"Asked to sweep over {name} with {value} twice, and each point is measured once.",
                hint="Give each value once.",
            )


def _check_names(axes: Mapping[str, list[object]]) -> None:
    for name in axes:
        if name in SETTINGS or name.removeprefix(OPTION) not in {"", name}:
            continue
        close = difflib.get_close_matches(name.lower(), [*SETTINGS, *_OTHER_WORDS], 1)
        meant = [_OTHER_WORDS.get(one, one) for one in close]
        raise InputError(
            f"Asked to sweep over {name!r}, and a leak has no such setting.",
            hint=(f"Did you mean {meant[0]}? " if meant else "")
            + f"It has: {', '.join(SETTINGS)}, and {OPTION}NAME for options of the backend.",
        )


def _check_together(axes: Mapping[str, list[object]]) -> None:
    clocked = [name for name in ("rate_hz", "every_s", "for_s") if name in axes]
    if "ticks" in axes and clocked:
        raise InputError(
            f"Asked to sweep over ticks together with {' and '.join(clocked)}, and a stepped clock "
            "has no time of its own.",
            hint=f"Leave out either ticks or {' and '.join(clocked)}.",
        )
    if "plan" in axes:
        beside = [name for name in ("bias", "rate_hz") if name in axes]
        if beside:
            raise InputError(
                f"Asked to sweep over plan together with {' and '.join(beside)}, and a plan has "
                "its own biases and rate.",
                hint=f"Leave out either plan or {' and '.join(beside)}.",
            )
    elif clocked and "rate_hz" not in axes:
        raise InputError(
            f"Asked to sweep over {' and '.join(clocked)} without rate_hz, and a stepped clock has "
            "no time of its own.",
            hint="Give rate_hz as well, such as 20.",
        )


def _check_kinds(axes: Mapping[str, list[object]]) -> None:
    for name, kind, least in (("bias", int, None), ("ticks", int, 1), ("rate_hz", int, 1)):
        for value in axes.get(name, []):
            if isinstance(value, bool) or not isinstance(value, kind) or (least and value < least):
                a_number = "a whole number" if least is None else "a whole number of 1 or more"
                raise _wrong(name, value, a_number)
    for name in ("every_s", "for_s"):
        for value in axes.get(name, []):
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise _wrong(name, value, "a number")
    for name, of_ours in (("backend", ()), ("network", ExampleNetwork), ("plan", LeakPlan)):
        for value in axes.get(name, []):
            if not value if isinstance(value, str) else not isinstance(value, of_ours):
                raise _wrong(name, value, SETTINGS[name])


def _wrong(name: str, value: object, what: str) -> InputError:
    return InputError(
        f"Asked to sweep over {name} with {value!r}, which is not {what}.",
        hint=f"It is {SETTINGS[name]}.",
    )
