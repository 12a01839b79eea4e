"""A measured leak with everything needed to understand it later, and its file formats."""

from __future__ import annotations

import csv
import functools
import io
import json
from typing import TYPE_CHECKING

import attrs
import numpy as np

from speckhal.leak.channel_verdict import Answer
from speckhal.leak.verdict import judge
from speckhal.system.whole_file import whole_file

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt

    from speckhal.contract.deployment import DeployedLayer
    from speckhal.contract.device import DeviceInfo
    from speckhal.contract.reading import Trace
    from speckhal.leak.verdict import Verdict

_AGREES = {Answer.AGREES: True, Answer.DISAGREES: False, Answer.CANNOT_TELL: None}
"""The answers, as JSON has them."""


@attrs.frozen(eq=False)
class LeakRecord:
    """A trace, the layer it is of, and the device it was taken on.

    Attributes:
        info: the device; its chip, and whether it was emulated.
        layer: the layer as it was deployed.
        trace: what was read.
        states: what the neurons held at the start, as `Provenance.states`; empty where nobody
            knows.
        written: membrane potential, in chip units, that all neurons were written before the clock
            ran; None where none was.
        start: of all neurons before the clock ran, as `Provenance.start`; None where the first
            reading is of it.
    """

    info: DeviceInfo
    layer: DeployedLayer
    trace: Trace
    states: str = ""
    written: int | None = None
    start: int | None = None

    @functools.cached_property
    def verdict(self) -> Verdict | None:
        """Whether it leaked as it should; None where there are fewer than two samples."""
        return judge(self.trace, self.layer) if len(self.trace) > 1 else None

    @property
    def answer(self) -> Answer:
        """Whether it leaked as it should; fewer than two samples cannot tell."""
        verdict = self.verdict
        return Answer.CANNOT_TELL if verdict is None else verdict.answer

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong or not clear, as sentences."""
        if self.verdict is not None:
            return self.verdict.problems
        return (f"A leak shows from two readings on, and this is {len(self.trace)}.",)

    def as_json(self) -> dict[str, object]:
        """The record as plain data.

        `expected_step` and `measured_step` are one number where all channels have the same, and
        a list with one for each channel where they differ. `agrees` is None where `answer` is
        "cannot tell"; `answers` has one for each channel. `states`, `written` and `start` are as
        the attributes are. `v_mem` is (channels, height, width).
        """
        channels = self.verdict.channels if self.verdict else ()
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
            "states": self.states,
            "written": self.written,
            "start": self.start,
            "expected_step": _one_or_all(self.layer.biases.tolist()),
            "measured_step": _one_or_all([one.measured_step for one in channels]),
            "expected_leak_per_s": _one_or_all([one.expected_leak_per_s for one in channels]),
            "measured_leak_per_s": _one_or_all([one.measured_leak_per_s for one in channels]),
            "agrees": _AGREES[self.answer],
            "answer": self.answer.value,
            "answers": [channel.answer.value for channel in channels],
            "problems": list(self.problems),
            "samples": list(self._samples()),
        }

    def save_npz(self, path: str | os.PathLike[str]) -> None:
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
        with whole_file(path) as file:
            np.savez_compressed(file, allow_pickle=False, **arrays)

    def save_csv(self, path: str | os.PathLike[str]) -> None:
        """Write one line for each neuron of each sample: time_s, tick, c, y, x, v_mem."""
        ticks: Iterable[int | str] = (
            [""] * len(self.trace) if self.trace.ticks is None else self.trace.ticks.tolist()
        )
        with whole_file(path) as file:
            text = io.TextIOWrapper(file, encoding="utf-8", newline="")
            writer = csv.writer(text)
            writer.writerow(["time_s", "tick", "c", "y", "x", "v_mem"])
            for time_s, tick, sample in zip(
                self.trace.time_s.tolist(), ticks, self.trace.v_mem, strict=True
            ):
                writer.writerows(
                    [f"{time_s:.9g}", tick, *where, int(v_mem)]
                    for where, v_mem in np.ndenumerate(sample)
                )
            text.detach()  # which writes what is left, and leaves the file open

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
