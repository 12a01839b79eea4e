"""Points of a sweep: every combination, each once, checked before any is measured."""

from __future__ import annotations

import copy
import functools
import json
import math
import os
import runpy
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from speckhal import ExampleNetwork, InputError, LayerSpec
from speckhal.contract.facts import Range
from speckhal.leak.planning.leak_plan import LeakPlan
from speckhal.leak.planning.planned_layer import PlannedLayer
from speckhal.leak.sampling import ClockedSampling, SteppedSampling
from speckhal.runs.sweep import keys, plain
from speckhal.runs.sweep.measure_name import check_measure, name_of_measure, note_work
from speckhal.runs.sweep.points import points_of

if TYPE_CHECKING:
    from pathlib import Path

values = st.lists(
    st.one_of(st.integers(-9, 9), st.text(max_size=3), st.booleans(), st.none(), st.floats(0, 1)),
    min_size=1,
    max_size=4,
    unique_by=repr,
)


def _any(device: object, point: object) -> list[Any]:
    return []


def points(over: dict[str, Any], *, checked: bool = True) -> list[Any]:
    return points_of(over, _any, input_shape=None, checks_settings=checked)


def network(summary: str) -> ExampleNetwork:
    return ExampleNetwork([LayerSpec((1, 1, 1))], (1, 1, 1), summary)


names = st.lists(
    st.text(min_size=1, max_size=3), min_size=1, max_size=3, unique_by=plain.column_key
)


@given(names.flatmap(lambda names: st.fixed_dictionaries(dict.fromkeys(names, values))))
def test_there_is_a_point_for_every_combination_and_each_has_a_key_of_its_own(
    over: dict[str, list[Any]],
) -> None:
    found = points(over, checked=False)

    combinations = {tuple(map(repr, point.values.values())) for point in found}
    assert len(combinations) == len(found) == len({point.key for point in found})
    assert len(found) == math.prod(len(set(map(repr, each))) for each in over.values())
    assert all(list(point.values) == list(over) for point in found)


def test_keys_stay_the_same_whatever_the_order_of_settings_and_the_kind_of_numbers() -> None:
    (one,) = points({"bias": -3, "backend": "mock"})
    (other,) = points({"backend": ["mock"], "bias": np.array([-3])})

    assert one.key == other.key


def test_options_are_those_of_the_backend() -> None:
    (point,) = points({"backend": "mock", "option.spike_on_tick": False, "bias": 1})

    assert point.options == {"spike_on_tick": False}


@pytest.mark.parametrize(
    ("over", "sampling"),
    [
        ({"bias": 1}, SteppedSampling(20)),
        ({"ticks": 7}, SteppedSampling(7)),
        ({"rate_hz": 10}, ClockedSampling(every_s=0.05, for_s=2)),
        ({"rate_hz": 10, "every_s": 1, "for_s": 5}, ClockedSampling(every_s=1, for_s=5)),
    ],
)
def test_a_running_clock_is_read_twice_in_a_tick_for_twenty_ticks_unless_asked_otherwise(
    over: dict[str, Any], sampling: object
) -> None:
    (point,) = points(over)

    assert point.sampling() == sampling


def test_networks_that_are_no_text_stand_by_their_summaries() -> None:
    two = [network("a"), network("b")]

    first, second = points({"network": two})

    assert (first.values["network"], first.networks) == ("a", {"a": two[0]})
    assert (second.values["network"], second.networks) == ("b", {"b": two[1]})


def key(network: object) -> str:
    one: str = points({"network": network})[0].key
    return one


NET = "import speckhal\nimport widths\nnet = [speckhal.LayerSpec((widths.N, 1, 1))]\n"


def test_a_network_that_an_imported_module_changes_is_another_and_a_comment_changes_none(
    tmp_path: Path,
) -> None:
    file, module = tmp_path / "net.py", tmp_path / "widths.py"
    keys: list[str] = []
    for content, width in ((NET, 1), (NET, 2), (f"# wide\n{NET}", 2), (NET, 1)):
        file.write_text(content)
        module.write_text(f"N = {width}  # of {len(keys)}")
        keys.append(key(f"{file}:net"))

    assert keys[0] == keys[3] != keys[1] == keys[2]


