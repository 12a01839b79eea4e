"""A run of spikes as a record: HDF5, with all that a record of a leak has but for readings.

`docs/reference/records.md` says for people what is in it.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs
import numpy as np

from speckhal.contract.core_activity import CoreActivity
from speckhal.contract.errors import InputError
from speckhal.contract.spikes import COLUMNS, Spikes
from speckhal.runs.growing_file import GrowingFile
from speckhal.runs.own_driver import own_driver
from speckhal.runs.record_checksums import is_finished, problem_in, write_end
from speckhal.runs.record_damage import UNREADABLE, RecordDamagedError, damaged
from speckhal.runs.record_failures import FAILURES, not_made
from speckhal.runs.record_layout import VERSION, header_of, kept_problem, lay_out
from speckhal.runs.record_names import SPIKES_NAME, VERSION_NAME
from speckhal.runs.record_place import refuse_place
from speckhal.runs.replaceable import SIGNATURE
from speckhal.runs.run import Run
from speckhal.runs.spiking.order_spread import OrderSpread
from speckhal.runs.spiking.plain_spikes import plain_shares
from speckhal.runs.spiking.spike_run import SpikeRun, check_run
from speckhal.system.paths import is_path, readable_file

if TYPE_CHECKING:
    import numpy.typing as npt

_ASKED: Final = "Asked for the spikes in"
_WHAT_OPENS: Final = "Give a record of speckhal run --record or speckhal.save_spike_run."
_DIGEST: Final = "spikes_sha256"
_GROUPS: Final = ("given", "sent")
_CHUNK: Final = 1 << 15


def save_spike_run(run: SpikeRun, path: str | os.PathLike[str], *, overwrite: bool = False) -> None:
    """Write a run as a record, whole or not at all; `open_spike_run` opens it again.

    Args:
        run: with all that it gathered.
        path: of the record, FILE.h5.
        overwrite: whether it may replace a record; a file of another kind it never replaces.

    Raises:
        InputError: it cannot be written there, there is a file that it may not replace, or it is
            not a run of spikes.
    """
    check_run(run, "Asked to record")
    if not is_path(path):
        raise InputError(
            f"Asked to record to {path!r}, which is no path.", hint="Give the name of a file."
        )
    path = Path(path)
    refuse_place(path, overwrite=overwrite)
    growing = GrowingFile(path, overwrite=overwrite)
    try:
        try:
            _write(growing.make(), _image(run))
            growing.claim()
        except BaseException:
            growing.discard()
            raise
        growing.settle()  # where that fails, the run is whole, and stays under its other name
    except FAILURES as error:
        raise not_made(path, error) from error
    finally:
        growing.release()


def _write(path: Path, image: bytes) -> None:
    with path.open("r+b") as file:
        file.write(image)
        file.flush()
        os.fsync(file.fileno())


def _image(run: SpikeRun) -> bytes:
    """The bytes of the whole file, made in memory."""
    import h5py  # noqa: PLC0415  # slow import

    header = Run(run.info, run.deployment, (), run.provenance)
    with h5py.File(
        "record", "w", driver="core", backing_store=False, libver="latest", fs_strategy="page"
    ) as file:
        lay_out(file, header, ())
        file.attrs[SPIKES_NAME] = VERSION
        found = {
            "monitored": list(run.monitored),
            "activity": [attrs.asdict(core) for core in run.activity],
            "passed_us": run.passed_us,
            "spread": None if run.spread is None else _plain_spread(run.spread),
        }
        _create(file, "found", np.frombuffer(json.dumps(found).encode(), np.uint8))
        for name, spikes in zip(_GROUPS, (run.given, run.sent), strict=True):
            group = file.create_group(name)
            for column in COLUMNS:
                _create(group, column, getattr(spikes, column)).attrs["units"] = (
                    "us" if column == "time_us" else "1"
                )
        file.attrs[_DIGEST] = _digest(file, run.given, run.sent)
        file["problem"][0] = kept_problem(run.problem or "").encode()
        write_end(file, [])
        file.flush()
        return bytes(file.id.get_file_image())


def _create(group: Any, name: str, values: npt.NDArray[Any]) -> Any:
    if not len(values):
        return group.create_dataset(name, data=values)
    return group.create_dataset(
        name,
        data=values,
        chunks=(min(len(values), _CHUNK),),
        compression="gzip",
        compression_opts=1,
        shuffle=True,
        fletcher32=True,
    )


def _digest(file: Any, given: Spikes, sent: Spikes) -> str:
    """Of what was found: HDF5's own checksum of nothing but zeros is zero, as of a lost page."""
    digest = hashlib.sha256(np.asarray(file["found"][()], np.uint8).tobytes())
    for spikes in (given, sent):
        for name in COLUMNS:
            column = getattr(spikes, name)
            for first in range(0, len(column), _CHUNK):  # at once, it would take its size again
                digest.update(column[first : first + _CHUNK].astype("<i8").tobytes())
    return digest.hexdigest()


