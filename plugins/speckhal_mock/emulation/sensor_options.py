"""What is assumed of the sensor and its pre-processing."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal, TypeAlias

import attrs

from speckhal.contract.facts import Certainty
from speckhal_mock.emulation.option_kinds import FLAG, OptionKind, one_of, option
from speckhal_mock.emulation.sensor.scene import RecordedScene

HotPixelRule: TypeAlias = Literal["rate", "none"]
FilterStart: TypeAlias = Literal["empty", "zero"]
FlickerFilterPixels: TypeAlias = Literal["own", "window"]

_INFERRED: Final = Certainty.INFERRED
_ASSUMED: Final = Certainty.ASSUMED


def _read_scene(given: object) -> object:
    """The path itself, once it turned out that a scene is there."""
    if isinstance(given, str | Path):
        try:
            RecordedScene.load(given)
        except (OSError, EOFError) as error:
            raise ValueError(f"It cannot be read: {error}") from error
    return given


SCENE: Final = OptionKind(
    "str | Path | None",
    "None or the path of a file of NumPy",
    lambda value: value is None or (isinstance(value, str | Path) and Path(value).is_file()),
    read=_read_scene,
)


MARK: Final = OptionKind(
    "int", "0 or 1", lambda value: isinstance(value, int) and str(value) in {"0", "1"}
)


@attrs.frozen(kw_only=True, slots=False)  # it has sisters
class SensorOptions:
    """What is not known for sure of the sensor and of what is between it and the cores."""

    dvs_scene: str | Path | None = option(
        SCENE,
        None,
        _ASSUMED,
        "A file (.npy) of recorded events that the chip's sensor sees, in place of those of "
        "`dvs_event_rate_hz`: a structured array with the fields t (microseconds), x, y and p, as "
        "tonic has them.",
        "What a sensor sees is up to whoever emulates it. The recording begins when a "
        "configuration switches the sensor on, and nothing moves after it.",
    )
    merge_polarity_mark: int = option(
        MARK,
        1,
        _INFERRED,
        "Which feature the monitor behind the pre-processing shows where polarities are merged; "
        "cores always get feature 0.",
        "The samna reference says 1, and the vendor's page on Speck2f says 0. A core with one "
        "input feature, which merged events go to, can only take 0.",
    )
    dvs_monitor_pooled: bool = option(
        FLAG,
        False,
        _INFERRED,
        "Whether the monitor behind the pre-processing shows pooled coordinates; if not, those of "
        "the single pixels within the same region, mirrored alike.",
        "A warning of sinabs says that pooling does not show. Against: one of its notebooks shows "
        "the smaller map.",
    )
    dvs_filter_start: FilterStart = option(
        one_of(FilterStart, "FilterStart"),
        "empty",
        _ASSUMED,
        "What the filter of the sensor knows when it is configured: of no event, or of one of each "
        "pixel just then, as a memory full of zeros says.",
    )
    dvs_filter_own_pixel: bool = option(
        FLAG,
        False,
        _INFERRED,
        "Whether the filter against noise takes the pixel itself for one of its neighbours.",
        "The vendor speaks of neighbours that an event needs.",
    )
    dvs_filter_wraps: bool = option(
        FLAG,
        False,
        _ASSUMED,
        "Whether the filter's counts start over after 16 bits, so that what is long past counts as "
        "recent once in 65,536 ticks.",
        "That the chip reports updates of counters that it makes by itself (FilterDvsEvent) hints "
        "at a guard against that.",
    )
    flicker_filter_pixels: FlickerFilterPixels = option(
        one_of(FlickerFilterPixels, "FlickerFilterPixels"),
        "own",
        _INFERRED,
        "Whose recent events make the low-pass filter drop one: those of the same pixel, or of any "
        "within the filter's size.",
        "The dev kit's data sheet speaks of the same pixel. Against: the vendor's page on Speck2f "
        "speaks of neighbours. An event that was dropped counts as recent too, in either case.",
    )
    hot_pixel_rule: HotPixelRule = option(
        one_of(HotPixelRule, "HotPixelRule"),
        "rate",
        _ASSUMED,
        "Which events the filter drops as those of hot pixels: what follows the last event of the "
        "same pixel by fewer counts than the threshold, or none.",
        "It is said to be made for pixels that fire at 50 to 1000 Hz, and not how it finds them.",
    )
