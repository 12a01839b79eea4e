"""When a stimulation is at its end, on boards that know it and on boards that do not."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from placed_once import placed_once
from speckhal import DeviceFailed, InputError, LayerNotFound
from speckhal.contract.errors import StimulationUnfinished
from speckhal.contract.spikes import SENSOR_INPUT, Spikes
from speckhal_mock import samna
from speckhal_samna.board import stimulation
from speckhal_samna.board.access import BoardAccess
from speckhal_samna.board.chip_spikes import SENSOR, ChipSpikes
from speckhal_samna.board.stimulation_time import LIMIT_S, CoreLoad, silence_s, work_s
from speckhal_samna.device import SamnaDevice
from speckhal_speck2f.chip import CHIP

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from desk import Desk
    from speckhal.contract.clock import VirtualClock

SHAPE = (1, 2, 3)
SLOW = attrs.evolve(CHIP, updates_per_s=attrs.evolve(CHIP.updates_per_s, value=100_000))


@attrs.define(eq=False)
class Scripted:
    """A way for spikes on which they arrive as a script says.

    Attributes:
        clock: of the board.
        arrivals_s: seconds after they were sent at which a spike of core 0 comes back, in order.
        knows: whether the board knows when it is quiet.
        never_quiet: whether something stays on its way for ever.
        gets_on: whether it says how many spikes are still to come.
        fails_at: arrival at which the board fails; None for none.
        locked: why what is on its way will never arrive, as far as the board knows.
    takes_s: to send what is played.
    drops: whether the board can drop what waits; it does so when asked.
    """

    clock: VirtualClock
    arrivals_s: list[float]
    knows: bool = False
    never_quiet: bool = False
    gets_on: bool = False
    fails_at: int | None = None
    locked: str | None = None
    takes_s: float = 0.0
    drops: bool = False
    sent: list[ChipSpikes] = attrs.field(factory=list)
    sent_s: float | None = None
    came: int = 0

    def listen(self) -> None:
        """Listen in any case."""

    def prepare(self, spikes: ChipSpikes) -> Callable[[], None]:
        def send() -> None:
            self.sent.append(spikes)
            self.sent_s = self.clock.now_s()
            self.clock.sleep_s(self.takes_s)

        return send

    def take(self) -> ChipSpikes:
        if self.sent_s is None:
            return ChipSpikes.concatenate(())
        passed_s = self.clock.now_s() - self.sent_s
        due = [one for one in self.arrivals_s[self.came :] if one <= passed_s]
        if self.fails_at is not None and self.came + len(due) > self.fails_at:
            raise RuntimeError("the cable")
        self.came += len(due)
        zeros = np.zeros(len(due), np.int64)
        stamps = np.array([round(one * 1e6) for one in due], np.int64)
        return ChipSpikes(zeros, zeros, zeros, zeros, stamps)

    def drop_waiting(self) -> bool:
        return self.drops

    def knows_rounds(self) -> bool:
        return False

    def is_quiet(self) -> bool | None:
        if not self.knows:
            return None
        return self.came == len(self.arrivals_s) and not self.never_quiet

    def under_way(self) -> int:
        return len(self.arrivals_s) - self.came if self.gets_on else 1

    def dead_lock(self) -> str | None:
        return self.locked


@pytest.fixture
def opened(
    desk: Desk, make_network: Callable[..., nn.Module]
) -> Iterator[Callable[..., tuple[SamnaDevice, Scripted]]]:
    """Opens a board with a monitored layer, whose spikes come as a script says."""
    desk.plug()
    devices: list[SamnaDevice] = []

    def open_it(*arrivals_s: float, **kind: object) -> tuple[SamnaDevice, Scripted]:
        way = Scripted(desk.clock, list(arrivals_s), **kind)  # type: ignore[arg-type]  # a test's
        access = BoardAccess(
            samna, SLOW, SLOW.kits, 0, desk.clock, emulated=True, spike_way=lambda _: way
        )
        while devices:
            devices.pop().close()
        devices.append(SamnaDevice(access, backend="speck2f"))
        with placed_once():
            devices[0].deploy(make_network(shape=SHAPE), input_shape=SHAPE, monitor=[0])
        return devices[0], way

    yield open_it
    devices[0].close()


def _spikes(*times_us: int, layer: int = 0) -> Spikes:
    return Spikes(time_us=times_us, layer=layer, channel=0)


@pytest.mark.parametrize("knows", [True, False])
def test_it_lasts_until_the_last_time_has_come_and_what_came_of_it(
    opened: Callable[..., tuple[SamnaDevice, Scripted]], *, knows: bool
) -> None:
    device, way = opened(0.1, 0.5, 0.52, knows=knows)
    began_s = device.clock.now_s()
    spikes = device.stimulate(_spikes(0, 250_000, 500_000))

    assert spikes.time_us.tolist() == [100_000, 500_000, 520_000]
    assert spikes.layer.tolist() == [0, 0, 0]
    assert way.sent[0].stamp_us.tolist() == [0, 250_000, 500_000]
    assert device.clock.now_s() - began_s < 0.8
    assert len(device.recorded_spikes()) == 0


def test_a_board_that_knows_is_not_waited_for(
    opened: Callable[..., tuple[SamnaDevice, Scripted]],
) -> None:
    device, _ = opened(knows=True)
    began_s = device.clock.now_s()
    assert len(device.stimulate(_spikes())) == 0

    assert device.clock.now_s() - began_s < 1e-3


def test_what_a_silence_hides_is_heard_as_long_as_the_cores_can_be_at_work(
    opened: Callable[..., tuple[SamnaDevice, Scripted]],
) -> None:
    device, _ = opened(0.15)
    assert len(device.stimulate(_spikes(0))) == 0

    device, _ = opened(0.15)
    spikes = device.stimulate(_spikes(*[0] * 10_000))  # of which each takes a core 10 us
    assert spikes.time_us.tolist() == [150_000]


def test_what_was_sent_late_is_waited_for_as_well(
    opened: Callable[..., tuple[SamnaDevice, Scripted]],
) -> None:
    """The board answers at once: what waits there may be overtaken by a request."""
    device, way = opened(0.69, takes_s=0.5)
    spikes = device.stimulate(_spikes(*[0] * 20_000))  # of which each takes a core 10 us
    assert spikes.time_us.tolist() == [690_000]
    assert way.sent_s is not None


@pytest.fixture
def looped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets the layer send its spikes to itself."""

    of = CoreLoad.of
    monkeypatch.setattr(
        CoreLoad, "of", lambda core, rate: attrs.evolve(of(core, rate), followers=(*range(9),))
    )