def _plain_spread(spread: OrderSpread) -> dict[str, object]:
    return {
        "orders": list(spread.orders),
        "layers": list(spread.layers),
        "counts": spread.counts.tolist(),
        "last_layer": spread.last_layer,
        "channel_counts": spread.channel_counts.tolist(),
        "shared": [plain_shares(row) for row in spread.shared],
        "asked": spread.asked,
    }


def _spread_again(plain: dict[str, Any]) -> OrderSpread:
    return OrderSpread(
        orders=tuple(plain["orders"]),
        layers=tuple(plain["layers"]),
        counts=np.array(plain["counts"], np.int64),
        last_layer=plain["last_layer"],
        channel_counts=np.array(plain["channel_counts"], np.int64),
        shared=np.array(plain["shared"], np.float64),
        asked=plain.get("asked"),
    )


def is_spike_record(path: str | os.PathLike[str]) -> bool:
    """Whether the file is a record of spikes, and can be read at all."""
    import h5py  # noqa: PLC0415  # slow import

    with contextlib.suppress(*UNREADABLE):
        if not Path(path).is_file():  # opening a pipe would wait for what is written to it
            return False
        with Path(path).open("rb") as file:
            is_hdf5 = file.read(len(SIGNATURE)) == SIGNATURE
        if is_hdf5:
            with h5py.File(path, "r", driver=own_driver(), locking=False) as opened:
                return SPIKES_NAME in opened.attrs
    return False


def open_spike_run(path: str | os.PathLike[str]) -> SpikeRun:
    """The run of spikes that a record has. Nothing in a file is ever executed.

    Args:
        path: of a record of `speckhal run --record` or `save_spike_run`.

    Raises:
        InputError: there is no such file, it is damaged or something else, or it was written by a
            later version of speckhal.
    """
    import h5py  # noqa: PLC0415  # slow import

    if not is_path(path):
        raise InputError(f"{_ASKED} {path!r}, which is no path.", hint=_WHAT_OPENS)
    path = Path(path)
    readable_file(path, _ASKED, hint=_WHAT_OPENS)
    with path.open("rb") as beginning:
        if beginning.read(len(SIGNATURE)) != SIGNATURE:
            raise InputError(f"{_ASKED} {path}, and that is not a record.", hint=_WHAT_OPENS)
    try:
        with h5py.File(path, "r", driver=own_driver(), locking=False) as file:
            _refuse_others(path, file)
            return _read(file)
    except InputError:
        raise
    except UNREADABLE as error:
        raise damaged(path, _ASKED, error) from error


def given_spike_run(given: object, asked: str) -> SpikeRun:
    """A run of spikes, where it or the path of its record was given.

    Args:
        given: by the user.
        asked: what for, as the beginning of a sentence: "Asked to compare".

    Raises:
        InputError: it is neither, or the record cannot be opened.
    """
    if isinstance(given, str | os.PathLike):
        return open_spike_run(given)
    return check_run(given, asked)


def _refuse_others(path: Path, file: Any) -> None:
    version = file.attrs.get(SPIKES_NAME)
    if version is None:
        kind = "of a leak" if VERSION_NAME in file.attrs else "of another kind"
        raise InputError(
            f"{_ASKED} {path}, and that record is {kind}.",
            hint="Open it with speckhal.open_run." if kind == "of a leak" else _WHAT_OPENS,
        )
    if int(version) > VERSION:
        raise InputError(
            f"{_ASKED} {path}, which a later version of speckhal wrote: its records are of "
            f"version {int(version)}, and this one reads up to {VERSION}.",
            hint="Update it: pip install --upgrade speckhal",
        )


def _read(file: Any) -> SpikeRun:
    header, _ = header_of(file)
    given, sent = (_spikes(file[name]) for name in _GROUPS)
    if not is_finished(file, []) or file.attrs[_DIGEST] != _digest(file, given, sent):
        raise RecordDamagedError("the spikes are not those that were written")
    found = json.loads(bytes(file["found"][()]))
    known = {field.name for field in attrs.fields(CoreActivity)}
    spread = found.get("spread")
    return SpikeRun(
        info=header.info,
        deployment=header.deployment,
        given=given,
        sent=sent,
        monitored=tuple(found["monitored"]),
        provenance=header.provenance,
        activity=tuple(
            CoreActivity(**{name: value for name, value in core.items() if name in known})
            for core in found["activity"]
        ),
        spread=None if spread is None else _spread_again(spread),
        problem=problem_in(file),
        passed_us=found.get("passed_us"),
    )


def _spikes(group: Any) -> Spikes:
    columns = {name: np.asarray(group[name][()], np.int64) for name in COLUMNS}
    for column in columns.values():
        column.flags.writeable = False  # so that it is kept as it is, and not copied
    return Spikes(**columns)
