"""Two runs of the same spikes: what they share, and whether the order may be why they differ."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import attrs
import numpy as np
import pytest
from click.testing import CliRunner, Result

from runs_made import layer, run_of
from speckhal import Answer, Deployment, InputError, OrderSpread, SpikeRun, Spikes, save_spike_run
from speckhal.cli import main
from speckhal.runs.save_run import save_run
from speckhal.runs.spiking.compare_spikes import compare_spikes
from spike_runs_made import RUN

if TYPE_CHECKING:
    from pathlib import Path

WHOLE = attrs.evolve(RUN, problem=None, spread=None, monitored=(0, 1))


def sending(count: int, *, given: list[int] | None = None, of: int = 1) -> SpikeRun:
    """A run in which a layer sends that many spikes, and as many in further orders as `given`."""
    sent = Spikes(time_us=np.arange(count), layer=of, channel=0)
    spread = None
    if given is not None:
        counts = np.array([[0, each] for each in given])
        shared = np.full(counts.shape, np.nan)
        orders = tuple(range(1, len(given) + 1))
        spread = OrderSpread(orders, (0, 1), counts, 1, counts, shared)
    return attrs.evolve(WHOLE, sent=sent, spread=spread)


@pytest.mark.parametrize(
    ("first", "other", "answer", "says"),
    [
        (sending(9), 9, Answer.AGREES, "the same spikes"),
        (sending(0), 0, Answer.AGREES, "the same spikes"),
        (sending(9), 10, Answer.CANNOT_TELL, "--orders 10"),
        (sending(9, given=[12, 10]), 11, Answer.AGREES, "2 orders gave, 9 to 12"),
        (sending(13, given=[12, 10]), 13, Answer.AGREES, "the same spikes"),
        (sending(13, given=[12, 10]), 300, Answer.CANNOT_TELL, "just outside"),
        (sending(9, given=[10, 9, 10, 11] * 3), 13, Answer.CANNOT_TELL, "just outside"),
        (sending(9, given=[10, 9, 10, 11] * 3), 14, Answer.DISAGREES, "far outside what 12"),
        (sending(9, given=[9] * 12), 10, Answer.CANNOT_TELL, "just outside"),
        (sending(9, given=[9] * 12), 12, Answer.DISAGREES, "9 to 9"),
    ],
)
def test_a_count_agrees_that_an_order_gave_and_disagrees_where_none_would(
    first: SpikeRun, other: int, answer: Answer, says: str
) -> None:
    for one, another in ((first, sending(other)), (sending(other), first)):
        comparison = compare_spikes(one, another)
        (silent, found) = comparison.layers
        assert silent.answer is Answer.AGREES
        assert (found.answer, comparison.answer) == (answer, answer)
        assert says in found.said
        assert (found.a, found.b) == (len(one.sent), len(another.sent))


def test_as_many_other_spikes_agree_and_are_shared_in_part() -> None:
    first = sending(4)
    later = attrs.evolve(first, sent=Spikes(time_us=[0, 1, 5, 6], layer=1, channel=0))
    (_, found) = compare_spikes(first, later).layers
    assert (found.answer, found.shared) == (Answer.AGREES, 0.5)
    assert "not all the same" in found.said


def test_runs_of_different_things_are_not_compared() -> None:
    other_shape = Deployment((layer(0, (2, 3, 4)), attrs.evolve(layer(1, (1, 1, 3)), core=1)))
    for other, says in (
        (attrs.evolve(WHOLE, given=WHOLE.given[:1]), "3 went into A and 1 into B"),
        (attrs.evolve(WHOLE, deployment=other_shape), "other shapes"),
        (attrs.evolve(WHOLE, monitored=()), "no monitored layer in common"),
        (RUN, "B was ended early: StimulationUnfinished"),
    ):
        with pytest.raises(InputError, match=says):
            compare_spikes(WHOLE, other)


def compare(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["compare", *map(str, arguments)])


def test_records_of_spikes_are_compared_and_nothing_else_with_them(tmp_path: Path) -> None:
    names = [tmp_path / name for name in ("a.h5", "b.h5", "leak.h5")]
    save_spike_run(sending(9, given=[9] * 12), names[0])
    save_spike_run(sending(12), names[1])
    save_run(run_of(), names[2])
    done = compare(*names[:2])
    assert done.exit_code == 1, done.output
    rows = [line.split() for line in done.stdout.splitlines()]
    assert ["1", "9", "12", "+33.33%", "100.0%", "disagrees"] in rows
    assert done.stdout.endswith("The runs disagree at layer 1.\n")
    plain = json.loads(compare(*names[:2], "--json").stdout)
    assert plain["answer"] == "disagrees"
    assert plain["layers"][0]["shared"] is None
    assert compare(names[1], names[1]).exit_code == 0
    for arguments, says in (
        ((names[0], names[2]), "with something else"),
        (("mock", names[0]), "with something else"),
        ((*names[:2], "--plot", "x.png"), "Asked for --plot, and A and B are records of spikes"),
        ((*names[:2], "--ticks", "3"), "Asked for --ticks"),
    ):
        done = compare(*arguments)
        assert done.exit_code == 2
        assert says in done.stderr


def test_records_are_compared_by_their_paths_and_a_comparison_prints_as_one_short_line(
    tmp_path: Path,
) -> None:
    save_spike_run(sending(9), tmp_path / "a.h5")
    comparison = compare_spikes(str(tmp_path / "a.h5"), sending(9))
    assert repr(comparison) == "<SpikeComparison: agrees; layer 0 agrees, layer 1 agrees>"
    with pytest.raises(InputError, match="no such file"):
        compare_spikes(tmp_path / "b.h5", sending(9))