def test_a_board_without_a_loop_is_waited_for_as_long_as_it_is_behind(
    opened: Callable[..., tuple[SamnaDevice, Scripted]],
) -> None:
    device, _ = opened(0.1, 3 * LIMIT_S, knows=True)
    assert device.stimulate(_spikes(0)).time_us.tolist() == [100_000, 3 * LIMIT_S * 1e6]


@pytest.mark.usefixtures("looped")
def test_with_a_loop_being_behind_is_as_endless(
    opened: Callable[..., tuple[SamnaDevice, Scripted]],
) -> None:
    device, _ = opened(0.1, 3 * LIMIT_S, knows=True)
    with pytest.raises(StimulationUnfinished, match="10 s after they could have had their effect"):
        device.stimulate(_spikes(0))


@pytest.mark.usefixtures("looped")
def test_with_a_loop_a_board_that_gets_on_is_waited_for(
    opened: Callable[..., tuple[SamnaDevice, Scripted]],
) -> None:
    arrivals_s = np.arange(0.0, 5 * LIMIT_S, LIMIT_S / 2).tolist()
    device, _ = opened(*arrivals_s, knows=True, gets_on=True)
    assert len(device.stimulate(_spikes(0))) == len(arrivals_s)


@pytest.mark.parametrize("drops", [True, False])
def test_one_that_was_left_is_over_before_the_next_begins(
    opened: Callable[..., tuple[SamnaDevice, Scripted]],
    monkeypatch: pytest.MonkeyPatch,
    make_network: Callable[..., nn.Module],
    *,
    drops: bool,
) -> None:
    device, way = opened(0.1, 3.0, 30.0, drops=drops)

    def interrupt(_duration_s: float) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr(device.clock, "sleep_s", interrupt)
    with pytest.raises(KeyboardInterrupt):
        device.stimulate(_spikes(0, 3_000_000))
    monkeypatch.undo()
    began_s = device.clock.now_s()
    device.stimulate(_spikes(5))
    left = device.recorded_spikes().time_us.tolist()

    if drops:
        assert device.clock.now_s() - began_s < 1
    else:
        assert left == [100_000, 3_000_000]
    monkeypatch.setattr(device.clock, "sleep_s", interrupt)
    with pytest.raises(KeyboardInterrupt):
        device.stimulate(_spikes(60_000_000))
    monkeypatch.undo()
    if drops:
        device.stimulate(_spikes(5))
        return
    for again in (
        lambda: device.stimulate(_spikes(5)),
        lambda: device.deploy(make_network(shape=SHAPE), input_shape=SHAPE),
    ):
        with pytest.raises(StimulationUnfinished, match="wait on it for another 60 s"):
            again()
    assert len(way.sent) == 3
    device.clock.sleep_s(59)
    device.stimulate(_spikes(5))


