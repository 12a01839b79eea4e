"""An open board on which a measurement does what it likes, core by core and call by call."""

from __future__ import annotations

import enum
from collections import Counter
from typing import TYPE_CHECKING, Final

import attrs
import numpy as np

from speckhal.contract.characterise import MeasuredBoard
from speckhal.contract.errors import DeviceError
from speckhal_characterise.board_stop_watch import BoardStopWatch, timed_vendor
from speckhal_samna.board.closing import ClosedAfterwards
from speckhal_samna.board.find import open_board
from speckhal_samna.board.request_reply import PATIENCE_S, Exchange

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from speckhal.contract.chip import ChipFacts
    from speckhal_characterise.board_stop_watch import Moment
    from speckhal_characterise.chip_setup import PixelSetup, ReadoutSetup
    from speckhal_characterise.core_setup import CoreSetup
    from speckhal_samna.bindings import NeuronEvents
    from speckhal_samna.board.access import BoardAccess

PULSE_PAUSE_S: Final = 1e-3
"""After each pulse, for the sweep of a few neurons: a thousand times what they should need."""

SPIKES_ARRIVE_S: Final = 0.05
"""Spikes come by another way than answers, so there is nothing to wait for but time."""

BURST_AT_US: Final = 200_000
"""When a burst of spikes begins, by the stop watch: they must all be on the board by then."""

_BURST_PATIENCE_S: Final = 10.0
_PATIENCE_MS: Final = round(PATIENCE_S * 1e3)


class RateEffect(enum.Enum):
    """What setting a rate does."""

    TAKEN = "the clock ticks at that rate"
    REFUSED = "the clock is as it was"
    UNSURE = "the clock is not as it was, and does not count as that rate either"


@attrs.define
class RatesKnown:
    """What the measurements found out about rates, for those that come later.

    Attributes:
        effects: by rate in Hz.
        all_tried: whether all rates of the dense series were tried already.
    """

    effects: dict[int, RateEffect] = attrs.field(factory=dict)
    all_tried: bool = False

    def taken_hz(self) -> list[int]:
        """The rates that the clock is known to take, in Hz."""
        return [hz for hz, effect in self.effects.items() if effect is RateEffect.TAKEN]


