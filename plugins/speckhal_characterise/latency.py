"""How long things take on this board and this host."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from speckhal.contract.clock import NS_PER_S
from speckhal_characterise.core_setup import CoreSetup
from speckhal_characterise.results import duration, unsettled
from speckhal_samna.board.request_reply import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Iterator

    from speckhal.contract.characterise import Result
    from speckhal_characterise.workbench import Workbench

_CORE: Final = 2


def measure_latencies(bench: Workbench) -> Iterator[Result]:
    """Commands, answers, configurations, opening, graphs and looks, by the host's clock."""
    bench.configure({_CORE: CoreSetup(bias=-1)})
    trials = 5 if bench.quick else 50
    unanswered = 0
    for _ in range(trials):
        bench.stop()
        unanswered += not bench.time_read()
        bench.look()
    taken = bench.watch.durations_ns
    for name, kind, how in (
        ("io_write_s", "command", "Commands to the slow clock, from call to return."),
        ("read_latency_s", "read", "One request for a membrane potential, until it is answered."),
        ("apply_s", "apply", "apply_configuration, from call to return."),
        ("open_s", "open", "open_device, from call to return."),
        ("graph_start_s", "graph start", "Starting an event graph, from call to return."),
        ("poll_s", "look", "get_events with nothing to get, from call to return."),
    ):
        samples = taken[kind]
        if kind == "read" and unanswered:
            yield unsettled(
                name,
                f"{unanswered} of {trials} requests for a membrane potential had no answer within "
                f"{PATIENCE_S:g} s. Check the cable, and measure again.",
            )
        elif kind == "read" and max(samples) <= max(taken["look"]):
            yield _latency_within_a_look(bench, max(taken["look"]))
        else:
            yield duration(name, samples, f"{how} Median of {len(samples)}.")


def _latency_within_a_look(bench: Workbench, look_ns: int) -> Result:
    """When the chip answers, where it is no later than looking for the answer takes."""
    too_short, long_enough = -1, look_ns
    while long_enough - too_short > 1:
        middle = (too_short + long_enough) // 2
        if bench.answers_before_pulse(_CORE, middle / NS_PER_S):
            long_enough = middle
        else:
            too_short = middle
    return duration(
        "read_latency_s",
        [long_enough],
        "The answer is there at the first look; the latency is how late a pulse must be sent to "
        "come too late for it.",
    )
