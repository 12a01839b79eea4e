"""The filter of the sensor's events equals a loop over single events, written from the vendor's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speckhal_mock.emulation.options import EmulationOptions
from speckhal_mock.emulation.sensor.dvs_events import DvsEvents
from speckhal_mock.emulation.sensor.dvs_filter import DvsFilter, DvsFilterConfig

if TYPE_CHECKING:
    from collections.abc import Callable

any_options: Callable[..., EmulationOptions] = EmulationOptions

configs = st.builds(
    DvsFilterConfig,
    mode=st.sampled_from(["noise", "noise and hot pixels", "low pass"]),
    reach=st.tuples(st.integers(0, 3), st.integers(0, 3)),
    threshold=st.sampled_from([0, 1, 2, 5, 40]),
)
options = st.fixed_dictionaries(
    {
        "dvs_filter_start": st.sampled_from(["empty", "zero"]),
        "dvs_filter_own_pixel": st.booleans(),
        "dvs_filter_wraps": st.booleans(),
        "flicker_filter_pixels": st.sampled_from(["own", "window"]),
        "hot_pixel_rule": st.sampled_from(["rate", "none"]),
    }
)
edge = st.sampled_from([0, 1, 2, 3, 125, 126, 127])
# waits in ticks, some of them as long as the counters are
streams = st.lists(
    st.tuples(st.sampled_from([0, 0, 1, 3, 65_530, 65_536]), edge, edge), max_size=25
)


def one_by_one(
    config: DvsFilterConfig, given_options: dict[str, Any], stream: list[tuple[int, int, int]]
) -> list[bool]:
    """Which of (count, y, x) pass."""
    stored = {}
    if given_options["dvs_filter_start"] == "zero":
        stored = {(y, x): 0 for y in range(128) for x in range(128)}
    passes = []
    for count, y, x in stream:

        def is_recent(pixel: tuple[int, int], count: int = count) -> bool:
            if pixel not in stored:
                return False
            age = count - stored[pixel]
            return (age % 65_536 if given_options["dvs_filter_wraps"] else age) < config.threshold

        window = {
            (y + dy, x + dx)
            for dy in range(-config.reach[1], config.reach[1] + 1)
            for dx in range(-config.reach[0], config.reach[0] + 1)
        }
        neighbours = window if given_options["dvs_filter_own_pixel"] else window - {(y, x)}
        if config.mode == "low pass":
            silent = {(y, x)} if given_options["flicker_filter_pixels"] == "own" else window
            passes.append(not any(map(is_recent, silent)))
        else:
            hot = config.mode != "noise" and given_options["hot_pixel_rule"] == "rate"
            passes.append(any(map(is_recent, neighbours)) and not (hot and is_recent((y, x))))
        stored[y, x] = count
    return passes


@settings(max_examples=50)
@given(configs, options, streams, st.integers(0, 25))
def test_the_filter_equals_a_loop_over_events_however_they_are_cut_into_pieces(
    config: DvsFilterConfig,
    given_options: dict[str, Any],
    waits: list[tuple[int, int, int]],
    cut: int,
) -> None:
    counts = np.cumsum([wait for wait, *_ in waits], dtype=np.int64)
    y, x = (np.array([row[axis] for row in waits], dtype=np.int64) for axis in (1, 2))
    stream = list(zip(counts.tolist(), y.tolist(), x.tolist(), strict=True))
    events = DvsEvents(np.zeros_like(x), y, x, counts)
    made = DvsFilter(config, any_options(**given_options))
    parts = [
        made.passing(events.where(part), counts[part]).tolist()
        for part in (slice(None, cut), slice(cut, None))
    ]

    assert parts[0] + parts[1] == one_by_one(config, given_options, stream)


@pytest.mark.parametrize(("rate_hz", "passes"), [(40, True), (42, False)])
def test_25_counts_at_1_khz_let_pass_what_comes_again_after_25_ms(
    rate_hz: int,
    passes: bool,  # noqa: FBT001
) -> None:
    counts = np.arange(10) * 1000 // rate_hz
    pixel = np.full(10, 64)
    made = DvsFilter(DvsFilterConfig("low pass", (0, 0), 25), EmulationOptions())
    kept = made.passing(DvsEvents(pixel, pixel, pixel, counts), counts)

    assert kept.tolist() == [True] + [passes] * 9