CLASS = """
import torch

class Mine(torch.nn.Sequential):
    def forward(self, x):
        return x

def net():
    return speckhal.ExampleNetwork(Mine(torch.nn.Linear(1, 1)), (1, 1, 1), "mine")
"""


def test_a_network_whose_own_class_does_something_else_is_another(tmp_path: Path) -> None:
    file = tmp_path / "net.py"
    keys: list[str] = []
    for content in (CLASS, CLASS.replace("return x\n", "return -x\n")):
        file.write_text(f"import speckhal\nimport torch\ntorch.manual_seed(0)\n{content}")
        keys.append(key(f"{file}:net"))

    assert len({*keys}) == 2


def test_a_network_that_is_another_each_time_it_is_read_is_refused_where_it_will_be(
    tmp_path: Path,
) -> None:
    file = tmp_path / "net.py"
    file.write_text(f"import speckhal\n{CLASS}")
    over = {"network": f"{file}:net"}

    points_of(over, _any, input_shape=None, checks_settings=True)
    with pytest.raises(InputError, match="another one each time it is read") as caught:
        points_of(over, _any, input_shape=None, checks_settings=True, reads_twice=True)
    assert "torch.manual_seed(0)" in str(caught.value.hint)


def test_networks_of_the_same_name_differ_by_what_they_are() -> None:
    layers = [[LayerSpec((1, 1, 1), initial=start)] for start in (3, 4, 3)]

    first, second, third = (key(ExampleNetwork(each, (1, 1, 1), "n")) for each in layers)

    assert first == third != second


def test_a_file_that_an_option_names_counts_with_what_is_in_it(tmp_path: Path) -> None:
    file = tmp_path / "board.toml"
    keys: list[str] = []
    for content in ("a = 1", "a = 2", "a = 1"):
        file.write_text(content)
        keys.append(points({"option.profile": str(file)})[0].key)

    assert keys[0] == keys[2] != keys[1]


def test_another_version_of_what_measures_is_another_point(monkeypatch: pytest.MonkeyPatch) -> None:
    before = points({"bias": 1})[0].key
    monkeypatch.setattr(keys, "versions", lambda: {"speckhal": "9.9"})

    assert points({"bias": 1})[0].key != before


def test_functions_differ_by_their_text_and_by_what_they_enclose() -> None:
    def enclosing(number: int) -> Any:
        return lambda _device, _point: [{"n": number}]

    given: list[Any] = [
        lambda _device, _point: [{"n": 1}],
        lambda _device, _point: [{"n": 2}],
        enclosing(3),
        enclosing(4),
        functools.partial(_any, 5),
        functools.partial(_any, 6),
    ]

    found = [
        points_of({"x": 1}, each, input_shape=None, checks_settings=False)[0].key
        for each in [*given, enclosing(4), functools.partial(_any, 6)]
    ]

    assert len({*found}) == len(given)
    assert found[-2:] == [found[3], found[5]]


def name_of(measure: Any) -> str:
    return name_of_measure(measure, needed=True).key


class Adds:
    def __init__(self, number: object) -> None:
        self.number = number

    def __call__(self, device: object, point: object) -> list[Any]:
        return [{"n": self.number}]

    def method(self, device: object, point: object) -> list[Any]:
        return []


def enclosing(data: object) -> Any:
    return lambda _device, _point: [{"n": data}]


def with_default(data: object) -> Any:
    def measure(device: object, point: object, n: object = data, *, m: object = data) -> list[Any]:
        return [{"n": n, "m": m}]

    return measure


def wrapped(data: object) -> Any:
    @functools.wraps(_any)
    def measure(device: object, point: object) -> list[Any]:
        return [{"n": data}]

    return measure