@pytest.mark.usefixtures("looped")
@pytest.mark.parametrize("knows", [True, False])
def test_one_that_does_not_end_is_an_error_with_what_came(
    opened: Callable[..., tuple[SamnaDevice, Scripted]], *, knows: bool
) -> None:
    arrivals_s = np.arange(0.0, LIMIT_S + 2, 0.05).tolist()
    device, _ = opened(*arrivals_s, knows=knows, never_quiet=knows)
    with pytest.raises(StimulationUnfinished, match="layers that keep each other firing") as caught:
        device.stimulate(_spikes(0))

    spikes = caught.value.spikes
    assert LIMIT_S / 0.05 <= len(spikes) < len(arrivals_s)
    assert (np.diff(spikes.time_us) > 0).all()
    assert len(device.recorded_spikes()) == 0
    if knows:
        with pytest.raises(StimulationUnfinished, match=r"left are still at work: .* Deploy again"):
            device.stimulate(_spikes(0))


@pytest.mark.usefixtures("looped")
@pytest.mark.parametrize("knows", [True, False])
def test_a_loop_that_floods_the_host_is_ended_before_it_fills_the_memory(
    opened: Callable[..., tuple[SamnaDevice, Scripted]],
    monkeypatch: pytest.MonkeyPatch,
    *,
    knows: bool,
) -> None:
    monkeypatch.setattr(stimulation, "MOST_LATE", 50)
    arrivals_s = np.arange(0.0, LIMIT_S + 2, 0.05).tolist()
    device, _ = opened(*arrivals_s, knows=knows, never_quiet=knows)
    with pytest.raises(
        StimulationUnfinished, match=r"5\d spikes came after .* did not end"
    ) as caught:
        device.stimulate(_spikes(0))
    assert 50 < len(caught.value.spikes) < 60
    if knows:
        device, _ = opened(*arrivals_s, knows=knows, gets_on=True)
        assert len(device.stimulate(_spikes(0))) == len(arrivals_s)


@pytest.mark.parametrize("knows", [True, False])
def test_what_must_end_is_not_ended_for_its_number(
    opened: Callable[..., tuple[SamnaDevice, Scripted]],
    monkeypatch: pytest.MonkeyPatch,
    *,
    knows: bool,
) -> None:
    monkeypatch.setattr(stimulation, "MOST_LATE", 50)
    arrivals_s = np.arange(0.0, LIMIT_S / 2, 0.04).tolist()
    device, _ = opened(*arrivals_s, knows=knows)
    assert len(device.stimulate(_spikes(0))) == len(arrivals_s)


