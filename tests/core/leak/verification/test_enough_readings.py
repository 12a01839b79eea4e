"""Which readings are advised: round times, never rarer than what would do."""

from __future__ import annotations

import math

from hypothesis import example, given
from hypothesis import strategies as st

from speckhal.leak.verification.enough_readings import _round


@given(
    st.one_of(
        st.floats(1e-300, 1e300),
        st.integers(-300, 300).flatmap(
            lambda power: st.sampled_from(
                [math.nextafter(10.0**power, 0), 10.0**power, math.nextafter(10.0**power, math.inf)]
            )
        ),
    )
)
@example(0.49 - 2 * 0.005 - 0.38)
def test_a_time_is_rounded_down_to_1_2_or_5_of_a_power_of_ten(every_s: float) -> None:
    rounded = _round(every_s)
    assert rounded <= every_s < 2.5 * rounded * (1 + 1e-12)
    assert f"{rounded:.0e}"[0] in "125"
    assert float(f"{rounded:.0e}") == rounded
