"""Files that `speckhal run` writes: checked before anything runs, written after it."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Final

import attrs

from speckhal.cli.outputs import Output, refuse_ending, rescue, write_each
from speckhal.contract.errors import InputError
from speckhal.system.paths import writable_place

if TYPE_CHECKING:
    from pathlib import Path

    from speckhal.cli.outputs import Written
    from speckhal.runs.spiking.spike_run import SpikeRun

WHAT: Final = "What the layers sent"


@attrs.frozen
class SpikeOutputs:
    """Where a run goes, besides the screen.

    Attributes:
        record: with all that is known of it; None for none, as for the others.
        overwrite: whether the record may replace one.
        spikes: of the layers alone.
        picture: of all.
    """

    record: Path | None
    overwrite: bool
    spikes: Path | None
    picture: Path | None

    def check(self) -> None:
        """Refuse a place that cannot be written, before anything runs.

        Raises:
            InputError: a file has the wrong ending, no folder to be in, or may not be written.
        """
        from speckhal.runs.record_place import refuse_place  # noqa: PLC0415 - it needs numpy
        from speckhal.runs.spiking.spike_files import SPIKE_ENDINGS  # noqa: PLC0415 - as above
        from speckhal.runs.spiking.spike_pictures import PICTURE_ENDINGS  # noqa: PLC0415 - as above

        if self.record is not None:
            refuse_place(self.record, overwrite=self.overwrite)
        elif self.overwrite:
            raise InputError(
                "Asked for --overwrite without a record.", hint="Give --record FILE.h5 as well."
            )
        for option, path, endings in (
            ("--spikes-out", self.spikes, SPIKE_ENDINGS),
            ("--plot", self.picture, PICTURE_ENDINGS),
        ):
            if path is not None:
                refuse_ending(option, path, endings)
                writable_place(path, "Asked to write")

    def ahead(self, run: SpikeRun) -> SpikeOutputs:
        """Write the record already, and return outputs that replace it by one with more in it.

        What is to be added may take long, and a process that is killed meanwhile leaves this one.
        Where it cannot be written, that is said at the end.
        """
        if self.record is None:
            return self
        try:
            _record(run, self.record, overwrite=self.overwrite)
        except InputError:
            return self
        return attrs.evolve(self, overwrite=True)

    def write(self, run: SpikeRun) -> Written:
        """Write what was asked for; an output that fails does not keep the others from it.

        Nor does an interrupt, which ends the output at work. Where neither record nor spikes could
        be written, the record is kept elsewhere.
        """
        outputs = (
            Output(self.record, functools.partial(_record, run, overwrite=self.overwrite)),
            Output(self.spikes, functools.partial(_spikes, run)),
            Output(self.picture, functools.partial(_draw, run), is_whole=False),
        )
        return write_each(outputs, keep=functools.partial(keep_spikes_elsewhere, run), what=WHAT)


def keep_spikes_elsewhere(run: SpikeRun) -> Path | None:
    """Where the record was kept although nothing could be written or printed where it should be."""
    return rescue("spikes.h5", functools.partial(_record, run))


def _record(run: SpikeRun, path: Path, *, overwrite: bool = False) -> None:
    from speckhal.runs.spiking.spike_record import save_spike_run  # noqa: PLC0415  # slow import

    save_spike_run(run, path, overwrite=overwrite)


def _spikes(run: SpikeRun, path: Path) -> None:
    from speckhal.runs.spiking.spike_files import write_spikes  # noqa: PLC0415  # slow import

    write_spikes(run.sent, path)


def _draw(run: SpikeRun, path: Path) -> None:
    from speckhal.runs.spiking.spike_pictures import plot_spikes  # noqa: PLC0415  # slow import

    plot_spikes(run, path)
