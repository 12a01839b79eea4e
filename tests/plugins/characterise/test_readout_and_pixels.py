"""What is found of sensor and readout where several options are unusual, or nothing comes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest
from hypothesis import strategies as st

from speckhal.contract.characterise import Comparison
from speckhal_characterise.workbench import Workbench
from speckhal_mock.boards.option_table import kind_of

if TYPE_CHECKING:
    import samna.speck2f

    from speckhal_characterise.chip_setup import ChipSettings, ReadoutEvents

    _settings: ChipSettings = samna.speck2f.configuration.SpeckConfiguration()
    _events: ReadoutEvents = samna.speck2f.event

Measure = Callable[..., Any]

PIXELS = (
    *("merge_polarity_mark", "dvs_monitor_pooled", "dvs_filter_start", "dvs_filter_own_pixel"),
    *("dvs_filter_wraps", "flicker_filter_pixels", "hot_pixel_rule"),
)
READOUT = (
    *("readout_erratum", "readout_between", "readout_manual_addressing", "readout_average"),
    *("readout_start", "readout_ties", "readout_bits", "readout_overflow", "readout_pins"),
    "readout_interrupt",
)
MEASURES_PIXELS = ("pixel-monitor", "pixel-filter")
MEASURES_READOUT = tuple(
    f"readout-{what}" for what in ("classes", "addresses", "averages", "pins", "overflow")
)


def choices(names: tuple[str, ...]) -> st.SearchStrategy[dict[str, Any]]:
    """Any choice of each of these options."""
    values = {
        name: st.sampled_from(
            kind_of(name).choices or ([0, 1] if name == "merge_polarity_mark" else [True, False])
        )
        for name in names
    }
    return st.fixed_dictionaries(values)


@hypothesis.settings(max_examples=8, deadline=None)
@hypothesis.given(options=choices(PIXELS))
def test_all_that_is_chosen_of_the_sensors_path_is_found_at_once(
    measure: Measure, options: dict[str, Any]
) -> None:
    results = measure(*MEASURES_PIXELS, **options).results
    assert {name: results[name].value for name in options} == options


@hypothesis.settings(max_examples=8, deadline=None)
@hypothesis.given(options=choices(READOUT))
def test_all_that_is_chosen_of_the_readout_is_found_at_once(
    measure: Measure, options: dict[str, Any]
) -> None:
    results = measure(*MEASURES_READOUT, **options).results
    if not options["readout_erratum"]:  # no channels are in between then
        assert results["readout_between"].verdict is Comparison.NOT_SETTLED
        del options["readout_between"]
    assert {name: results[name].value for name in options} == options


@pytest.mark.parametrize("names", [MEASURES_PIXELS, MEASURES_READOUT])
def test_a_board_from_which_nothing_comes_leaves_open_what_that_would_show(
    measure: Measure, monkeypatch: pytest.MonkeyPatch, names: tuple[str, ...]
) -> None:
    monkeypatch.setattr(Workbench, "heard", lambda _: [])
    notes = measure(*names)
    assert not notes.failures
    assert {result.verdict for result in notes.results.values()} == {Comparison.NOT_SETTLED}
    assert all(len(result.how) > 20 for result in notes.results.values())
