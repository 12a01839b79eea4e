"""What is done at one point of a sweep, in whichever process it is done."""

from __future__ import annotations

import contextlib
import functools
import multiprocessing
import os
import sys
import threading
import warnings
from typing import TYPE_CHECKING, Final

import attrs
import numpy as np

from speckhal.contract.capabilities import ClockDrive
from speckhal.contract.errors import SpeckhalError
from speckhal.contract.limits import FactWarning
from speckhal.leak.channel_verdict import Answer
from speckhal.leak.sampling import SteppedSampling
from speckhal.runs.run_leak import run_leak
from speckhal.runs.sweep.biases import deploy_with_bias
from speckhal.runs.sweep.boards import board_of_its_own
from speckhal.runs.sweep.files import check_files
from speckhal.runs.sweep.measure_name import check_measure
from speckhal.runs.sweep.networks import network_of_file
from speckhal.runs.sweep.plain import check_columns, plain_row, refuse_settings
from speckhal.system.error_text import cause_of
from speckhal.system.interrupts import is_interrupt
from speckhal.system.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import numpy.typing as npt

    from speckhal.contract.network_spec import ExampleNetwork
    from speckhal.contract.reading import Trace
    from speckhal.leak.channel_verdict import ChannelVerdict
    from speckhal.leak.verdict import Verdict
    from speckhal.opened.open_device import OpenDevice
    from speckhal.runs.sweep.plain import Plain
    from speckhal.runs.sweep.points import SweepPoint

    Row = dict[str, Plain]
    Measure = Callable[[OpenDevice, SweepPoint], Sequence[Mapping[str, Plain]]]

at_work: Final[set[str]] = set()
"""Keys of the points that this process is measuring."""

stopping: Final = threading.Event()
"""Set where this process is to measure nothing more: an executor hands out points ahead of time."""

_GRAVITY = (Answer.DISAGREES, Answer.CANNOT_TELL, Answer.AGREES)


@attrs.frozen
class Outcome:
    """What became of a point.

    Attributes:
        key: of the point.
        rows: that it adds to the table.
        failed: whether an error ended it, which then stands in its only row.
        refusal: that error, where nothing was measured for it: the board could not be opened as it
            was asked for, or the network not be read.
    """

    key: str
    rows: list[Row]
    failed: bool = False
    refusal: SpeckhalError | None = None


class _Refused(Exception):
    """Stands for an error that came before anything was measured."""

    def __init__(self, refusal: SpeckhalError) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal


def measure_point(measure: Measure, point: SweepPoint) -> Outcome:
    """Open a board, do what is to be done at the point, and close the board.

    Whatever goes wrong with it becomes a row of the table, and the sweep goes on.

    Args:
        measure: what is to be done.
        point: at which.
    """
    _compute_in_one_thread(os.getpid())
    try:
        at_work.add(point.key)
        with warnings.catch_warnings():
            # what is only assumed of a chip is warned of once, by the first point, not thousands of
            # times: the sweep itself asks for it
            warnings.simplefilter("ignore", FactWarning)
            with _begun(measure, point) as device:
                found = measure(device, point)
        measured = [plain_row(row) for row in found]
        refuse_settings(measured, point.values)
        rows = [point.values | row for row in measured]
        check_columns(list(dict.fromkeys(name for row in rows for name in row)))
        return Outcome(point.key, rows)
    except BaseException as error:
        if is_interrupt(error) or not isinstance(error, Exception):
            raise
        refusal = error.refusal if isinstance(error, _Refused) else None
        row = dict(point.values) | {"error": printable(cause_of(refusal or error))}
        return Outcome(point.key, [row], failed=True, refusal=refusal)
    finally:
        at_work.discard(point.key)