DATA: list[Any] = [
    3,
    5,
    True,
    "a",
    None,
    [3],
    [5],
    {"a": [3]},
    {"a": {5}},
    np.int64(3),
    np.int64(5),
    np.float32(3),
    np.array([3, 5]),
    np.array([[3, 5]]),
    np.array([3, 6]),
    range(3),
    range(4),
    ExampleNetwork([LayerSpec((1, 1, 1))], (1, 1, 1), "a"),
    ExampleNetwork([LayerSpec((1, 1, 2))], (1, 1, 2), "a"),
    torch.tensor([3.0]),
    torch.tensor([5.0]),
    torch.nn.ReLU(),
    Adds(3),
    Adds(5),
]


@pytest.mark.parametrize(
    "with_data",
    [
        enclosing,
        with_default,
        wrapped,
        Adds,
        lambda data: Adds(data).method,
        lambda data: functools.partial(_any, data),
        lambda data: functools.partial(_any, point=data),
    ],
    ids=["closure", "default", "wrapped", "instance", "method", "partial", "keyword"],
)
def test_a_function_is_named_with_all_data_that_come_with_it(with_data: Any) -> None:
    names = [name_of(with_data(one)) for one in DATA]

    assert len({*names}) == len(names)
    assert names == [name_of(with_data(copy.deepcopy(one))) for one in DATA]


@pytest.mark.parametrize("with_data", [enclosing, with_default, wrapped, Adds])
def test_what_is_sent_to_another_process_with_all_it_has_is_found_the_same_there(
    with_data: Any,
) -> None:
    cloudpickle = pytest.importorskip("cloudpickle")  # as Dask sends functions of a script
    this = sys.modules[__name__]
    cloudpickle.register_pickle_by_value(this)
    try:
        for one in [*DATA, reads_a_global]:
            measure = with_data(one)
            name = attrs.evolve(name_of_measure(measure, needed=True), process=0)
            check_measure(cloudpickle.loads(cloudpickle.dumps(measure)), name)
    finally:
        cloudpickle.unregister_pickle_by_value(this)


SCRIPT = """
LIMIT = 3

class Own:
    def __init__(self):
        self.limit = LIMIT

def measure(device, point, own=Own()):
    return [{"n": LIMIT, "kind": Own}]
"""


def test_a_function_of_a_script_is_the_same_where_a_process_imports_that_anew(
    tmp_path: Path,
) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    there, here = (
        runpy.run_path(str(script), run_name=name)["measure"]
        for name in ("__main__", "__mp_main__")
    )

    name = name_of_measure(there, needed=True)

    check_measure(here, attrs.evolve(name, process=0))
    with pytest.raises(InputError, match="by what it reads as LIMIT"):
        check_measure(here, attrs.evolve(name, process=0, constants=((("LIMIT", "4"),),)))


WORKS = """
import functools, os, time
from fractions import Fraction

LIMIT = -3
CACHE, CALLS = {}, []
COUNT = HELD = BUMPED = MINE = BY_NAME = COUNTED = 0
SET_BY_MAIN = False
SET_BY_SCRIPT = ("a", 1)
START, COMPUTED, LATER = time.time(), 2 * LIMIT, None
LATER = os.getpid()

class Holds:
    def work(self):
        global HELD
        HELD += 1

def bump():
    global BUMPED
    BUMPED += 1

TABLE, holds = {"bump": bump}, Holds()

def counted(function):
    @functools.wraps(function)
    def inner(device, point):
        global COUNTED
        COUNTED += 1
        return function(device, point) + [COUNT, COUNTED, LIMIT]
    return inner

@counted
def measure(device, point):
    global COUNT
    COUNT += 1
    globals()["BY_NAME"] += 1
    holds.work()
    TABLE["bump"]()
    measure.MINE = 1
    CACHE["x"] = 3
    CALLS.append(COUNT)
    read = [LIMIT, SET_BY_MAIN, SET_BY_SCRIPT, Fraction, MISSING]
    return [START, COMPUTED, LATER, HELD, BUMPED, MINE, BY_NAME, read]

def main():
    global SET_BY_MAIN
    SET_BY_MAIN = True
    measure(None, None)

MISSING = 5
if __name__ == "__main__":
    SET_BY_SCRIPT = ("b", 2)
    main()
"""


