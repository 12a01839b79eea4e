"""The arrays of `speckhal leak --save`, as a run: all that they say, and no more."""

from __future__ import annotations

import hashlib
import json
import math
import re
import zipfile
from typing import TYPE_CHECKING, Any, Final

import attrs
import numpy as np

from speckhal.contract.chip import ChipFacts
from speckhal.contract.deployment import DeployedLayer, Deployment
from speckhal.contract.device import DeviceInfo
from speckhal.contract.errors import InputError
from speckhal.contract.facts import Certainty, Fact, Range
from speckhal.contract.reading import Trace
from speckhal.runs.provenance import Provenance
from speckhal.runs.provenance_json import provenance_from_json
from speckhal.runs.record_damage import UNREADABLE
from speckhal.runs.record_facts import UnknownAddresses, device_from_json
from speckhal.runs.record_names import group_of
from speckhal.runs.run import Run

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_SOURCE: Final = "not in the file: arrays of speckhal leak --save have the chip's name alone"
_ABOUT: Final = "about"
_IS_ABOUT: Final = re.compile(r"(layer_\d+_)?about")


def run_of_arrays(path: Path) -> Run:
    """The run of all layers whose arrays are in the file, in the order of the file.

    Layers that were not read are not in it. Those of one layer that `leak --save` writes lack more:
    the scale of the network's units and what was wanted in them, which are NaN, the chip's facts,
    which are assumed ones, versions, times and the serial number. What the neurons began with is
    empty in arrays that do not say it.

    Raises:
        InputError: they are not such arrays, or are damaged.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return _run(arrays, path)
    except (*UNREADABLE, EOFError, zipfile.BadZipFile) as error:
        raise InputError(
            f"Asked for the run in {path}, and that is damaged, or not what speckhal wrote.",
            hint="Give a record, of speckhal leak --record or run_leak(record=), "
            "or arrays of leak --save.",
        ) from error


def _run(arrays: Mapping[str, Any], path: Path) -> Run:
    prefixes = [name.removesuffix(_ABOUT) for name in arrays if _IS_ABOUT.fullmatch(name)]
    abouts = [json.loads(str(arrays[prefix + _ABOUT][()])) for prefix in prefixes]
    about = abouts[prefixes.index("")]
    layers = [_layer(arrays, prefix, one) for prefix, one in zip(prefixes, abouts, strict=True)]
    indices = [layer.index for layer in layers]
    named = [group_of(layer.index) + "_" for layer in layers]
    if len({*indices}) < len(indices) or any(
        prefix not in {"", name} for prefix, name in zip(prefixes, named, strict=True)
    ):
        raise ValueError("The layers have other names than they say.")
    return Run(
        info=_info(about),
        deployment=Deployment(tuple(sorted(layers, key=lambda layer: layer.index))),
        traces=tuple(
            _trace(arrays, prefix, layer) for prefix, layer in zip(prefixes, layers, strict=True)
        ),
        provenance=_provenance(about, layers[prefixes.index("")].index, path),
        problem=str(about.get("problem", "")) or None,
        is_partial=bool(about.get("partial", False)),
    )


def _info(about: dict[str, Any]) -> DeviceInfo:
    if "device" in about:
        return device_from_json(about["device"])
    return DeviceInfo(
        backend=str(about["backend"]),
        board=str(about["board"]),
        chip=_chip(str(about["chip"])),
        emulated=bool(about["emulated"]),
        serial_number=str(about.get("serial_number", "")),
    )


def _layer(arrays: Mapping[str, Any], prefix: str, about: dict[str, Any]) -> DeployedLayer:
    biases = np.asarray(arrays[f"{prefix}biases"], np.int16)
    wanted = f"{prefix}wanted_biases"
    channels, height, width = (int(size) for size in about["shape"])
    layer = DeployedLayer(
        index=int(about["layer"]),
        core=int(about["core"]),
        shape=(channels, height, width),
        scale=float(about.get("scale", math.nan)),
        biases=biases,
        wanted_biases=np.asarray(arrays[wanted], np.float64)
        if wanted in arrays
        else np.full(channels, np.nan),
        threshold_high=int(about["threshold_high"]),
        threshold_low=int(about["threshold_low"]),
        leak_enable=bool(about.get("leak_enable", biases.any())),
        rate_hz=None if about["rate_hz"] is None else int(about["rate_hz"]),
    )
    if {layer.biases.shape, layer.wanted_biases.shape} != {(channels,)}:
        raise ValueError("Not one bias for each channel.")
    return layer


def _trace(arrays: Mapping[str, Any], prefix: str, layer: DeployedLayer) -> Trace:
    ticks = f"{prefix}ticks"
    trace = Trace(
        layer=layer.index,
        time_s=np.asarray(arrays[f"{prefix}time_s"], np.float64),
        v_mem=np.asarray(arrays[f"{prefix}v_mem"], np.int16),
        ticks=np.asarray(arrays[ticks], np.int64) if ticks in arrays else None,
        duration_s=np.asarray(arrays[f"{prefix}duration_s"], np.float64),
    )
    samples = len(trace.time_s)
    series = (trace.duration_s, trace.time_s if trace.ticks is None else trace.ticks)
    if trace.v_mem.shape != (samples, *layer.shape) or any(
        one.shape != (samples,) for one in series
    ):
        raise ValueError("The arrays do not fit together.")
    return trace


def _provenance(about: dict[str, Any], layer: int, path: Path) -> Provenance:
    if "provenance" in about:
        kept = provenance_from_json(about["provenance"])
        return attrs.evolve(kept, has_all_layers=False)
    # the same for every copy of the file
    run_id = hashlib.sha256(path.read_bytes()).hexdigest()[:32]
    return Provenance(run_id, **_beginning(about, layer), has_all_layers=False)


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
