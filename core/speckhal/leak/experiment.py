"""The leak experiment, written once against the Protocols.

The order makes the numbers exact: clock off, baseline read, clock on, samples, clock off, last
read. The first and the last reading are taken with the clock off, so no tick can fall between
two neurons of the same reading.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import attrs

from speckhal.contract.errors import InputError
from speckhal.contract.reading import Reading, Trace
from speckhal.leak.carried_by_error import let_carry
from speckhal.leak.sampling import ClockedSampling, SteppedSampling, sampling_of
from speckhal.opened.open_device import OpenDevice
from speckhal.opened.open_probe import OpenProbe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from speckhal.contract.device import Device
    from speckhal.leak.sink import LeakSink


def nobody(_reading: Reading, _time_s: float) -> None:
    """What a reading is passed to where nobody wants it."""


class LeakExperiment:
    """Watches layers of a deployed network leak.

    Each sample is one reading of each layer, in the order in which they were asked for, and each
    reading has its own time.

    Args:
        device: with a network deployed, with leak.
        sampling: when to read.
        layers: indices of the network layers to read.
        on_reading: called with every reading as it comes, and its time after the start.
        sink: gets every reading before anybody else; None for nobody.
        run_id: the name under which observers hear of it; None for a new one.
        keep: whether to keep the readings for `traces`; False where the sink does, so that memory
            does not grow with their number.
    """

    def __init__(
        self,
        device: Device,
        sampling: ClockedSampling | SteppedSampling,
        *,
        layers: Sequence[int] = (0,),
        on_reading: Callable[[Reading, float], None] = nobody,
        sink: LeakSink | None = None,
        run_id: str | None = None,
        keep: bool = True,
    ) -> None:
        if not isinstance(sampling, ClockedSampling | SteppedSampling):
            raise InputError(
                f"Asked to sample by {sampling!r}, which does not say when.",
                hint="Give what sampling_of() returns.",
            )
        self._device = device
        self._sampling = sampling
        probes = [device.probe(layer) for layer in layers]
        self._layers = tuple(probe.layer for probe in probes)
        # a reading is kept and dated before others see it; the device of a plugin informs nobody
        self._reads: list[Callable[[], Reading]] = [
            probe.read_unpublished if isinstance(probe, OpenProbe) else probe.read
            for probe in probes
        ]
        self._publish: Callable[[Reading], None] = (
            device.publish if isinstance(device, OpenDevice) else lambda _reading: None
        )
        self._on_reading = on_reading
        self._sink = sink
        self._run_id = run_id
        self._keeps = keep
        self._readings: list[list[Reading]] = [[] for _ in probes]
        self._first_ticks: list[int | None] = []
        self._uses_before = 0
        self._start_s = 0.0

    @property
    def trace(self) -> Trace | None:
        """What was gathered of the first layer so far, as `traces`; None before any."""
        of_first = next(iter(self._readings), [])
        return self._trace_of(of_first) if of_first else None

    @property
    def traces(self) -> tuple[Trace, ...]:
        """What was gathered so far, also after an error or an interrupt.

        One for each layer of which there is a reading; an interrupt within a sample leaves some
        with one reading more than others.
        """
        return tuple(self._trace_of(readings) for readings in self._readings if readings)

    def run(self) -> tuple[Trace, ...]:
        """Take every reading; the slow clock is off afterwards, whatever happens.

        Returns:
            One trace for each layer, in the order in which they were asked for.

        Raises:
            ProbeIncomplete: a reading failed. As with every error and interrupt that ends the run,
                its attribute `trace` is what was read before, as here.
        """
        announced = (
            self._device.announced_run(*self._layers, run_id=self._run_id)
            if isinstance(self._device, OpenDevice)
            else contextlib.nullcontext()
        )
        try:
            with announced:
                self._run()
        except BaseException as error:
            trace = None
            with contextlib.suppress(ValueError):  # readings of a broken plugin may make none
                trace = self.trace
            let_carry(error, "trace", trace, kind=Trace)
            raise
        return self.traces

    def _run(self) -> None:
        device = self._device
        device.stop_slow_clock()
        try:
            self._first_ticks = []
            if isinstance(device, OpenDevice):
                self._uses_before = device.clock_uses
            for number, read in enumerate(self._reads):
                baseline = read()
                self._first_ticks.append(baseline.ticks)
                baseline = self._counted(number, baseline, 0)
                self._start_s = baseline.time_s
                self._date_baselines(0.0)
                self._keep(number, baseline)
            # Informing observers of it may take long. Nothing changes while the clock is off, so
            # the baseline holds for the moment at which the leak really starts.
            self._start_s = device.clock.now_s()
            self._date_baselines(0.0)
            sample = (
                self._stepped(self._sampling)
                if isinstance(self._sampling, SteppedSampling)
                else self._clocked(self._sampling)
            )
            for number, reading in sample:
                self._keep(number, reading)
        finally:
            device.stop_slow_clock()

    def _date_baselines(self, duration_s: float) -> None:
        """Let the first reading of each layer be of the start, which took that long."""
        for readings in filter(None, self._readings):
            readings[0] = attrs.evolve(readings[0], time_s=self._start_s, duration_s=duration_s)

    def _keep(self, number: int, reading: Reading) -> None:
        if self._keeps:
            self._readings[number].append(reading)
        time_s = reading.time_s - self._start_s
        if self._sink is not None:
            self._sink.reading(reading, time_s)
        self._publish(reading)
        self._on_reading(reading, time_s)

    def _clocked(self, sampling: ClockedSampling) -> Iterator[tuple[int, Reading]]:
        device = self._device
        device.start_slow_clock()
        # the board starts and stops at some moment within the call, and its ticks with it
        starting_s = device.clock.now_s() - self._start_s
        self._date_baselines(starting_s)
        if self._sink is not None:
            self._sink.started(starting_s)
        # starting may take long, as where it rewrites the configuration; what would have been
        # read meanwhile is read as much later, at moments of the same grid
        missed = (device.clock.now_s() - self._start_s) // sampling.every_s
        late_s = missed * sampling.every_s
        for time_s in sampling.running_s():
            self._wait_until(time_s + late_s)
            yield from self._sample()
        self._wait_until(sampling.for_s + late_s)
        stopped_s = device.clock.now_s()
        device.stop_slow_clock()
        took_s = device.clock.now_s() - stopped_s
        for number, reading in self._sample():
            yield number, attrs.evolve(reading, time_s=stopped_s, duration_s=took_s)

    def _stepped(self, sampling: SteppedSampling) -> Iterator[tuple[int, Reading]]:
        for made in range(1, sampling.ticks + 1):
            self._device.tick()
            for number, reading in self._sample():
                yield number, self._counted(number, reading, made)

    def _counted(self, number: int, reading: Reading, made: int) -> Reading:
        """The reading with its ticks: a stepped run makes them, so that it knows their number.

        What the device counts stands, and where it loses the count, nobody knows it any more. Where
        it counted none from the first reading on, as its clock ran by itself before, they are those
        of this run, as long as nothing else can have made any.
        """
        if not isinstance(self._sampling, SteppedSampling):
            return reading
        if self._first_ticks[number] is not None:
            return reading
        return attrs.evolve(reading, ticks=made if self._was_alone(made) else None)

    def _was_alone(self, made: int) -> bool:
        """Whether this run, which made that many ticks, has made all since its start."""
        if isinstance(self._device, OpenDevice):
            return self._device.clock_uses == self._uses_before + made
        return self._on_reading is nobody

    def _sample(self) -> Iterator[tuple[int, Reading]]:
        """A reading of each layer, with its place among those asked for."""
        for number, read in enumerate(self._reads):
            yield number, read()

    def _wait_until(self, time_s: float) -> None:
        """Wait for a moment after the start, so that delays do not add up."""
        clock = self._device.clock
        clock.sleep_s(max(0.0, self._start_s + time_s - clock.now_s()))

    def _trace_of(self, readings: list[Reading]) -> Trace:
        return Trace.of(readings, start_s=self._start_s)


def measure_leak(
    device: Device,
    *,
    layer: int = 0,
    every_s: float | None = None,
    for_s: float | None = None,
    ticks: int | None = None,
    on_reading: Callable[[Reading, float], None] = nobody,
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
    demand_callable(on_reading)
    sampling = sampling_of(every_s=every_s, for_s=for_s, ticks=ticks)
    (trace,) = LeakExperiment(device, sampling, layers=(layer,), on_reading=on_reading).run()
    return trace


def demand_callable(on_reading: object) -> None:
    """Refuse what readings cannot be passed to.

    Raises:
        InputError: it cannot be called.
    """
    if not callable(on_reading):
        raise InputError(
            f"Asked to pass each reading to {on_reading!r}, which cannot be called.",
            hint="Give a function of a reading and its time in seconds.",
        )
