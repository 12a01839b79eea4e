"""Honest chips of every kind pass the suite, whose values come from their facts; others do not."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from speckhal import Capability, Certainty, CoreMemory, Fact, InputError, NetworkError, Range
from speckhal.conformance import CASES, Half, Outcome, examine
from speckhal.contract.linear_address import LinearAddresses
from speckhal_mock.backend.emulated_backend import EmulatedBackend
from speckhal_speck2f.chip import CHIP

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from speckhal.conformance import Case, Report

    Data = Callable[[str], ModuleType]

LIVE = [case for case in CASES if case.half is Half.LIVE]
OF_CHIPS = [case for case in CASES if case.name != "loading-it-imports-nothing-heavy"]
"""Without the one that starts a process, whatever the chip."""

NOTE = "made up for this test"

CHIPS: dict[str, dict[str, Any]] = {
    "of 12 bits": {},
    "of 8 bits": {"potentials": Range(-128, 127), "biases": Range(-16, 15)},
    "of 16 bits": {"potentials": Range(-32768, 32767), "biases": Range(-32768, 32767)},
    "with unequal limits": {
        "potentials": Range(-100, 3000),
        "biases": Range(-300, 20),
        "low": Range(-60, -1),
        "high": Range(5, 2000),
    },
    "with one core": {"cores": [CoreMemory(64, 64, 8)]},
    "with one large core and few channels": {
        "cores": [CoreMemory(1024, 4096, 16)],
        "channels": Range(1, 3),
    },
    "with two tiny cores": {
        "cores": [CoreMemory(4, 16, 2), CoreMemory(16, 8, 4)],
        "channels": Range(1, 2),
        "sizes": Range(1, 4),
    },
    "with many channels and no small maps": {"channels": Range(4, 12), "sizes": Range(3, 9)},
    "with a slow clock": {"typical_hz": Range(1, 4), "highest_hz": 8},
    "with a fast clock": {"typical_hz": Range(2000, 9000), "highest_hz": 9000},
}


def failures(report: Report) -> dict[str, str]:
    return {
        result.case.name: result.reason
        for result in report.results
        if result.outcome is Outcome.FAILED
    }


@pytest.mark.parametrize("chip", CHIPS)
def test_an_honest_board_without_samna_passes_and_its_refusals_leave_nothing_to_say(
    chip: str, data: Data
) -> None:
    honest = data("honest")
    # of version 2, what a refusal does not name is a failure, as is the version itself today
    backend = honest.HonestBackend(honest.facts(**CHIPS[chip]), api_version=2)
    report = examine(backend, cases=OF_CHIPS)
    assert list(failures(report)) == ["it-is-for-this-api-version"]
    for result in report.results:
        assert all(remark.startswith("By its facts ") for remark in result.remarks)


@pytest.mark.parametrize("chip", CHIPS)
def test_so_does_one_that_was_written_for_0_1_and_checks_all_by_itself(
    chip: str, frozen: Data
) -> None:
    board = frozen("board_without_samna")
    backend = board.HonestBackend(board.facts(**CHIPS[chip]))
    assert failures(examine(backend, cases=OF_CHIPS)) == {}


def test_a_chip_whose_clock_is_only_stepped_and_whose_addresses_are_linear_passes(
    data: Data,
) -> None:
    honest = data("honest")
    stepped = frozenset({Capability.STEPPED_CLOCK})
    facts = honest.facts(runs=False, addresses=LinearAddresses())
    report = examine(honest.HonestBackend(facts, capabilities=stepped))
    assert failures(report) == {}
    assert report.counts[Outcome.REFUSED_AS_DECLARED] == sum(
        not case.needs <= stepped for case in CASES
    )


@pytest.mark.parametrize(
    "capability", [Capability.EXTERNAL_CLOCK, Capability.INTERNAL_CLOCK], ids=lambda one: one.name
)
def test_a_chip_of_which_nobody_knows_what_a_declared_drive_takes_fails(
    capability: Capability, data: Data
) -> None:
    honest = data("honest")
    backend = honest.HonestBackend(honest.facts(runs=False), capabilities=frozenset({capability}))
    cases = [case for case in CASES if case.name == "what-a-declared-drive-takes-is-known"]
    (reason,) = failures(examine(backend, cases=cases)).values()
    assert f"{capability.value!r} is declared, and " in reason
    assert "is not among the facts of the chip" in reason


def described(certainty: Certainty = Certainty.STATED, **facts: Any) -> EmulatedBackend:
    """An emulated Speck2f of 12 bits, which sinabs does not know."""
    twelve = {
        "v_mem_range": Range(-2048, 2047),
        "bias_range": Range(-512, 511),
        "threshold_high_range": Range(0, 2047),
        "threshold_low_range": Range(-2048, -1),
        **facts,
    }
    known: dict[str, Any] = {name: Fact(value, NOTE, certainty) for name, value in twelve.items()}
    kit = attrs.evolve(CHIP.kits[0], target="kit", board="HonestKit", sinabs_device=None)
    chip = attrs.evolve(CHIP, kits=(kit,), facts=attrs.evolve(CHIP.facts, name="any", **known))
    return EmulatedBackend(chip, name="honest", summary="an emulation")


@pytest.mark.parametrize(
    ("certainty", "cases"),
    [
        (Certainty.STATED, LIVE),
        # the suite asks for certainty only where it demands a refusal
        (Certainty.ASSUMED, [case for case in LIVE if case.name.endswith("refused")]),
    ],
    ids=["stated", "assumed"],
)
def test_an_emulated_chip_of_12_bits_with_three_small_cores_passes(
    certainty: Certainty, cases: list[Case]
) -> None:
    memories = CoreMemory(64, 128, 4), CoreMemory(128, 64, 8), CoreMemory(64, 64, 4)
    backend = described(
        certainty,
        core_memories=memories,
        channel_range=Range(1, 4),
        map_size_range=Range(1, 16),
    )
    assert failures(examine(backend, cases=cases)) == {}


def unlimited(data: Data) -> Any:
    """A board that takes whatever 16 bits hold, whatever its facts say."""
    honest = data("honest")
    backend = honest.HonestBackend(honest.facts(highest_hz=1000))
    described = backend.facts

    class Unlimited(data("honest").HonestDevice):  # type: ignore[misc]  # imported by name
        def __init__(self, backend: Any) -> None:
            super().__init__(backend)
            words = honest.facts(potentials=Range(-32768, 32767), biases=Range(-32768, 32767))
            self.facts = attrs.evolve(words, core_memories=described.core_memories)

    backend.open = lambda target=None, options=None: Unlimited(backend)
    return backend


def test_a_board_that_does_not_keep_to_its_facts_fails(data: Data) -> None:
    name = "values-beyond-the-facts-are-refused"
    cases = [case for case in CASES if case.name == name]
    words = "An upper threshold of 2048 must be refused"
    assert words in failures(examine(unlimited(data), cases=cases))[name]


def vague(data: Data, api_version: int) -> Any:
    """A board whose refusals say nothing of what was asked, and always give the same hint."""
    honest = data("honest")
    backend = honest.HonestBackend(api_version=api_version)

    class Vague(data("honest").HonestDevice):  # type: ignore[misc]  # imported by name
        def deploy(self, *given: Any, **options: Any) -> Any:
            try:
                return super().deploy(*given, **options)
            except (NetworkError, InputError) as error:
                raise type(error)("It does not fit.", hint="Change the network.") from None

    backend.open = lambda target=None, options=None: Vague(backend)
    return backend


VAGUE = [case for case in CASES if case.name == "too-many-layers-are-refused"]
REMARK = (
    "A network of 5 layers on 4 cores is refused without naming 5 (the layers) or 4 (the cores): "
    "It does not fit. Change the network."
)


def test_a_refusal_that_names_nothing_is_a_remark_on_a_plugin_of_version_1(data: Data) -> None:
    report = examine(vague(data, 1), cases=VAGUE)
    (result,) = report.results
    assert report.passed
    assert result.remarks == (REMARK,)
    assert report.summary == (
        "1 case, 1 on what is declared: 1 passed, 0 refused as declared, 0 failed; 1 remark."
    )
    written: Any = report.as_json()
    assert written["counts"]["remarks"] == 1
    assert written["cases"][0]["remarks"] == [REMARK]


def test_and_a_failure_of_a_plugin_of_version_2(data: Data) -> None:
    report = examine(vague(data, 2), cases=VAGUE)
    assert failures(report) == {"too-many-layers-are-refused": REMARK}
    assert report.remarks == 0


@pytest.mark.parametrize(
    ("said", "value", "is_named"),
    [
        ("It takes -2048 to 2047.", 2047, True),
        ("It takes -2048 to 2047.", -2048, True),
        ("It takes -2048 to 2047.", 204, False),
        ("It takes 12,047 to 1_000_000.", 2047, False),
        ("It takes 12,047 to 1_000_000.", 1_000_000, True),
        ("It takes 12,047 to 1_000_000.", 12_047, True),
        ("It takes 1.5 and 2.", 2, True),
        ("It takes 1.5 and 2.", 1, False),
        ("Asked for rate_hz=20, and [1, 3].", 20, True),
        ("Asked for rate_hz=20, and [1, 3].", 3, True),
    ],
)
def test_a_number_is_named_where_it_stands_by_itself(
    said: str, value: int, *, is_named: bool
) -> None:
    from speckhal.conformance.expectations import refusal

    lacking: list[str] = []
    error = InputError(said, hint="Ask for another.")
    with (
        refusal(InputError, "This", lacking=lacking.append, names={"the value": value}),
        contextlib.ExitStack() as stack,
    ):
        stack.callback(_raise, error)
    assert bool(lacking) is not is_named


def _raise(error: Exception) -> None:
    raise error
