"""The backend `replay`: a record as a device, by `replay:FILE`, or a published one by its name."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from speckhal.contract.backend import API_VERSION, BoardDescription, Target
from speckhal.contract.capabilities import Capability
from speckhal.contract.errors import DeviceNotFound, InputError
from speckhal.contract.network_spec import ExampleNetwork
from speckhal.discovery.hooks import hookimpl
from speckhal.runs.published import PUBLISHED_LEAK

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from speckhal.contract.address import Shape
    from speckhal.contract.backend import Backend
    from speckhal.contract.chip import ChipFacts
    from speckhal.contract.deployment import Deployment
    from speckhal.contract.device import Device
    from speckhal.contract.leak_config import LeakConfig
    from speckhal.contract.network_spec import LayerSpec
    from speckhal.contract.option_description import OptionDescription
    from speckhal.runs.run import Run


class RecordIsPartial(UserWarning):
    """A record is replayed that ends early: the process that wrote it died, or the run failed."""


class ReplayBackend:
    """Opens records. A target is a file, or the name of a record that comes with speckhal."""

    name = "replay"
    api_version = API_VERSION
    summary = "a record as a device: replay:FILE"
    emulated = False
    targets = (Target(PUBLISHED_LEAK, "the leak that a Speck2f kit showed in April 2023"),)
    capabilities = frozenset(
        {
            Capability.EXTERNAL_CLOCK,
            Capability.STEPPED_CLOCK,
            Capability.INTERNAL_CLOCK,
            Capability.DIRECT_BIASES,
            Capability.RESET_STATES,
            Capability.PREVIEW,
        }
    )

    @hookimpl
    def speckhal_backend(self) -> Backend:
        """Offer this backend to the registry, by the hook of that name."""
        return self

    def chip(self, target: str | None = None) -> ChipFacts:
        """Facts of the chip that was recorded, as they were known then."""
        return _recorded(target).info.chip

    def describe(self, target: str | None = None) -> BoardDescription:
        """What that record can answer, and whether it is of an emulation."""
        from speckhal.runs.replay.recorded_drives import capabilities_of_run  # noqa: PLC0415

        run = _recorded(target)
        return BoardDescription(capabilities_of_run(run), run.info.emulated, recorded=True)

    def describe_options(self, target: str | None = None) -> tuple[OptionDescription, ...]:
        """None: a record is what it is."""
        if target is not None:
            _recorded(target)
        return ()

    def open(
        self, target: str | None = None, options: Mapping[str, object] | None = None
    ) -> Device:
        """Open a record.

        Warns:
            RecordIsPartial: it ends early.

        Raises:
            DeviceNotFound: there is no such file.
            InputError: it is no record, is damaged or has no reading, or an option is given.
        """
        from speckhal.contract.warn import warn_user  # noqa: PLC0415
        from speckhal.runs.replay.device import ReplayDevice  # noqa: PLC0415 - it needs numpy

        if options:
            raise InputError(
                f"Asked to replay a record with {', '.join(options)}, and it takes no options.",
                hint="Leave them out: a record is what it is.",
            )
        run = _recorded(target)
        readings = min((len(trace) for trace in run.traces), default=0)
        if readings == 0:
            raise InputError(
                f"Asked to replay {target}, and it ends before its first reading.",
                hint="Give another record.",
            )
        if run.problem is not None or run.is_partial:
            why = run.problem or "the process that recorded it died"
            warn_user(
                f"The record {target} ends early, after {readings} readings: {why.rstrip(': .')}.",
                RecordIsPartial,
            )
        return ReplayDevice(run, source_of(target))

    def preview(
        self,
        network: object,
        *,
        input_shape: Shape,
        target: str | None = None,
        leak: LeakConfig | None = None,
        biases: Mapping[int, npt.ArrayLike] | None = None,
    ) -> Deployment:
        """What deploying the recorded network would return; another is refused.

        Raises:
            DeviceNotFound: there is no such file.
            InputError: it is no record, or is damaged.
            NetworkError, NotRecorded: it is another network than the one that was recorded.
        """
        from speckhal.runs.replay.device import ReplayDevice  # noqa: PLC0415 - it needs numpy

        device = ReplayDevice(_recorded(target))
        return device.preview(network, input_shape=input_shape, leak=leak, biases=biases)

    def example(self, layers: Sequence[LayerSpec] = ()) -> ExampleNetwork:
        """The recorded network, whatever it was; or the layers, to be compared with it."""
        from speckhal.runs.replay.network import RecordedNetwork  # noqa: PLC0415 - needs numpy

        if layers:
            return ExampleNetwork(list(layers), layers[0].shape, f"{len(layers)} layers")
        # which record it is for, and so of which shape, nobody says here
        return ExampleNetwork(RecordedNetwork(), (1, 1, 1), "the recorded network")


def source_of(target: str | None) -> Path:
    """The file that is read for a target."""
    from speckhal.runs.open_run import file_of_run  # noqa: PLC0415 - it needs numpy

    return file_of_run(_path_of(target))


def _path_of(target: str | None) -> Path:
    """The path of a target, wherever the program changes its directory to; `~` is its user's home.

    The name of a record that comes with speckhal stays what it is.
    """
    path = Path(target or PUBLISHED_LEAK)
    with contextlib.suppress(OSError, RuntimeError, ValueError):  # of paths that cannot be
        if not path.exists() and path.parts[0].startswith("~"):
            path = path.expanduser()
        if str(path) != PUBLISHED_LEAK or path.exists():
            path = path.absolute()
    return path


def _recorded(target: str | None) -> Run:
    from speckhal.runs.open_run import open_run  # noqa: PLC0415 - it needs numpy

    path = _path_of(target)
    try:
        return open_run(path)
    except InputError as error:
        if not os.path.lexists(path):
            raise DeviceNotFound(error.message, hint=error.hint) from error
        raise


backend = ReplayBackend()