def test_one_in_a_dead_lock_is_given_up_at_once(
    opened: Callable[..., tuple[SamnaDevice, Scripted]],
) -> None:
    device, _ = opened(0.1, knows=True, never_quiet=True, locked="cores 3, 4 wait for each other")
    with pytest.raises(StimulationUnfinished, match="dead lock: cores 3, 4 wait") as caught:
        device.stimulate(_spikes(200_000))

    assert caught.value.spikes.time_us.tolist() == [100_000]
    assert device.clock.now_s() < LIMIT_S


def test_what_had_come_when_the_board_failed_is_among_the_recorded_spikes(
    opened: Callable[..., tuple[SamnaDevice, Scripted]],
) -> None:
    device, way = opened(0.1, 0.2, 0.4, fails_at=2)
    with pytest.raises(DeviceFailed, match="failed to play spikes: RuntimeError: the cable"):
        device.stimulate(_spikes(500_000))

    way.fails_at = None
    assert device.recorded_spikes().time_us[:2].tolist() == [100_000, 200_000]


def test_what_nobody_can_play_is_refused(
    opened: Callable[..., tuple[SamnaDevice, Scripted]],
) -> None:
    device, way = opened()
    with pytest.raises(LayerNotFound, match=r"sensor's input, and .* Give them the layer 0"):
        device.stimulate(_spikes(0, layer=SENSOR_INPUT))
    with pytest.raises(LayerNotFound, match="layer 3, and the network has no such layer"):
        device.stimulate(_spikes(0, layer=3))
    with pytest.raises(InputError, match="counts to 4,294,967,295 us"):
        device.stimulate(_spikes(1 << 32))
    assert not way.sent


def test_events_of_pixels_go_to_the_sensor_of_a_network_that_begins_with_it(
    opened: Callable[..., tuple[SamnaDevice, Scripted]], make_network: Callable[..., nn.Module]
) -> None:
    device, way = opened(knows=True)
    from sinabs.backend.dynapcnn.dvs_layer import DVSLayer  # imports samna

    sensor = DVSLayer(input_shape=(4, 6), pool=(2, 2))
    network = nn.Sequential(sensor, make_network(shape=(2, 2, 3), bias=None, v_mem=None))
    device.deploy(network, input_shape=(2, 4, 6), monitor=[SENSOR_INPUT])
    pixels = Spikes(time_us=[3, 7], layer=[SENSOR_INPUT, 0], channel=1, y=[3, 1], x=[5, 2])
    device.stimulate(pixels)

    assert way.sent[-1].core.tolist() == [SENSOR, 0]
    assert way.sent[-1].channel.tolist() == [1, 1]
    with pytest.raises(InputError, match=r"row 4, column 0 or beyond, .* 4 x 6 pixels"):
        device.stimulate(Spikes(time_us=0, layer=SENSOR_INPUT, channel=1, y=4, x=0))


@given(
    times_us=st.lists(st.integers(0, 10_000), max_size=20).map(sorted),
    updates=st.integers(1, 5000),
)
def test_a_core_is_done_when_a_queue_would_be(times_us: list[int], updates: int) -> None:
    load = CoreLoad(updates, 1_000_000)
    done_s = 0.0
    for time_us in times_us:
        done_s = max(done_s, time_us / 1e6) + updates / 1e6

    assert load.done_s(np.array(times_us, np.int64)) == pytest.approx(done_s)
    assert work_s({0: load}, {0: len(times_us)}) == pytest.approx(len(times_us) * updates / 1e6)
    assert silence_s([load, load], 0.1) == pytest.approx(0.1 + 2 * updates / 1e6)


def test_work_is_bounded_by_all_that_can_fire_and_by_nothing_in_a_loop() -> None:
    loads = {
        0: CoreLoad(10, 1000, (1, 1)),
        1: CoreLoad(5, 1000, (2, 12)),
        2: CoreLoad(1, 1000),
    }
    assert work_s(loads, {0: 3, 2: 1}) == pytest.approx(0.03 + 60 * 0.005 + 301 * 0.001)
    assert work_s({**loads, 2: CoreLoad(1, 1000, (0,))}, {0: 1}) == float("inf")