def test_only_what_a_text_says_and_a_function_leaves_alone_has_to_be_the_same_elsewhere(
    tmp_path: Path,
) -> None:
    script = tmp_path / "works.py"
    script.write_text(WORKS)
    there, here = (
        runpy.run_path(str(script), run_name=name)["measure"]
        for name in ("__main__", "__mp_main__")
    )
    kept, apart = (
        attrs.evolve(name_of_measure(there, needed=needed), process=0) for needed in (True, False)
    )

    check_measure(here, apart)
    with pytest.raises(InputError, match="by what it reads as SET_BY_MAIN, SET_BY_SCRIPT"):
        check_measure(here, kept)
    assert [[name for name, _ in each] for each in kept.constants] == [
        ["LIMIT"],
        ["LIMIT", "MISSING", "SET_BY_MAIN", "SET_BY_SCRIPT"],
    ]
    here.__wrapped__.__globals__.update(SET_BY_MAIN=True, SET_BY_SCRIPT=Adds(3))
    check_measure(here, kept)


def test_other_code_of_the_same_text_is_the_same_of_another_compiler_only() -> None:
    name = name_of_measure(_any, needed=True)
    name = attrs.evolve(name, process=0, origins=(("other code", name.origins[0][1]),))

    check_measure(_any, attrs.evolve(name, compiler="another Python"))
    with pytest.raises(InputError, match="another one than when the sweep began"):
        check_measure(_any, name)


GLOBAL: Any = None


def reads_a_global(device: object, point: object) -> list[Any]:
    return [{"n": [GLOBAL for _ in range(2)]}]


class ReadsAGlobal:
    def method(self, device: object, point: object) -> list[Any]:
        return [{"n": GLOBAL}]


def has_an_attribute_called_so(device: Any, point: object) -> list[Any]:
    return [{"n": device.GLOBAL}]


CONSTANTS: list[Any] = [
    *(one for one in DATA if not isinstance(one, torch.nn.Module | Adds)),
    [threading.Lock(), 3],
    [threading.Lock(), 5],
    Adds,
    enclosing,
    threading,
    np.sin,
]


