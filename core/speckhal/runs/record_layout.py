"""What a record's file contains, and by which names: HDF5, laid out as netCDF-4.

`docs/reference/records.md` says the same for people.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from speckhal.contract.capabilities import ClockDrive
from speckhal.contract.deployment import DeployedLayer, Deployment
from speckhal.contract.leak_config import PlainLeakConfig
from speckhal.runs.kept_plan import plain_plan, plan_again
from speckhal.runs.own_driver import own_driver
from speckhal.runs.provenance_json import provenance_from_json, provenance_to_json
from speckhal.runs.record_checksums import CRC_NAME, END_DIGEST_NAME
from speckhal.runs.record_digest import refuse_other_digest, write_digest
from speckhal.runs.record_facts import device_from_json, device_to_json
from speckhal.runs.record_names import VERSION_NAME, as_hdf5_text, group_of
from speckhal.runs.record_packing import LEVEL
from speckhal.runs.run import Run

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy.typing as npt

VERSION: Final = 1
"""Of the layout. A reader refuses what is newer; what is only added leaves it as it is."""

_PAGE_BYTES: Final = 4096
"""What is smaller lies within one page of the file, so that a kill never cuts it in two."""

_CHECKSUM_BYTES: Final = 4

_CHUNK_BYTES: Final = _PAGE_BYTES - _CHECKSUM_BYTES
"""Of a chunk that is written again as it fills. A reading that has more is a chunk of its own, and
compressed."""

PROBLEM_BYTES: Final = _CHUNK_BYTES
"""Room for the problem that ended a run, which is written into a file that cannot grow by names."""


def kept_problem(problem: str) -> str:
    """What a record has room for of the problem that ended a run."""
    return problem.encode("utf-8", "replace")[:PROBLEM_BYTES].decode("utf-8", "ignore")


def new_file(path: Path, header: Run, layers: Sequence[int]) -> Any:
    """The `h5py.File` of a record with no readings in it, in the place of what is there.

    It is ready for `swmr_mode`.

    Args:
        path: of the file.
        header: what is known before the first reading.
        layers: indices of the layers that will be read, in that order.

    Raises:
        OSError: it cannot be written, as where the disk is full. HDF5 has nothing of it open then:
            it would try again as it closes it, and crash where that fails too.
    """
    import h5py  # noqa: PLC0415  # slow import

    # pages keep whatever is smaller from being cut in two when the process is killed as it writes
    with h5py.File(
        path,
        "w",
        driver="core",
        backing_store=False,
        libver="latest",
        fs_strategy="page",
        fs_page_size=_PAGE_BYTES,
    ) as in_memory:
        lay_out(in_memory, header, layers)
        in_memory.flush()
        image = in_memory.id.get_file_image()
    path.write_bytes(image)
    # HDF5's own lock would keep out who reads along
    return h5py.File(path, "r+", driver=own_driver(), libver="latest", locking=False)


def lay_out(file: Any, header: Run, layers: Sequence[int]) -> None:
    """Make all that a record has, with no readings in it.

    Args:
        file: an empty `h5py.File`.
        header: what is known before the first reading.
        layers: indices of the layers that have readings; it may be empty.
    """
    info, deployment = header.info, header.deployment
    file.attrs[VERSION_NAME] = VERSION
    for name in ("backend", "board", "serial_number"):
        file.attrs[name] = as_hdf5_text(getattr(info, name))
    file.attrs["chip"] = as_hdf5_text(info.chip.name)
    file.attrs["emulated"] = np.int8(info.emulated)
    file.attrs["started_at"] = as_hdf5_text(header.provenance.started_at)
    file.attrs["device"] = device_to_json(info)
    file.attrs["provenance"] = provenance_to_json(header.provenance)
    file.attrs["deployment"] = json.dumps(
        {
            "layers": [layer.index for layer in deployment.layers],
            "layers_read": list(layers),
            "leak": None
            if deployment.leak is None
            else {
                "drive": deployment.leak.drive.value,
                "rate_hz": deployment.leak.rate_hz,
                "events_per_tick": deployment.leak.events_per_tick,
            },
            "plan": plain_plan(deployment.plan),
        }
    )
    # as data, not attributes: they are written again at the end, in place
    single = _create(file, "single", np.zeros(1, np.int8))
    single.make_scale(f"This is a netCDF dimension but not a netCDF variable.{1:10}")
    for name, kind in (
        ("finished", "int8"),
        ("problem", f"S{PROBLEM_BYTES}"),
        (END_DIGEST_NAME, "S64"),
    ):
        _create(file, name, np.zeros(1, kind)).dims[0].attach_scale(single)
    for layer in deployment.layers:
        group = file.create_group(group_of(layer.index))
        _lay_out_layer(group, layer)
        if layer.index in layers:
            _lay_out_readings(group, layer)
    write_digest(file, [group_of(layer.index) for layer in deployment.layers])


def _create(group: Any, name: str, values: npt.NDArray[Any]) -> Any:
    """A dataset of one chunk, with a checksum that HDF5 keeps and compares."""
    return group.create_dataset(name, data=values, chunks=values.shape, fletcher32=True)


def _lay_out_layer(group: Any, layer: DeployedLayer) -> None:
    attributes = group.attrs
    attributes["layer"] = layer.index
    attributes["core"] = layer.core
    attributes["shape"] = np.array(layer.shape, np.int64)
    attributes["scale"] = float(layer.scale)
    attributes["threshold_high"] = layer.threshold_high
    attributes["threshold_low"] = layer.threshold_low
    attributes["leak_enable"] = np.int8(layer.leak_enable)
    if layer.rate_hz is not None:
        attributes["rate_hz"] = layer.rate_hz
    for name, size in zip(("channel", "y", "x"), layer.shape, strict=True):
        _create(group, name, np.arange(size, dtype=np.int32)).make_scale(name)
    for name, values, units in (
        ("biases", layer.biases, "chip units per tick"),
        ("wanted_biases", layer.wanted_biases, "network units per tick"),
    ):
        dataset = _create(group, name, values)
        dataset.attrs["units"] = units
        dataset.dims[0].attach_scale(group["channel"])


def _lay_out_readings(group: Any, layer: DeployedLayer) -> None:
    reading_bytes = 2 * int(np.prod(layer.shape))
    # a chunk that is compressed must be written once: when it grows, its old bytes are lost space
    is_direct = reading_bytes > _CHUNK_BYTES
    packed = (
        {"shuffle": True, "compression": "gzip", "compression_opts": LEVEL} if is_direct else {}
    )
    v_mem = group.create_dataset(
        "v_mem",
        (0, *layer.shape),
        np.int16,
        maxshape=(None, *layer.shape),
        chunks=(1 if is_direct else max(1, _CHUNK_BYTES // reading_bytes), *layer.shape),
        fletcher32=True,
        **packed,
    )
    v_mem.attrs["units"] = "chip units"
    v_mem.attrs["long_name"] = "membrane potential"
    v_mem.attrs["coordinates"] = "ticks"  # besides those of its axes, as netCDF's conventions say
    series = {
        "time_s": (np.float64, "s", "time since the leak was started"),
        "duration_s": (np.float64, "s", "how long the reading took"),
        "ticks": (np.int64, "1", "ticks since the leak was started; -1 where nobody counted"),
        CRC_NAME: (np.uint32, "1", "CRC-32 of v_mem, as little-endian bytes"),
    }
    for name, (kind, units, long_name) in series.items():
        dataset = group.create_dataset(
            name,
            (0,),
            kind,
            maxshape=(None,),
            chunks=(_CHUNK_BYTES // np.dtype(kind).itemsize,),
            fletcher32=True,
        )
        dataset.attrs["units"] = units
        dataset.attrs["long_name"] = long_name
    time_s = group["time_s"]
    time_s.make_scale("time_s")
    for name in ("duration_s", "ticks", CRC_NAME, "v_mem"):
        group[name].dims[0].attach_scale(time_s)
    for place, name in enumerate(("channel", "y", "x"), 1):
        v_mem.dims[place].attach_scale(group[name])


def _layer_of(group: Any) -> DeployedLayer:
    """The layer that a group describes."""
    attributes = group.attrs
    channels, height, width = (int(size) for size in attributes["shape"])
    rate_hz = attributes.get("rate_hz")
    biases = np.asarray(group["biases"][...], np.int16)
    wanted_biases = np.asarray(group["wanted_biases"][...], np.float64)
    if biases.shape != (channels,) or wanted_biases.shape != (channels,):
        raise ValueError("Not one bias for each channel.")
    return DeployedLayer(
        index=int(attributes["layer"]),
        core=int(attributes["core"]),
        shape=(channels, height, width),
        scale=float(attributes["scale"]),
        biases=biases,
        wanted_biases=wanted_biases,
        threshold_high=int(attributes["threshold_high"]),
        threshold_low=int(attributes["threshold_low"]),
        leak_enable=bool(attributes["leak_enable"]),
        rate_hz=None if rate_hz is None else int(rate_hz),
    )


def header_of(file: Any) -> tuple[Run, tuple[int, ...]]:
    """What was known before the first reading, and the layers that were to be read."""
    about = json.loads(file.attrs["deployment"])
    refuse_other_digest(file, [group_of(index) for index in about["layers"]])
    leak = about["leak"]
    if leak is not None:
        leak = PlainLeakConfig(ClockDrive(leak["drive"]), leak["rate_hz"], leak["events_per_tick"])
    layers = tuple(_layer_of(file[group_of(index)]) for index in about["layers"])
    header = Run(
        info=device_from_json(file.attrs["device"]),
        deployment=Deployment(layers, leak, plan_again(about.get("plan"))),
        traces=(),
        provenance=provenance_from_json(file.attrs["provenance"]),
    )
    return header, tuple(about["layers_read"])
