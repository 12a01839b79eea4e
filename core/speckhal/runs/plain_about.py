"""What every export of a run has: its columns, their units, and what is known of the run."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Final, Protocol

import attrs

from speckhal.runs.record_names import as_hdf5_text

if TYPE_CHECKING:
    from speckhal.contract.deployment import DeployedLayer
    from speckhal.contract.device import DeviceInfo
    from speckhal.contract.reading import Trace
    from speckhal.runs.provenance import Provenance

UNITS: Final = {"v_mem": "chip units", "biases": "chip units per tick", "tick": "1"}
COLUMNS: Final = ("layer", "time_s", "duration_s", "tick", "c", "y", "x", "v_mem")


class ExportedRun(Protocol):
    """What is exported of a `speckhal.Run`."""

    @property
    def info(self) -> DeviceInfo:
        """The device that it was measured on."""

    @property
    def traces(self) -> tuple[Trace, ...]:
        """One for each layer that was asked for."""

    @property
    def layers(self) -> tuple[DeployedLayer, ...]:
        """These layers, as they were deployed."""

    @property
    def provenance(self) -> Provenance:
        """Where it comes from."""

    @property
    def problem(self) -> str | None:
        """What ended it early; None where nothing did."""

    @property
    def is_partial(self) -> bool:
        """Whether it is of a record that nobody finished."""


def about_run(run: ExportedRun) -> dict[str, object]:
    """What is known of the device and of the run, as plain data."""
    return {
        "backend": as_hdf5_text(run.info.backend),
        "board": as_hdf5_text(run.info.board),
        "chip": as_hdf5_text(run.info.chip.name),
        "serial_number": as_hdf5_text(run.info.serial_number),
        "firmware": as_hdf5_text(run.info.firmware),
        "emulated": int(run.info.emulated),
        "run_id": as_hdf5_text(run.provenance.run_id),
        "started_at": as_hdf5_text(run.provenance.started_at),
        "problem": as_hdf5_text(run.problem or ""),
        "partial": int(run.is_partial),
        "provenance": json.dumps(attrs.asdict(run.provenance), default=str),
    }


def about_layer(layer: DeployedLayer) -> dict[str, object]:
    """What is known of a layer besides its biases, as plain data."""
    names = ("core", "scale", "threshold_high", "threshold_low", "rate_hz")
    known = {name: getattr(layer, name) for name in names}
    about = {"layer": layer.index, "shape": list(layer.shape), **known}
    if math.isnan(layer.scale):  # nobody knows it, and JSON has no NaN
        about["scale"] = None
    return {name: value for name, value in about.items() if value is not None}
