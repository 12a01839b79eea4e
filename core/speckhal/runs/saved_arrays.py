"""The arrays of `speckhal leak --save`, as a run: all that they say, and no more."""

from __future__ import annotations

import hashlib
import json
import zipfile
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from speckhal.contract.chip import ChipFacts
from speckhal.contract.deployment import DeployedLayer, Deployment
from speckhal.contract.device import DeviceInfo
from speckhal.contract.errors import InputError
from speckhal.contract.facts import Certainty, Fact, Range
from speckhal.contract.reading import Trace
from speckhal.runs.provenance import Provenance
from speckhal.runs.record_damage import UNREADABLE
from speckhal.runs.record_facts import UnknownAddresses
from speckhal.runs.run import Run

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_SOURCE: Final = "not in the file: arrays of speckhal leak --save have the chip's name alone"


def run_of_arrays(path: Path) -> Run:
    """The run of one layer whose arrays are in the file.

    They do not have the scale of the network's units and what was wanted in them, which are NaN;
    nor the chip's facts, which are assumed ones; nor versions, times and the serial number. What
    the neurons began with is empty in arrays that do not say it.

    Raises:
        InputError: they are not such arrays, or are damaged.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return _run(arrays, json.loads(str(arrays["about"][()])), path)
    except (*UNREADABLE, EOFError, zipfile.BadZipFile) as error:
        raise InputError(
            f"Asked for the run in {path}, and that is damaged, or not what speckhal wrote.",
            hint="Give a record, of speckhal leak --record or run_leak(record=), "
            "or arrays of leak --save.",
        ) from error


def _run(arrays: Mapping[str, Any], about: dict[str, Any], path: Path) -> Run:
    biases = np.asarray(arrays["biases"], np.int16)
    channels, height, width = (int(size) for size in about["shape"])
    layer = DeployedLayer(
        index=int(about["layer"]),
        core=int(about["core"]),
        shape=(channels, height, width),
        scale=float("nan"),
        biases=biases,
        wanted_biases=np.full(channels, np.nan),
        threshold_high=int(about["threshold_high"]),
        threshold_low=int(about["threshold_low"]),
        leak_enable=True,
        rate_hz=None if about["rate_hz"] is None else int(about["rate_hz"]),
    )
    trace = Trace(
        layer=layer.index,
        time_s=np.asarray(arrays["time_s"], np.float64),
        v_mem=np.asarray(arrays["v_mem"], np.int16),
        ticks=np.asarray(arrays["ticks"], np.int64) if "ticks" in arrays else None,
        duration_s=np.asarray(arrays["duration_s"], np.float64),
    )
    samples = len(trace.time_s)
    series = (trace.duration_s, trace.time_s if trace.ticks is None else trace.ticks)
    if (
        trace.v_mem.shape != (samples, *layer.shape)
        or biases.shape != (channels,)
        or any(one.shape != (samples,) for one in series)
    ):
        raise ValueError("The arrays do not fit together.")
    return Run(
        info=DeviceInfo(
            backend=str(about["backend"]),
            board=str(about["board"]),
            chip=_chip(str(about["chip"])),
            emulated=bool(about["emulated"]),
        ),
        deployment=Deployment((layer,)),
        traces=(trace,),
        # the same for every copy of the file
        provenance=Provenance(
            hashlib.sha256(path.read_bytes()).hexdigest()[:32], **_beginning(about, layer.index)
        ),
    )


def _beginning(about: dict[str, Any], layer: int) -> dict[str, Any]:
    """What the neurons began with; earlier arrays do not say it, and then nobody knows."""
    states, written, start = about.get("states", ""), about.get("written"), about.get("start")
    if not isinstance(states, str):
        raise TypeError("The states are no text.")
    return {
        "states": states,
        "written": {} if written is None else {str(layer): int(written)},
        "start": None if start is None else int(start),
    }


def _chip(name: str) -> ChipFacts:
    """A chip of which only the name is known, and what the form of the arrays says."""
    int16 = Fact(Range(-(2**15), 2**15 - 1), _SOURCE, Certainty.ASSUMED)
    sizes = Fact(Range(1, 2**15), _SOURCE, Certainty.ASSUMED)
    return ChipFacts(
        name=name,
        core_memories=Fact((), _SOURCE, Certainty.ASSUMED),
        neuron_address=Fact(UnknownAddresses(), _SOURCE, Certainty.ASSUMED),
        v_mem_range=int16,
        threshold_high_range=int16,
        threshold_low_range=int16,
        bias_range=int16,
        channel_range=sizes,
        map_size_range=sizes,
    )