@pytest.mark.parametrize("measure", [reads_a_global, ReadsAGlobal().method])
def test_a_function_is_named_with_the_constants_that_it_reads_by_a_global_name(
    measure: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = []
    for one in CONSTANTS:
        monkeypatch.setitem(globals(), "GLOBAL", one)
        names.append(name_of(measure))

    assert len({*names}) == len(names)
    monkeypatch.setitem(globals(), "GLOBAL", [threading.Lock(), 5])
    assert name_of(measure) in names


def test_what_a_function_calls_by_a_global_name_or_only_shares_one_with_does_not_count(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def called(number: int) -> Any:
        return lambda: number

    names = []
    for one in (called(1), called(2)):
        monkeypatch.setitem(globals(), "GLOBAL", one)
        names.append((name_of(reads_a_global), name_of(has_an_attribute_called_so)))
    monkeypatch.setitem(globals(), "GLOBAL", 3)

    assert names[0] == names[1]
    assert name_of(has_an_attribute_called_so) == names[0][1]


def test_a_global_list_that_holds_itself_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    endless: list[Any] = [3]
    endless += [endless, endless]
    monkeypatch.setitem(globals(), "GLOBAL", endless)

    assert name_of(reads_a_global) == name_of(reads_a_global)


class Caches:
    def __init__(self, number: int) -> None:
        self.number = number

    @functools.cached_property
    def twice(self) -> int:
        return 2 * self.number

    def method(self, device: object, point: object) -> list[Any]:
        return [{"n": self.twice}]


def test_a_method_of_a_class_with_a_cached_property_has_a_name() -> None:
    assert name_of(Caches(3).method) == name_of(Caches(3).method) != name_of(Caches(5).method)


NAMED = """
import dataclasses, enum, re
import attrs
import numpy as np
from speckhal.runs.sweep.measure_name import name_of_measure

class Kind(enum.Enum):
    ONE = 1

@dataclasses.dataclass
class Data:
    tags: set = dataclasses.field(default_factory=lambda: {"a", "b", "c"})

@attrs.frozen
class Frozen:
    n: int = attrs.field(default=3, validator=attrs.validators.instance_of(int))

    def measure(self, device, point):
        return [{"n": point.values["x"] in {"a", "b", "c"}}]

def enclosing(*data):
    return lambda device, point: data

for one in (enclosing(Kind.ONE, Data(), np.sin, re.compile("a")), Frozen().measure):
    print(name_of_measure(one, needed=True).key)
"""


def test_names_of_functions_are_the_same_in_every_process(tmp_path: Path) -> None:
    script = tmp_path / "named.py"  # a class needs a file to have a text
    script.write_text(NAMED)
    found = {
        subprocess.run(  # the process is the subject: strings hash otherwise in each
            [sys.executable, script],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }

    assert [len(one.split()) for one in found] == [2]


def test_two_functions_of_one_line_are_two() -> None:
    one, other = (lambda _d, p: [{"n": p + 1}]), (lambda _d, p: [{"n": p - 1}])

    assert name_of(one) != name_of(other)


@pytest.mark.parametrize("data", [threading.Lock(), (one for one in DATA), [threading.Lock()]])
def test_a_function_with_what_is_no_data_is_refused_where_its_points_are_kept(data: Any) -> None:
    measure = functools.partial(_any, data)

    with pytest.raises(InputError, match="with it comes an object of") as caught:
        points_of({"x": 1}, measure, input_shape=None, checks_settings=False, is_kept=True)

    assert "plain data" in str(caught.value.hint)
    assert points_of({"x": 1}, measure, input_shape=None, checks_settings=False)


def test_a_list_that_a_function_fills_makes_it_no_other_but_one_that_another_fills_does() -> None:
    filled: list[int] = []
    measure = enclosing(filled)
    before = name_of_measure(measure, needed=True)

    filled.append(1)
    note_work(measure, before)

    assert name_of(measure) == before.key
    filled.append(2)
    assert name_of(measure) != before.key


def test_a_dictionary_that_is_still_filled_as_a_sweep_ends_hides_no_interrupt() -> None:
    filled: dict[str, Any] = {}
    measure = enclosing(filled)
    before = name_of_measure(measure, needed=True)

    class Fills:
        def __reduce_ex__(self, protocol: object) -> Any:
            filled[str(len(filled))] = 0
            return "fills"

    filled["x"] = Fills()
    with pytest.raises(RuntimeError, match="changed size"):
        name_of(measure)
    note_work(measure, before)


def test_options_take_what_a_backend_takes_and_stand_in_the_table_as_text() -> None:
    over = {"option.accepted_rate_hz": [[10, 1000], Range(1, 5), "7..9"], "option.errata": True}

    found = points(over)

    assert [one.options["accepted_rate_hz"] for one in found] == over["option.accepted_rate_hz"]
    assert [one.values["option.accepted_rate_hz"] for one in found] == [
        "[10, 1000]",
        "1..5",
        "7..9",
    ]
    assert len({one.key for one in found}) == 3


def test_a_whole_rate_is_a_whole_number_however_it_is_written() -> None:
    assert points({"rate_hz": 1e3})[0].key == points({"rate_hz": 1000})[0].key


def test_a_plan_reaches_functions_of_ones_own() -> None:
    (one,) = points({"plan": plan_of(-3)}, checked=False)
    (text,) = points({"plan": "no/file.json"}, checked=False)

    assert one.plan.biases[0].tolist() == [-3, -3]
    assert text.plan is None


@pytest.mark.parametrize("name", ["mine", "plan", "network"])
def test_a_network_or_a_plan_of_another_name_is_refused(name: str) -> None:
    for value, place in ((network("a"), "network"), (plan_of(-3), "plan")):
        if name != place:
            with pytest.raises(InputError, match=f"which is a {place}"):
                points({name: value}, checked=False)


def plan_of(bias: int) -> LeakPlan:
    layer = PlannedLayer(
        0, (2, 2, 2), 127.0, 127, -127, "x", np.ones(2), np.array([bias, bias]), 50
    )
    return LeakPlan("Speck2f", 50, (layer,), (), 0.01, 0.1)


def test_a_plan_stands_by_its_file_or_by_its_rate_and_brings_its_own_time(tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(plan_of(-3).as_json()))

    read, given, other = points({"plan": [str(file), plan_of(-3), plan_of(-4)]})

    assert read.values["plan"] == str(file)
    assert str(given.values["plan"]).startswith("50 Hz, ")
    assert len({one.key for one in (read, given, other)}) == 3
    assert read.plan.biases[0].tolist() == [-3, -3]
    assert read.sampling() == ClockedSampling(every_s=0.01, for_s=0.4)
    (stepped,) = points({"plan": str(file), "ticks": 3})
    assert stepped.sampling() == SteppedSampling(3)
    before = read.key
    file.write_text(json.dumps(plan_of(-5).as_json()))
    assert points({"plan": str(file)})[0].key != before


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "there is no such file"),
        ("[]", "is no plan"),
        ("{", "is no plan"),
        ("[" * 9999, "is no plan"),
        ("{}", "is damaged"),
    ],
    ids=range(5),
)
def test_a_file_without_a_plan_is_refused(tmp_path: Path, content: str | None, said: str) -> None:
    file = tmp_path / "plan.json"
    if content is not None:
        file.write_text(content)

    with pytest.raises(InputError, match=said) as caught:
        points({"plan": str(file)})

    assert "speckhal plan" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("setting", "meant"),
    [("baises", "bias"), ("rate", "rate_hz"), ("chip", "backend"), ("net", "network")],
)
def test_a_setting_with_a_wrong_name_gets_the_nearest(setting: str, meant: str) -> None:
    with pytest.raises(InputError) as caught:
        points({setting: 1})

    assert str(caught.value.hint).startswith(f"Did you mean {meant}? ")


