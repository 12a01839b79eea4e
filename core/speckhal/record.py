"""A measured leak with everything needed to understand it later, and its file formats."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

import attrs
import numpy as np

from speckhal.verdict import judge

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    import numpy.typing as npt

    from speckhal.deployment import DeployedLayer
    from speckhal.device import DeviceInfo
    from speckhal.reading import Trace
    from speckhal.verdict import Verdict


@attrs.frozen(eq=False)
class LeakRecord:
    """A trace, the layer it is of, and the device it was taken on.

    Attributes:
        info: the device; its chip, and whether it was emulated.
        layer: the layer as it was deployed.
        trace: what was read.
    """

    info: DeviceInfo
    layer: DeployedLayer
    trace: Trace

    @property
    def verdict(self) -> Verdict | None:
        """Whether it leaked as it should; None where there are fewer than two samples."""
        return judge(self.trace, self.layer) if len(self.trace) > 1 else None

    def as_json(self) -> dict[str, object]:
        """The record as plain data.

        `expected_step` and `measured_step` are one number where all channels have the same, and
        a list with one for each channel where they differ. `v_mem` is (channels, height, width).
        """
        verdict = self.verdict
        channels = verdict.channels if verdict else ()
        return {
            "backend": self.info.backend,
            "board": self.info.board,
            "chip": self.info.chip.name,
            "emulated": self.info.emulated,
            "layer": self.layer.index,
            "core": self.layer.core,
            "shape": list(self.layer.shape),
            "rate_hz": self.layer.rate_hz,
            "threshold_high": self.layer.threshold_high,
            "threshold_low": self.layer.threshold_low,
            "expected_step": _one_or_all(self.layer.biases.tolist()),
            "measured_step": _one_or_all([channel.measured_step for channel in channels]),
            "expected_leak_per_s": _one_or_all(
                [channel.expected_leak_per_s for channel in channels]
            ),
            "measured_leak_per_s": _one_or_all(
                [channel.measured_leak_per_s for channel in channels]
            ),
            "agrees": verdict.agrees if verdict else None,
            "problems": list(verdict.problems) if verdict else [],
            "samples": list(self._samples()),
        }

    def save_npz(self, path: Path) -> None:
        """Write arrays `time_s`, `duration_s`, `v_mem`, `biases`, perhaps `ticks`, and `about`.

        The last is the record as JSON text, without its samples.
        """
        about = {key: value for key, value in self.as_json().items() if key != "samples"}
        arrays: dict[str, npt.NDArray[np.generic]] = {
            "time_s": self.trace.time_s,
            "duration_s": self.trace.duration_s,
            "v_mem": self.trace.v_mem,
            "biases": self.layer.biases,
            "about": np.array(json.dumps(about)),
        }
        if self.trace.ticks is not None:
            arrays["ticks"] = self.trace.ticks
        with path.open("wb") as file:
            np.savez_compressed(file, allow_pickle=False, **arrays)

    def save_csv(self, path: Path) -> None:
        """Write one line for each neuron of each sample: time_s, tick, c, y, x, v_mem."""
        ticks: Iterable[int | str] = (
            [""] * len(self.trace) if self.trace.ticks is None else self.trace.ticks.tolist()
        )
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["time_s", "tick", "c", "y", "x", "v_mem"])
            for time_s, tick, sample in zip(
                self.trace.time_s.tolist(), ticks, self.trace.v_mem, strict=True
            ):
                writer.writerows(
                    [f"{time_s:.9g}", tick, *where, int(v_mem)]
                    for where, v_mem in np.ndenumerate(sample)
                )

    def _samples(self) -> Iterable[dict[str, object]]:
        for index, time_s in enumerate(self.trace.time_s.tolist()):
            sample: dict[str, object] = {
                "time_s": round(time_s, 9),
                "duration_s": round(float(self.trace.duration_s[index]), 9),
            }
            if self.trace.ticks is not None:
                sample["tick"] = int(self.trace.ticks[index])
            sample["v_mem"] = self.trace.v_mem[index].tolist()
            yield sample


def _one_or_all(values: Sequence[float | None]) -> float | list[float | None] | None:
    """The value that all have in common, or the list of them."""
    distinct = set(values)
    if len(distinct) > 1:
        return list(values)
    return next(iter(distinct), None)
