"""The plan of a leak as a run and its record keep it: plain data, and a plan of it again."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol, cast

from speckhal.contract.errors import InputError
from speckhal.leak.planning.leak_plan import LeakPlan

if TYPE_CHECKING:
    from speckhal.contract.deployment import Plan


class HasPlainForm(Protocol):
    """A plan that can be written down, as `LeakPlan` can."""

    def as_json(self) -> Mapping[str, object]:
        """The plan as plain data."""


def plain_plan(plan: Mapping[str, object] | HasPlainForm | None) -> Mapping[str, object] | None:
    """The plan as JSON has it, so that a run has in memory what its record has.

    Raises:
        InputError: it is no plan, or has what JSON cannot write down.
    """
    if plan is None:
        return None
    as_json = getattr(plan, "as_json", None)
    plain = as_json() if callable(as_json) else plan
    hint = "Give what plan_leak() returns, or a mapping of names to what JSON can write down."
    if not isinstance(plain, Mapping):
        raise InputError(f"Asked to keep {plan!r} as a plan, which is no plan.", hint=hint)
    try:
        kept: dict[str, object] = json.loads(json.dumps(dict(plain), default=_of_array))
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError(
            f"Asked to keep a plan that is no plain data: {error}.", hint=hint
        ) from error
    return kept


def plan_again(plain: Mapping[str, object] | None) -> Plan | None:
    """The plan whose plain data was kept; None where it is no `LeakPlan`."""
    with contextlib.suppress(InputError):
        return None if plain is None else cast("Plan", LeakPlan.from_json(plain))
    return None


def said_of_plan(plain: Mapping[str, object] | None) -> str:
    """What the kept plan comes to, in one line; empty where there is none."""
    if plain is None:
        return ""
    try:
        return LeakPlan.from_json(plain).summary
    except InputError:
        return "one that this version of speckhal cannot read"


def _of_array(value: object) -> object:
    """The numbers of an array of numpy, or a number of its own kinds, as lists and numbers."""
    as_list = getattr(value, "tolist", None)
    if callable(as_list):
        return as_list()
    raise TypeError(f"there is a {type(value).__name__} in it")