@pytest.mark.parametrize(
    ("over", "said"),
    [
        ({"colour": "red"}, "has no such setting"),
        ({"option.": "red"}, "has no such setting"),
        ({"bias": []}, "with no value"),
        ({"bias": [1, 2, 1]}, "with 1 twice"),
        ({"backend": ["mock", "mock"]}, "with 'mock' twice"),
        ({"backend": 5}, "is not backend"),
        ({"network": None}, "is not FILE.py:NAME"),
        ({"network": ""}, "is not FILE.py:NAME"),
        ({"network": "/no/such.py:net"}, "there is no such file"),
        ({"network": f"{__file__}:nothing"}, "defines no 'nothing'"),
        ({"plan": 3}, "is not FILE.json"),
        ({"plan": "x", "bias": 3, "rate_hz": 3}, "plan together with bias and rate_hz"),
        ({"bias": 0.5}, "not a whole number"),
        ({"bias": True}, "not a whole number"),
        ({"ticks": 0}, "a whole number of 1 or more"),
        ({"rate_hz": "fast"}, "a whole number of 1 or more"),
        ({"ticks": 3, "for_s": 1}, "a stepped clock has no time of its own"),
        ({"every_s": 1}, "without rate_hz"),
        ({"rate_hz": 1, "for_s": -1}, "no length of time"),
        ({"rate_hz": 1, "every_s": "a"}, "not a number"),
        ({"rate_hz": 1, "for_s": True}, "not a number"),
        ({"option.x": 2**64}, "more than 64 bits"),
        ({"option.x": "\udc80"}, "halves of characters"),
        ({"option.x": 1, "option.X": 1}, "upper and lower case"),
        ({"network": object()}, "a object"),
        ({"network": [network("a"), network("a")]}, "the same summary"),
        ({"network": ExampleNetwork([LayerSpec((1, 1, 1))], (1, 1, 0), "a")}, "that is no shape"),
        ({"bias": range(4000), "rate_hz": range(1, 4000)}, "at most 10,000,000"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_measured(over: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        points(over)

    assert caught.value.hint
