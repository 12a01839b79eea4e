"""The leak experiment, written once against the Protocols.

The order makes the numbers exact: clock off, baseline read, clock on, samples, clock off, last
read. The first and the last reading are taken with the clock off, so no tick can fall between
two neurons of the same reading.
"""

from __future__ import annotations

import contextlib
import inspect
from typing import TYPE_CHECKING

import attrs

from speckhal.contract.errors import InputError
from speckhal.contract.reading import Reading, Trace
from speckhal.leak.sampling import ClockedSampling, SteppedSampling, sampling_of
from speckhal.opened.open_device import OpenDevice
from speckhal.opened.open_probe import OpenProbe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from speckhal.contract.device import Device


class LeakExperiment:
    """Watches one layer of a deployed network leak.

    Args:
        device: with a network deployed, with leak.
        sampling: when to read.
        layer: index of the network layer to read.
        on_reading: called with every reading as it comes, and its time after the start.
    """

    def __init__(
        self,
        device: Device,
        sampling: ClockedSampling | SteppedSampling,
        *,
        layer: int = 0,
        on_reading: Callable[[Reading, float], None] = lambda _reading, _time_s: None,
    ) -> None:
        if not isinstance(sampling, ClockedSampling | SteppedSampling):
            raise InputError(
                f"Asked to sample by {sampling!r}, which does not say when.",
                hint="Give what sampling_of() returns.",
            )
        self._device = device
        self._sampling = sampling
        probe = device.probe(layer)
        self._layer = probe.layer
        # a reading is kept and dated before others see it; the device of a plugin informs nobody
        self._read: Callable[[], Reading] = probe.read
        self._publish: Callable[[Reading], None] = lambda _reading: None
        if isinstance(device, OpenDevice) and isinstance(probe, OpenProbe):
            self._read, self._publish = probe.read_unpublished, device.publish
        self._on_reading = on_reading
        self._readings: list[Reading] = []
        self._start_s = 0.0

    @property
    def trace(self) -> Trace | None:
        """What was gathered so far, also after an error or an interrupt; None before any."""
        return Trace.of(self._readings, start_s=self._start_s) if self._readings else None

    def run(self) -> Trace:
        """Take every reading; the slow clock is off afterwards, whatever happens.

        Raises:
            ProbeIncomplete: a reading failed. As with every error and interrupt that ends the run,
                its attribute `trace` is what was read before, as here.
        """
        announced = (
            self._device.announced_run(self._layer)
            if isinstance(self._device, OpenDevice)
            else contextlib.nullcontext()
        )
        try:
            with announced:
                return self._run()
        except BaseException as error:
            self._hand_trace_to(error)
            raise

    def _hand_trace_to(self, error: BaseException) -> None:
        # a stranger's error may have a trace of its own; that of a measurement within this one is
        # replaced, since whoever asked for this one expects its readings
        before = inspect.getattr_static(error, "trace", None)
        if not isinstance(before, Trace | None):
            return
        trace = None
        with contextlib.suppress(ValueError):  # readings of a broken plugin may make none
            trace = self.trace
        with contextlib.suppress(AttributeError):
            # also of those that are frozen
            BaseException.__setattr__(error, "trace", trace)

    def _run(self) -> Trace:
        device = self._device
        device.stop_slow_clock()
        try:
            baseline = self._read()
            self._start_s = baseline.time_s
            self._keep(baseline)
            # Informing observers of it may take long. Nothing changes while the clock is off, so
            # the baseline holds for the moment at which the leak really starts.
            self._start_s = device.clock.now_s()
            self._readings[0] = attrs.evolve(baseline, time_s=self._start_s, duration_s=0.0)
            readings = (
                self._stepped(self._sampling)
                if isinstance(self._sampling, SteppedSampling)
                else self._clocked(self._sampling)
            )
            for reading in readings:
                self._keep(reading)
        finally:
            device.stop_slow_clock()
        return Trace.of(self._readings, start_s=self._start_s)

    def _keep(self, reading: Reading) -> None:
        self._readings.append(reading)
        self._publish(reading)
        self._on_reading(reading, reading.time_s - self._start_s)

    def _clocked(self, sampling: ClockedSampling) -> Iterator[Reading]:
        device = self._device
        device.start_slow_clock()
        # the board starts and stops at some moment within the call, and its ticks with it
        self._readings[0] = attrs.evolve(
            self._readings[0], duration_s=device.clock.now_s() - self._start_s
        )
        # starting may take long, as where it rewrites the configuration; what would have been
        # read meanwhile is read as much later, at moments of the same grid
        missed = (device.clock.now_s() - self._start_s) // sampling.every_s
        late_s = missed * sampling.every_s
        for time_s in sampling.running_s():
            self._wait_until(time_s + late_s)
            yield self._read()
        self._wait_until(sampling.for_s + late_s)
        stopped_s = device.clock.now_s()
        device.stop_slow_clock()
        took_s = device.clock.now_s() - stopped_s
        yield attrs.evolve(self._read(), time_s=stopped_s, duration_s=took_s)

    def _stepped(self, sampling: SteppedSampling) -> Iterator[Reading]:
        for _ in range(sampling.ticks):
            self._device.tick()
            yield self._read()

    def _wait_until(self, time_s: float) -> None:
        """Wait for a moment after the start, so that delays do not add up."""
        clock = self._device.clock
        clock.sleep_s(max(0.0, self._start_s + time_s - clock.now_s()))


def measure_leak(
    device: Device,
    *,
    layer: int = 0,
    every_s: float | None = None,
    for_s: float | None = None,
    ticks: int | None = None,
    on_reading: Callable[[Reading, float], None] = lambda _reading, _time_s: None,
) -> Trace:
    """Membrane potentials of a layer while they leak.

    Whatever ends this early, Ctrl-C included, carries what was read until then::

        except BaseException as error:
            trace = getattr(error, "trace", None)  # of errors of speckhal's own, error.trace

    It is a `Trace`, or None before the first reading.

    Args:
        device: with a network deployed, with leak.
        layer: index of the network layer to read.
        every_s: time between two samples, where the clock runs by itself; default 0.5.
        for_s: time from the start of the clock to the last sample; default 10.
        ticks: step the clock this many times instead, reading after every tick.
        on_reading: called with every reading as it comes, and its time after the start.

    Raises:
        InputError: a duration or a number of ticks is not positive, or both are given; or it is
            not a device.
        LayerNotFound: the network has no such layer.
        DeviceError: the board failed.
    """
    if not callable(getattr(device, "probe", None)):
        raise InputError(
            f"Asked to measure the leak of {device!r}, and that is no device.",
            hint="Open one first: with speckhal.open_device('mock') as device: ...",
        )
    if not callable(on_reading):
        raise InputError(
            f"Asked to pass each reading to {on_reading!r}, which cannot be called.",
            hint="Give a function of a reading and its time in seconds.",
        )
    sampling = sampling_of(every_s=every_s, for_s=for_s, ticks=ticks)
    return LeakExperiment(device, sampling, layer=layer, on_reading=on_reading).run()
