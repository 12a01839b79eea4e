"""A leak plan that was written down as plain data is read again whole, or refused in a sentence."""

from __future__ import annotations

import copy
import json
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given, settings

from plans_made import plans
from runs_made import refuse_difference
from speckhal import Certainty, Fact, InputError, LeakPlan
from speckhal.leak.planning.planned_layer import PlannedLayer, TradeOff


@settings(max_examples=60)
@given(plans())
def test_any_plan_that_is_written_into_json_and_read_is_equal_in_every_field(
    plan: LeakPlan,
) -> None:
    read = LeakPlan.from_json(json.loads(json.dumps(plan.as_json())))
    refuse_difference(plan, read, "plan")
    assert read == plan
    assert hash(read) == hash(plan)
    other = attrs.evolve(plan.layers[0], biases=plan.layers[0].biases + 1)
    assert attrs.evolve(plan, layers=(other, *plan.layers[1:])) != plan
    assert json.dumps(read.as_json()) == json.dumps(plan.as_json())


PLAIN = LeakPlan(
    chip="speck9",
    rate_hz=50,
    layers=tuple(
        PlannedLayer(index, (2, 1, 3), 1.5, 127, -127, "5% per 10 ms", np.ones(2) * 5,
                     np.array([-12, 3], np.int16), 50)
        for index in (0, 3)
    ),
    trade_offs=(TradeOff(50, 0.1, 0.2, 300, is_chosen=True),),
    max_error=0.01,
    max_ripple=0.1,
    budget=Fact(1000, "a test", Certainty.ASSUMED),
).as_json()  # fmt: skip

DAMAGES: dict[str, tuple[tuple[str | int, ...], object, str]] = {
    "no mapping": ((), [1], r"the plan is \[1\], which is no mapping of names"),
    "no chip": (("chip",), 5, "'chip' of the plan is 5, and not a text"),
    "rate": (("rate_hz",), 0, "'rate_hz' of the plan is 0, and not at least 1"),
    "rate of a half": (("rate_hz",), 1.5, "1.5, and not a whole number"),
    "rate that is true": (("rate_hz",), True, "True, and not a whole number"),
    "huge rate": (("rate_hz",), 10**400, r"000\.\.\., and not a whole number"),
    "chip without a name": (("chip",), " ", "for a chip without a name"),
    "rate beyond clocks": (("rate_hz",), 10**12, "1000000000000, and not at most 1000000000"),
    "negative error": (("max_error",), -1, "'max_error' of the plan is -1.0, and not above 0"),
    "no ripple": (("max_ripple",), 0, "'max_ripple' of the plan is 0.0, and not above 0"),
    "error": (("max_error",), "x", "'max_error' of the plan is 'x', and not a number"),
    "endless error": (("max_error",), float("inf"), "is inf, and not a number"),
    "huge error": (("max_error",), 10**400, "and not a number"),
    "applied": (("is_applied",), 1, "'is_applied' of the plan is 1, and not true or false"),
    "no layers": (("layers",), [], "the plan has no layer"),
    "layers": (("layers",), {}, r"'layers' of the plan is \{\}, and not a list"),
    "a layer": (("layers", 1), None, "its layer 1 is None, which is no mapping of names"),
    "layer twice": (("layers", 1, "layer"), 0, "the plan has a layer twice"),
    "shape": (("layers", 0, "shape"), [2, 1], "'shape' of its layer 0 .* a list of 3 whole number"),
    "empty shape": (("layers", 0, "shape"), [2, 0, 3], "the shape of its layer 0 has a size below"),
    "biases": (("layers", 0, "biases"), [1], r"\[1\], and not a list of 2 whole numbers"),
    "a bias": (("layers", 0, "biases"), [1, 2**15], "layer 0 has a bias outside -32768..32767"),
    "wanted": (("layers", 1, "wanted_per_s"), [1, None], r"None\], and not a list of 2 numbers"),
    "scale": (("layers", 0, "scale"), -1, "the scale of its layer 0 is -1.0, which is not above 0"),
    "threshold": (("layers", 0, "threshold_high"), 0, "is 0, and not at least 1"),
    "floor": (("layers", 0, "threshold_low"), 127, "127, is not below its threshold, 127"),
    "trade-off": (("trade_offs", 0, "error"), None, "'error' of its trade-off 0 is None"),
    "source": (("budget_source",), " ", "the budget of the plan has no source"),
    "certainty": (("budget_certainty",), "guessed", "not known: 'guessed'"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_data_gets_a_sentence_that_names_the_part(damage: str) -> None:
    where, value, said = DAMAGES[damage]
    plain: Any = {"all": copy.deepcopy(PLAIN)}
    part = plain
    *way, last = ("all", *where)
    for name in way:
        part = part[name]
    part[last] = value
    with pytest.raises(InputError, match=said):
        LeakPlan.from_json(plain["all"])


@pytest.mark.parametrize("name", [*PLAIN])
def test_what_a_plan_needs_is_named_where_it_is_missing(name: str) -> None:
    plain = {key: value for key, value in PLAIN.items() if key != name}
    is_needed = name not in {
        "error", "ripple", "updates_per_s", "budget_updates_per_s", "budget_certainty",
    }  # fmt: skip
    if is_needed:
        with pytest.raises(InputError, match=f"the plan has no '{name}'"):
            LeakPlan.from_json(plain)
    else:
        assert LeakPlan.from_json(plain).rate_hz == 50