@contextlib.contextmanager
def _begun(measure: Measure, point: SweepPoint) -> Iterator[OpenDevice]:
    """The open board of a point, once its network is known to be there.

    Raises:
        _Refused: the network cannot be read, or the board not be opened; or the network, the
            function or a file is another one than when the sweep began.
        KeyboardInterrupt: there was one, and an executor had handed out the point before.
    """
    if stopping.is_set():
        raise KeyboardInterrupt
    with contextlib.ExitStack() as stack:
        try:
            if measure is measure_leak_at:
                network_of(point)
            else:
                check_measure(measure, point.measure)
            board = board_of_its_own(str(point.values["backend"]), point.options)
            device = stack.enter_context(board)
            check_files(point.files)  # now that the board has read them
        except SpeckhalError as error:
            raise _Refused(error) from error
        yield device


@functools.cache
def _compute_in_one_thread(process: int) -> None:  # noqa: ARG001 - a fork copies the cache
    """Let torch start no threads in a process that an executor started.

    The processes take all processors already. And a fork copies torch's threads as dead ones, for
    which the next convolution would wait for ever; torch's DataLoader does the same.
    """
    if multiprocessing.parent_process() is None:
        return
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")  # where torch is imported later
    set_num_threads = getattr(sys.modules.get("torch"), "set_num_threads", None)
    if set_num_threads is not None:
        set_num_threads(1)


def measure_leak_at(device: OpenDevice, point: SweepPoint) -> list[Row]:
    """Let a network leak as the point says, and judge it: a row for each layer that leaks.

    Args:
        device: open.
        point: with settings of `SETTINGS`.

    Returns:
        By layer: `layer`, `core`, `channels`; of the channel that agrees least, the first of those:
        `channel`, `expected_step`, `measured_step`, `expected_leak_per_s`, `measured_leak_per_s`
        and `uncertainty_per_s` (None for a stepped clock); `worst_rounding_error` of the layer,
        `readings`, `answer` and `problem`.
    """
    network = network_of(point)
    deploy = functools.partial(device.deploy, network.network, input_shape=network.input_shape)
    rate_hz, bias = point.values.get("rate_hz"), point.values.get("bias")
    if point.plan is not None:
        deploy(plan=point.plan)
    else:
        leak = (
            device.leak_config(rate_hz=int(rate_hz))
            if isinstance(rate_hz, int)
            else device.leak_config(drive=ClockDrive.STEPPED)
        )
        if bias is None:
            deploy(leak=leak)
        else:
            deploy_with_bias(device, point, network, leak)
    sampling = point.sampling()
    run = (
        run_leak(device, ticks=sampling.ticks)
        if isinstance(sampling, SteppedSampling)
        else run_leak(device, every_s=sampling.every_s, for_s=sampling.for_s)
    )
    return [
        _row(trace, verdict, layer.core, layer.rounding_error)
        for trace, verdict, layer in zip(run.traces, run.verdicts, run.layers, strict=True)
    ]


def _row(trace: Trace, verdict: Verdict | None, core: int, errors: npt.NDArray[np.float64]) -> Row:
    row: Row = {"layer": trace.layer, "core": core, "channels": trace.shape[0]}
    row |= {"worst_rounding_error": float(errors[np.abs(errors).argmax()])}
    row |= {"readings": len(trace)}
    if verdict is None:
        return row | {"answer": Answer.CANNOT_TELL.value}
    worst: ChannelVerdict = min(verdict.channels, key=lambda one: _GRAVITY.index(one.answer))
    return row | {
        "channel": worst.channel,
        "expected_step": worst.expected_step,
        "measured_step": worst.measured_step,
        "expected_leak_per_s": worst.expected_leak_per_s,
        "measured_leak_per_s": worst.measured_leak_per_s,
        "uncertainty_per_s": worst.uncertainty_per_s,
        "answer": worst.answer.value,
        "problem": worst.problem,
    }


def network_of(point: SweepPoint) -> ExampleNetwork:
    """The network of a point with the settings of a leak.

    Raises:
        InputError: its file holds another one than when the sweep began.
        SpeckhalError: as `read_network` raises it.
    """
    text, selection = str(point.values.get("network", "")), str(point.values["backend"])
    if text in point.networks:
        return point.networks[text]
    return network_of_file(text, selection, point.input_shape, point.network_key)
