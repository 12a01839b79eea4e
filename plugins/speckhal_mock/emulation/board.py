"""An emulated board: FPGA, chip, and the USB line to the host."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from speckhal.contract.clock import duration_ns
from speckhal.contract.warn import warn_user
from speckhal_mock.emulation.chip import DEFAULT_DIVIDER, EmulatedChip
from speckhal_mock.emulation.core import READOUT
from speckhal_mock.emulation.counters import EmulatedStopWatch
from speckhal_mock.emulation.errors import EmulationWarning
from speckhal_mock.emulation.host_spikes import (
    HostSpikes,
    check_host_pixels,
    check_host_spikes,
    host_spikes,
)
from speckhal_mock.emulation.options import EmulationOptions
from speckhal_mock.emulation.outbox import Outbox
from speckhal_mock.emulation.outputs import WholeStamps
from speckhal_mock.emulation.power import PowerMeasuring, PowerMeter, Work
from speckhal_mock.emulation.registers import check_registers
from speckhal_mock.emulation.request_order import RequestOrder
from speckhal_mock.emulation.sensor.dvs_events import PREPROCESSING
from speckhal_mock.emulation.sensor.dvs_layer import DvsLayer
from speckhal_mock.emulation.sensor.path import SensorPath
from speckhal_mock.emulation.sensor.pixels import Pixels
from speckhal_mock.emulation.sensor_requests import SensorRequests, scene_of
from speckhal_mock.emulation.spike_flow import SpikeFlow
from speckhal_mock.emulation.ticks import TickFeed
from speckhal_mock.emulation.timeline import Timeline

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    import numpy.typing as npt

    from speckhal.contract.chip import CoreMemory
    from speckhal.contract.core_activity import CoreActivity
    from speckhal_mock.emulation.clock import EmulationClock
    from speckhal_mock.emulation.core import CoreConfig
    from speckhal_mock.emulation.kits import EmulatedKit
    from speckhal_mock.emulation.memory import MemoryKind
    from speckhal_mock.emulation.population import Spikes
    from speckhal_mock.emulation.readout import ReadoutConfig
    from speckhal_mock.emulation.sensor.dvs_events import DvsEvents
    from speckhal_mock.emulation.sensor.dvs_layer import DvsLayerConfig
    from speckhal_mock.emulation.spikes.spikes_out import SpikesOut

DEFAULT_OPTIONS: Final = EmulationOptions()


class EmulatedBoard(SensorRequests):
    """One board on a USB port. All times are those of its clock; nothing here sleeps.

    Commands to the FPGA and configurations take effect at once and cost their latency. Requests
    to the chip are queued, and each is done one read latency after it was sent. What falls due is
    done, and delivered to `outputs`, when the board next catches up; every command does
    that first, so the order is always that of time.

    If a spike leads to something of which nobody knows what a chip does, the board stands still:
    `catch_up` raises NotEmulatedError each time, until a configuration, a reset or closing ends
    it. Commands that fall on that moment take effect all the same; only the first one raises.

    What falls due may end with the board being unplugged. The command that came to do it is not
    done then, and raises PowerLostError.

    Board and stop watch may be used from several threads.

    Args:
        kit: which board it is.
        memories: sizes of the memories of each core of its chip.
        clock: where time comes from.
        options: what is assumed of the board.
        serial_number: as it reports it.
        usb_bus_number: where it is plugged in.
        usb_device_address: its address on that bus.

    Attributes:
        memories: sizes of the memories of each core of its chip.
        clock: where time comes from.
        outputs: who gets what the chip sends; None: it is lost, as with nobody listening.
        stop_watch: the counter that stamps spikes.
        power: the power monitor, which only estimates.
    """

    def __init__(
        self,
        kit: EmulatedKit,
        memories: Sequence[CoreMemory],
        *,
        clock: EmulationClock,
        options: EmulationOptions = DEFAULT_OPTIONS,
        serial_number: str = "0",
        usb_bus_number: int = 1,
        usb_device_address: int = 1,
    ) -> None:
        self.kit = kit
        self.memories = tuple(memories)
        self.options = options
        self.serial_number = serial_number
        self.usb_bus_number = usb_bus_number
        self.usb_device_address = usb_device_address
        self.clock = clock
        chip = EmulatedChip(memories, options)
        self._outbox = Outbox()
        self._sensor = SensorPath(Pixels(scene_of(options)), self)
        self.stop_watch = EmulatedStopWatch(clock, self._changing)
        self._flow = SpikeFlow(chip, options, self.stop_watch, self._sensor, self._deliver_flowing)
        self._feed = TickFeed(
            chip,
            options,
            self._deliver_spikes,
            self._sensor,
            self._flow,
            self._outbox.put_readout,
            self._hand_out,
        )
        self._meter = PowerMeter(kit.chip, options, clock.now_ns())
        overtakes = options.request_vs_spikes == "overtakes"
        order = None if overtakes else RequestOrder(self._flow, options)
        timeline = Timeline(clock, self._feed, self._meter, order)
        super().__init__(chip, timeline, self._feed, self._sensor, options)
        self.power = PowerMeasuring(timeline, self._meter)
        self._meter.work = self._work

    @property
    def slow_clock_running(self) -> bool:
        """Whether the external slow clock ticks."""
        return self._feed.slow_clock.running

    @property
    def slow_clock_rate_hz(self) -> int:
        """Rate of the external slow clock, running or not."""
        return self._feed.slow_clock.rate_hz

    @property
    def untrusted_cores(self) -> tuple[int, ...]:
        """Leaking cores whose leak the chip's list of faults says not to trust."""
        return self._chip.untrusted_cores

    def ticks(self) -> int:
        """External slow-clock ticks so far, pulses included."""
        with self._timeline.alone() as now:
            return self._feed.slow_clock.count(now) + self._feed.pulses

    def internal_ticks(self) -> int:
        """Ticks of the chip's own slow clock so far, whether any core leaked at them or not."""
        with self._timeline.alone() as now:
            return self._feed.internal_clock.count(now)

    def open(self) -> None:
        """Take the time that opening the board takes."""
        with self._timeline.alone():
            self.clock.advance_ns(duration_ns(self.options.open_s))

    def close(self) -> None:
        """Leave the board as the next one to open it finds it: reset. Never fails.

        With `clock_survives_reopen` the slow clock keeps its rate, and runs on if it ran. With
        `chip_survives_close` the chip works on as if nothing had been.
        """
        with self._timeline.alone() as now:
            self._reset(
                now,
                keep_slow_clock=self.options.clock_survives_reopen,
                keep_chip=self.options.chip_survives_close,
            )

    def lose_power(self) -> None:
        """Leave the board as one that was just plugged in. Never fails."""
        with self._timeline.alone() as now:
            self._timeline.cut_power()
            self._reset(now, keep_slow_clock=False, keep_chip=False)

    def reset_board(self) -> None:
        """Reset FPGA and chip: slow clock off at its default rate, no core in use, all states 0."""
        with self._timeline.changing() as now:
            self._reset(now, keep_slow_clock=False, keep_chip=False)

    def set_slow_clk(self, enable: bool) -> None:  # noqa: FBT001 - the vendor's signature
        """Switch the external slow clock on or off. On when it is on already changes nothing."""
        with self._timeline.changing() as now:
            if enable != self.slow_clock_running:
                with self._feed.changing(now):
                    if enable:
                        self._feed.slow_clock.start(now)
                    else:
                        self._feed.slow_clock.stop(now)
            self._spend_io_write()

    def set_slow_clk_rate(self, rate_hz: int) -> None:
        """Set the rate of the external slow clock.

        Raises:
            ValueError: the rate is below 1 Hz.
        """
        if rate_hz < 1:
            raise ValueError(f"A slow clock of {rate_hz} Hz was asked for; it must be at least 1.")
        with self._timeline.changing() as now:
            if rate_hz in self.options.accepted_rate_hz:
                with self._feed.changing(now):
                    self._feed.slow_clock.set_rate(now, rate_hz)
            else:
                warn_user(
                    f"A slow clock of {rate_hz} Hz has no effect: the board is assumed to take "
                    f"{self.options.accepted_rate_hz} Hz (option accepted_rate_hz). It stays at "
                    f"{self.slow_clock_rate_hz} Hz.",
                    EmulationWarning,
                )
            self._spend_io_write()

    def pulse_slow_clk(self) -> None:
        """Send one external tick.

        Raises:
            NotEmulatedError: a spike leads to what cannot be emulated.
        """
        with self._timeline.running() as now:
            self._feed.pulse(now)
            self._spend_io_write()

    def apply_configuration(
        self,
        cores: Sequence[CoreConfig | None],
        internal_clock_divider: int = DEFAULT_DIVIDER,
        *,
        pass_sensor_events: bool = False,
        dvs_layer: DvsLayerConfig | None = None,
        readout: ReadoutConfig | None = None,
    ) -> None:
        """Write a configuration. The old one leaks on while it is written.

        The internal slow clock starts to count anew.

        Args:
            cores: one for each core of the chip; None leaves a core out of use.
            internal_clock_divider: n of the internal slow clock, one tick per 2^n raw events.
            pass_sensor_events: whether the chip takes the events of its own sensor.
            dvs_layer: what its pre-processing does with events of the sensor and of the host;
                None if nothing.
            readout: what the readout does; None if nothing.

        Raises:
            ValueError: it does not fit the chip; nothing has happened.
        """
        self._chip.check(cores, internal_clock_divider)
        with self._timeline.alone():
            self.clock.advance_ns(duration_ns(self.options.apply_s))
            with self._timeline.changing() as now:
                self._timeline.resume()
                self._flow.forget()
                with self._feed.changing(now):
                    self._chip.configure(cores)
                    self._feed.internal_clock.restart(
                        now,
                        divider=internal_clock_divider,
                        sensor_on=pass_sensor_events or self.options.dropped_dvs_events_count,
                    )
                self._sensor.restart(
                    None
                    if dvs_layer is None
                    else DvsLayer(dvs_layer, self.options, self._feed.ticks_at, now),
                    passes_sensor=pass_sensor_events,
                )
                self._feed.readout.restart(now, readout)

    def reset_states(self) -> None:
        """Set every membrane potential to 0. The configuration stays, the slow clock runs on."""
        with self._timeline.changing() as now:
            self._timeline.resume()
            with self._feed.changing(now):
                self._chip.clear_states()

    def dvs_events(self, count: int) -> None:
        """Let the internal slow clock count this many raw events now, besides those of the scene.

        Raises:
            ValueError: `count` is negative.
            NotEmulatedError: a spike leads to what cannot be emulated.
        """
        if count < 0:
            raise ValueError(f"{count} events of the sensor were given; it must be 0 or more.")
        with self._timeline.alone():
            with self._timeline.running() as now:
                self._feed.internal_clock.give(now, count)
            self.catch_up()

    def play_spikes(
        self,
        layers: npt.ArrayLike,
        stamps_us: npt.ArrayLike,
        c: npt.ArrayLike,
        y: npt.ArrayLike,
        x: npt.ArrayLike,
    ) -> None:
        """Send spikes to cores, or to the readout; each passes when the stop watch has its stamp.

        One that waits keeps all that are sent after it. They come after all requests that were
        sent before them.

        Args:
            layers: (n,), or one for all; 0..8, or 12 for the readout.
            stamps_us: (n,), or one for all; microseconds of the stop watch, 32 bits.
            c: channels, (n,) or one for all, as the others: of the core's own input.
            y: rows.
            x: columns.

        Raises:
            ValueError: there is no such core, an event has no bits for such a place, or, with
                `out_of_range_event` at "error", the core is not in use or has no such place; none
                is sent.
        """
        spikes = host_spikes(layers, stamps_us, c, y, x)
        check_host_spikes(spikes, self._chip, refuse=self.options.out_of_range_event == "error")
        self._play(spikes)

    def play_dvs_events(
        self, stamps_us: npt.ArrayLike, p: npt.ArrayLike, y: npt.ArrayLike, x: npt.ArrayLike
    ) -> None:
        """Send events of pixels to the sensor's pre-processing, as `play_spikes` sends spikes.

        Args:
            stamps_us: (n,), or one for all; microseconds of the stop watch, 32 bits.
            p: whether each pixel became brighter, (n,) or one for all, as the others.
            y: rows, 0..127.
            x: columns, 0..127.

        Raises:
            ValueError: there is no such pixel; none is sent.
        """
        events = host_spikes(PREPROCESSING, stamps_us, np.asarray(p, dtype=bool), y, x)
        check_host_pixels(events)
        self._play(events)

    def read_registers(self, addresses: npt.ArrayLike) -> None:
        """Ask for registers of the chip, of a column of the shape (n,).

        Raises:
            NotEmulatedError: what is in one of them is not published; none is asked for.
        """
        asked = np.atleast_1d(addresses)
        values = check_registers(self.kit.chip, asked)

        def serve() -> None:
            if self.outputs is not None:
                self.outputs.register_values(asked, values)

        self._timeline.send(serve, latency_ns=self._latency_ns)

    def _play(self, spikes: HostSpikes) -> None:
        with self._timeline.alone():
            self._flow.play(spikes, self._timeline.after_requests_ns())

    def drop_waiting_spikes(self) -> None:
        """Forget spikes and events of pixels that the stop watch has not let pass. No kit has this.

        What has passed goes on.

        Raises:
            NotEmulatedError: what is due cannot be emulated; they are forgotten all the same.
        """
        with self._timeline.changing():
            self._flow.drop_waiting()

    @property
    def is_quiet(self) -> bool:
        """Whether no spike is on its way now, nor waits for the stop watch.

        What ticks of the slow clock and the sensor may still cause does not count.

        Raises:
            NotEmulatedError: what is due cannot be emulated.
        """
        with self._timeline.alone():
            self.catch_up()
            return self._flow.is_quiet and self._sensor.is_quiet

    @property
    def spikes_under_way(self) -> int:
        """How many spikes are on their way between cores now, or wait for one."""
        with self._timeline.alone():
            return self._flow.under_way

    @property
    def stuck_cores(self) -> tuple[int, ...]:
        """Cores in a dead lock: their spikes wait for each other's room for ever; empty without."""
        with self._timeline.alone():
            return self._flow.stuck_cores

    def activity(self) -> tuple[CoreActivity, ...]:
        """What each core has done with spikes since the configuration was written.

        Empty as long as none has come. No chip shows this.
        """
        with self._timeline.alone():
            return self._flow.activity()

    def forget_longest(self) -> None:
        """Look for the longest queue and delay of each core anew."""
        with self._timeline.alone():
            self._flow.forget_longest()

    def hold_back(self, deliver: Callable[[], object], for_s: float) -> None:
        """Deliver so much later what was due now, unless the board is closed before."""
        self._timeline.deliver(deliver, latency_ns=duration_ns(for_s))

    def catch_up(self) -> None:
        """Do everything that is due by now, in the order of time, and deliver what comes of it.

        A tick is done before a request that falls on the same moment.

        Raises:
            NotEmulatedError: a spike leads to what cannot be emulated.
        """
        self._timeline.catch_up()

    def settle(self) -> None:
        """Catch up for the last time before something ends, unless that was interrupted before.

        Raises:
            NotEmulatedError: a spike leads to what cannot be emulated, and nothing
                has raised it yet.
        """
        if not self._timeline.was_interrupted:
            self._timeline.settle()

    def next_due_ns(self) -> int | None:
        """When `outputs` could next get something; None if nothing will come by itself.

        Now, if the board stands still because of a NotEmulatedError.
        """
        return self._timeline.next_due_ns()

    def run_ahead(self, moment: int, fewer_than: int) -> int | None:
        """Let spikes between cores go on before the clock is there, for who lets it get there.

        Whoever waits for many events need not stop at each. Nothing is delivered before the clock
        has got there, and nothing may be asked of the board meanwhile.

        Args:
            moment: not further than this.
            fewer_than: nor until as many events can have come.

        Returns:
            The moment that the clock must go to; None to go on as without.
        """
        return self._timeline.run_ahead(moment, fewer_than)

    def _reset(self, now: int, *, keep_slow_clock: bool, keep_chip: bool) -> None:
        self._timeline.cut()
        with self._feed.changing(now):
            if not keep_chip:
                self._flow.forget()
                self._chip.reset()
                self._feed.internal_clock.restart(now, divider=DEFAULT_DIVIDER, sensor_on=False)
                self._sensor.restart(None, passes_sensor=False)
                self._feed.readout.restart(now, None)
            if not keep_slow_clock:
                self._feed.slow_clock.stop(now)
                self._feed.slow_clock.set_rate(now, self.options.default_rate_hz)
        self.stop_watch.forget()
        self._meter.reset(now)

    def _spend_io_write(self) -> None:
        self.clock.advance_ns(duration_ns(self.options.io_write_s))

    def monitored(self, raw: DvsEvents | None, processed: DvsEvents | None) -> None:
        """Send events of the sensor to the host, as `DvsOutlets` has it."""
        if not self._feed.readout.hides_others:
            self._outbox.put_dvs_events(raw, processed)

    def deliver_to_core(
        self,
        layer: int,
        moments: npt.NDArray[np.int64],
        c: npt.NDArray[np.int64],
        y: npt.NDArray[np.int64],
        x: npt.NDArray[np.int64],
    ) -> None:
        """Send events of the sensor to a core or to the readout, as `DvsOutlets` has it."""
        if layer != READOUT or self._flow.is_flowing:
            self._flow.feed(np.full_like(moments, layer), moments, c, y, x)
        else:
            self._feed.readout.take(moments, c, y, x)

    def _work(self) -> Work:
        operations, spikes = self._flow.work()
        return Work(operations, spikes)

    def _changing(self) -> AbstractContextManager[int]:
        return self._timeline.changing()

    def _noted(self, kind: MemoryKind, core: int) -> None:
        if kind == "weight":
            self._flow.weights_written()
        elif kind == "neuron":
            self._flow.neurons_written(core)

    def _deliver_flowing(self, spikes: SpikesOut) -> None:
        of_readout = spikes.layers == READOUT
        seen = spikes
        if of_readout.any():
            read, seen = spikes.where(of_readout), spikes.where(~of_readout)
            self._feed.readout.take(read.moments, read.c, read.y, read.x)
        if len(seen) and not self._feed.readout.hides_others:
            self._outbox.put_spikes(seen.moments, seen.layers, seen.c, seen.y, seen.x)

    def _deliver_spikes(self, core: int, spikes: Spikes, moment: int) -> None:
        if not self._feed.readout.hides_others:
            shape = spikes.c.shape
            layers, moments = np.full(shape, core), np.full(shape, moment)
            self._outbox.put_spikes(moments, layers, spikes.c, spikes.y, spikes.x)

    def _hand_out(self) -> None:
        watch, whole = self.stop_watch, isinstance(self.outputs, WholeStamps)
        self._outbox.hand_out(
            self.outputs, watch.each_with_rounds_us if whole else watch.each_at_us
        )