class Workbench(ClosedAfterwards):
    """One open board. Close it; its slow clock is off then.

    Attributes:
        watch: has timed every call so far.
        quick: whether a measurement is to be less precise, and faster.
        is_fresh: whether the slow clock still has the rate that it had when the board opened.
        rates_known: what is known so far of setting the slow clock to a rate.
    """

    def __init__(self, access: BoardAccess, *, quick: bool = False) -> None:
        self.quick = quick
        self.watch = BoardStopWatch(access.clock)
        self.rates_known = RatesKnown()
        self._access = attrs.evolve(access, samna=timed_vendor(access.samna, self.watch))
        self._open()

    def _open(self) -> None:
        self._board, _ = open_board(self._access)
        self._configured: dict[int, CoreSetup] = {}
        self.is_fresh = True

    @property
    def facts(self) -> ChipFacts:
        """What the driver takes the chip for."""
        return self._access.chip.facts

    def identity(self) -> MeasuredBoard:
        """Which board this is, with the firmware that it reports."""
        try:
            versions = self._board.firmware()
            firmware = {"fxtree": versions.fxtree, "unifirm": versions.unifirm}
        except DeviceError:  # not every board reports it
            firmware = {}
        return MeasuredBoard(
            chip=self.facts.name,
            board=self._board.name,
            serial_number=self._board.serial_number,
            firmware=firmware,
            vendor=f"samna {getattr(self._access.samna, '__version__', 'of unknown version')}",
            emulated=self._access.emulated,
        )

    def configure(
        self,
        cores: Mapping[int, CoreSetup],
        *others: PixelSetup | ReadoutSetup,
        again: bool = False,
        sensor_on: bool = False,
    ) -> None:
        """Stop the slow clock and write a configuration; cores that are not named do nothing.

        Args:
            cores: what each is to do.
            others: what the sensor's pre-processing and the readout are to do, if anything.
            again: write it even if the chip has it already. Otherwise another one is written in
                between, since a chip might not rewrite the states for one that it has.
            sensor_on: whether the chip takes the events of its own sensor.
        """
        self.stop()
        repeated = any(setup == self._configured.get(core) for core, setup in cores.items())
        if repeated and not again:
            self._apply({}, sensor_on=False)
        self._apply(cores, *others, sensor_on=sensor_on)

    def _apply(
        self, cores: Mapping[int, CoreSetup], *others: PixelSetup | ReadoutSetup, sensor_on: bool
    ) -> None:
        configuration = self._board.classes.new_configuration()
        for core, setup in cores.items():
            setup.write_to(configuration.cnn_layers[core])
        for other in others:
            other.write_to(configuration)
        dividers = self.facts.internal_clock_divider_range
        if dividers is not None:
            configuration.factory_config.internal_slow_clk_divider = dividers.value.lowest
        configuration.dvs_layer.pass_sensor_events = sensor_on
        with self.watch.timing("apply"):
            self._board.apply(configuration)
        self._configured = dict(cores)
        self.sleep_s(self._access.chip.settle_after_apply_s.value)

    def read(self, core: int, addresses: npt.ArrayLike) -> npt.NDArray[np.int16]:
        """What the core's neuron memory holds, in the order of `addresses`."""
        return self.neurons(core, addresses).ask()

    def neurons(self, core: int, addresses: npt.ArrayLike) -> Exchange:
        """Asks these neurons again and again; making the requests costs more than asking them."""
        wanted = np.asarray(addresses, dtype=np.int64)
        return Exchange(self._board, self._board.classes.neuron_question, core, wanted)

    def first(self, *cores: int) -> list[int]:
        """What each of the cores holds at address 0, where a core of one neuron has it."""
        return [int(self.read(core, [0])[0]) for core in cores]

    def answers(self) -> bool:
        """Whether the board still answers requests."""
        try:
            self.first(0)
        except DeviceError:
            return False
        return True

    def write_first(self, core: int, v_mem: int) -> None:
        """Write one membrane potential at address 0, and wait until it is there.

        Ticks go another way than requests, so that one could overtake the other.
        """
        first = self.neurons(core, [0])
        first.set(first.settings(np.array([v_mem], dtype=np.int16)))
        first.ask()

    def time_read(self) -> bool:
        """Time the answer to one request; False, and no time, if none comes in `PATIENCE_S`."""
        with self._board.asked_to("answer"):
            begun_ns = self._request(0)
            answers = self._board.sink.get_n_events(1, timeout=_PATIENCE_MS)
            ended_ns = self.watch.now_ns()
        if answers:
            self.watch.durations_ns["read"].append(ended_ns - begun_ns)
        else:
            self._board.may_still_answer = True
        return bool(answers)

    def _request(self, core: int) -> int:
        """Ask the core for what it holds at address 0; gives when, in ns."""
        request = self._board.classes.event.ReadNeuronValue()
        request.layer, request.address = core, 0
        self._board.sink.clear_events()
        begun_ns = self.watch.now_ns()
        self._board.source.write([request])
        return begun_ns

    def answers_before_pulse(self, core: int, wait_s: float) -> bool:
        """Whether a request sees the core as it is before a pulse that is sent so much later.

        Args:
            core: one with a neuron at address 0 and a bias.
            wait_s: between the two.
        """
        (before,) = self.first(core)
        with self._board.asked_to("answer"):
            self._request(core)
            self.sleep_s(wait_s)
            self._board.pulse_slow_clock()
            answers = self._board.sink.get_n_events(1, timeout=_PATIENCE_MS)
        return any(getattr(answer, "neuron_state", None) == before for answer in answers)

    def look(self) -> None:
        """Look for events once, and drop them."""
        with self._board.asked_to("send events"), self.watch.timing("look"):
            self._board.sink.get_events()

    @property
    def event(self) -> NeuronEvents:
        """The chip's classes of events."""
        return self._board.classes.event

    def heard(self) -> Sequence[object]:
        """What has come since the last time anything was read, in the order of arrival."""
        self.sleep_s(SPIKES_ARRIVE_S)
        with self._board.asked_to("send events"):
            return self._board.sink.get_events()

    def spikes(self) -> dict[int, int]:
        """How many spikes have come since the last time anything was read, by core."""
        kind = self.event.Spike
        return Counter(event.layer for event in self.heard() if isinstance(event, kind))

    def fired(self, core: int | None = None) -> list[tuple[int, int, int]]:
        """Channel, row and column of the spikes that have come, of one core or of all of them."""
        kind = self.event.Spike
        return [
            (event.feature, event.y, event.x)
            for event in self.heard()
            if isinstance(event, kind) and core in {None, event.layer}
        ]

    def send(self, *events: object) -> None:
        """Send events that are stamped 0, all at once, and wait for their effect.

        The stop watch stands at 0, or has passed it.
        """
        with self._board.asked_to("take spikes"):
            self._board.source.write(list(events))
        self.sleep_s(PULSE_PAUSE_S)

    def play(self, core: int, count: int = 1, *, at: int = 0) -> None:
        """Send spikes to one place of a core's input, each after the effect of the last.

        Args:
            core: with an input of one channel.
            count: how many.
            at: row and column of the place.
        """
        for _ in range(count):
            self.send(self.event.Spike(layer=core, y=at, x=at))

    def launch(self, events: list[object]) -> None:
        """Send events whose stamps are `BURST_AT_US` or later, and wait for the first of them."""
        with self._board.asked_to("take spikes"):
            self._board.sink.clear_events()
            self._board.restart_stop_watch()
            self._board.source.write(events)
            self.sleep_s(BURST_AT_US / 1e6)

    def burst(self, core: int, count: int, *, at: int) -> int | None:
        """Send spikes that all come at once to one place of a core's input.

        Args:
            core: with an input of one channel.
            count: how many.
            at: row and column of the place.

        Returns:
            How many us later the first spike of the core came; None if none did.
        """
        kind = self.event.Spike
        self.launch([kind(layer=core, y=at, x=at, timestamp=BURST_AT_US)] * count)
        for _ in range(round(_BURST_PATIENCE_S / SPIKES_ARRIVE_S)):
            for one in self.heard():
                if isinstance(one, kind):
                    return one.timestamp - BURST_AT_US
        return None

    def pulse(self, count: int = 1) -> None:
        """Make ticks, each after the sweep of the one before."""
        for _ in range(count):
            self.watch.call("command", self._board.pulse_slow_clock)
            self.sleep_s(PULSE_PAUSE_S)

    def start(self) -> Moment:
        """Start the slow clock; returns when the command began and ended."""
        return self.watch.call("command", lambda: self._board.set_slow_clock(running=True))

    def stop(self) -> Moment:
        """Stop the slow clock; returns when the command began and ended."""
        return self.watch.call("command", lambda: self._board.set_slow_clock(running=False))

    def set_rate(self, rate_hz: int) -> Moment:
        """Set the slow clock's rate, running or not."""
        self.is_fresh = False
        return self.watch.call("command", lambda: self._board.set_slow_clock_rate(rate_hz))

    def command_s(self) -> float:
        """How long a command to the board takes; the median so far."""
        return float(np.median(self.watch.durations_ns["command"])) / 1e9

    def sleep_s(self, duration_s: float) -> None:
        """Let time pass on the board; a negative duration lets none pass."""
        self._access.clock.sleep_s(max(0.0, duration_s))

    def reopen(self) -> None:
        """Close the board and open it again."""
        self.close()
        self._open()

    def close(self) -> None:
        """Stop the clock and give the board back."""
        self._board.close()
