"""In real time, ticks are rate times wall time, whatever was called in between."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from speckhal_mock.emulation.board import EmulatedBoard
from speckhal_mock.emulation.clock import RealTimeClock
from speckhal_mock.emulation.kits import KITS

MS = 1_000_000
SLACK_NS = MS

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["configure", "read", "rate", "catch up", "script"]),
        st.integers(0, 300 * MS),
    ),
    max_size=12,
)


class Wall:
    """A monotonic clock that only the test moves."""

    def __init__(self) -> None:
        self.now = 987_654_321

    def read(self) -> int:
        return self.now

    def sleep(self, duration_s: float) -> None:
        self.now += round(duration_s * 1e9)


@given(rate_hz=st.sampled_from([10, 100, 1000]), before=STEPS, during=STEPS)
def test_ticks_are_rate_times_wall_time(
    rate_hz: int,
    before: list[tuple[str, int]],
    during: list[tuple[str, int]],
) -> None:
    wall = Wall()
    board = EmulatedBoard(
        KITS["Speck2fModuleDevKit"], (), clock=RealTimeClock(wall_ns=wall.read, sleep=wall.sleep)
    )

    def do(steps: list[tuple[str, int]]) -> None:
        for step, duration in steps:
            begun = wall.now
            if step == "configure":
                board.apply_configuration([])
                assert 0 <= 200 * MS - (wall.now - begun) <= SLACK_NS
            elif step == "script":
                wall.now += duration
            elif step == "rate":
                board.set_slow_clk(enable=board.slow_clock_running)
                assert 0 <= 2.5 * MS - (wall.now - begun) <= SLACK_NS
            else:
                board.catch_up()

    board.set_slow_clk_rate(rate_hz)
    do(before)
    begun, ticks = wall.now, board.ticks()
    board.set_slow_clk(enable=True)
    do(during)
    ended = wall.now
    board.set_slow_clk(enable=False)
    wall.now += 1000 * MS
    # the clock may be behind the wall by its slack, which is a tick at 1000 Hz
    assert (
        abs(board.ticks() - ticks - (ended - begun) * rate_hz / 1e9) <= 1 + rate_hz * SLACK_NS / 1e9
    )
