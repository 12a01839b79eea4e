"""Verifies random synthetic runs, good and bad, and counts the answers.

    python benchmarks/verify_runs.py [RUNS] [SEED]

Half of the runs are of good boards, and none may disagree. The others have one tick or three lost,
one too many, a channel wrong or a rate off by 3 %: where the readings show it, none may agree, and
at 100 ticks or more a rate must be found. A tick that was lost alone may not be where a
verification says that none was. The exit code is 1 if one verdict is wrong.
"""

from __future__ import annotations

import collections
import sys
import time
from pathlib import Path

import speckhal
from speckhal import Answer

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "support"))

from synthetic_leak import Fault, synthetic_run

FAULTS = (
    Fault.NONE,
    Fault.LOST_TICK,
    Fault.NONE,
    Fault.WRONG_CHANNEL,
    Fault.NONE,
    Fault.WRONG_RATE,
    Fault.NONE,
    Fault.LOST_SEVERAL,
    Fault.NONE,
    Fault.TWO_AT_ONCE,
)
ANSWERS = (Answer.AGREES, Answer.CANNOT_TELL, Answer.DISAGREES)


def main() -> int:
    """Print a row for each kind of board."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    counts: collections.Counter[tuple[str, Answer]] = collections.Counter()
    wrong: list[str] = []
    start_s = time.perf_counter()
    for seed in range(first, first + runs):
        fault = FAULTS[seed % len(FAULTS)]
        run = synthetic_run(seed, fault)
        verification = speckhal.verify(run.trace, run.layer)
        answer = verification.answer
        kind = fault.value
        if fault is not Fault.NONE:
            kind += ", identifiable" if run.is_identifiable else ", hidden by the readings"
        counts[kind, answer] += 1
        is_long = fault is Fault.WRONG_RATE and run.span >= 100 and run.blur <= 0.9
        surely_s = verification.layers[0].none_lost_s or (0.0, 0.0)
        if (
            (fault is Fault.NONE and answer is Answer.DISAGREES)
            or (fault is not Fault.NONE and run.is_identifiable and answer is Answer.AGREES)
            or (is_long and answer is not Answer.DISAGREES)
            or (fault is Fault.LOST_TICK and surely_s[0] < run.lost_s[0] < surely_s[1])
        ):
            wrong.append(f"seed {seed}, {kind}: {answer.value}. {' '.join(verification.problems)}")
    took_s = time.perf_counter() - start_s
    print("| board | agrees | cannot tell | disagrees |\n|---|---:|---:|---:|")
    for kind in sorted({kind for kind, _ in counts}):
        print(f"| {kind} | " + " | ".join(str(counts[kind, one]) for one in ANSWERS) + " |")
    print(f"\n{runs} runs in {took_s:.1f} s; {len(wrong)} wrong verdicts.")
    for line in wrong[:20]:
        print(line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
