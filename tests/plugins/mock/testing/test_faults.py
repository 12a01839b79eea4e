"""What each fault makes of the answers to one request."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from speckhal_mock.testing.faults import cut_off, doubled, dropped, reordered

ANSWERS = st.lists(st.integers(), max_size=20)
COUNTS = st.integers(0, 25)


@given(ANSWERS, COUNTS)
def test_dropped_answers_are_the_first_ones(answers: list[int], count: int) -> None:
    assert answers[:count] + list(dropped(count).change(answers)) == answers


@given(ANSWERS, COUNTS)
def test_doubled_answers_come_again_after_all(answers: list[int], count: int) -> None:
    arrived = list(doubled(count).change(answers))
    assert arrived[: len(answers)] == answers
    assert arrived[len(answers) :] == answers[:count]


@given(ANSWERS, st.integers(0, 100))
def test_reordered_answers_are_all_there_and_the_same_each_time(
    answers: list[int], seed: int
) -> None:
    arrived = reordered(seed).change(answers)
    assert Counter(arrived) == Counter(answers)
    assert reordered(seed).change(answers) == arrived


@given(ANSWERS, COUNTS)
def test_of_answers_that_are_cut_off_only_the_first_come(answers: list[int], after: int) -> None:
    fault = cut_off(after)
    assert fault.then_unplugs
    assert list(fault.change(answers)) == answers[:after]
