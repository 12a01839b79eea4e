"""Boards that are wrong only for some spikes: of one moment, many, far out, at ticks, in a row."""

from __future__ import annotations

from typing import Any

import numpy as np

from speckhal import Spikes

from .honest import HonestDevice


def moved(spikes: Spikes, **changed: Any) -> Spikes:
    """The same spikes with other columns."""
    names = "time_us", "layer", "channel", "y", "x"
    return Spikes(**{name: getattr(spikes, name) for name in names} | changed)


class TakesOneOfAMoment(HonestDevice):
    """Of spikes of one microsecond only the first arrives."""

    def stimulate(self, spikes: Spikes) -> Spikes:
        return super().stimulate(spikes[np.unique(spikes.time_us, return_index=True)[1]])


class TakesAPlaceOnce(HonestDevice):
    """Spikes of one moment for one place are one."""

    def stimulate(self, spikes: Spikes) -> Spikes:
        columns = spikes.time_us, spikes.layer, spikes.channel, spikes.y, spikes.x
        _, first = np.unique(np.stack(columns), axis=1, return_index=True)
        return super().stimulate(spikes[np.sort(first)])


class SortsAMoment(HonestDevice):
    """Spikes of one moment come by channel."""

    def stimulate(self, spikes: Spikes) -> Spikes:
        return super().stimulate(spikes[np.lexsort((spikes.channel, spikes.time_us))])


class PlaysLayerByLayer(HonestDevice):
    """All spikes of a layer come before those of the next one."""

    def stimulate(self, spikes: Spikes) -> Spikes:
        return super().stimulate(spikes[np.argsort(spikes.layer, kind="stable")]).sorted()


class ReturnsAtOnce(HonestDevice):
    """No time passes for what is played."""

    def wait_until(self, time_us: int) -> None:
        pass


class StopsItsClock(HonestDevice):
    """The slow clock is off after a stimulation."""

    def stimulate(self, spikes: Spikes) -> Spikes:
        sent = super().stimulate(spikes)
        self.stop_slow_clock()
        return sent


class StartsItsClock(HonestDevice):
    """The slow clock is on after a stimulation."""

    def stimulate(self, spikes: Spikes) -> Spikes:
        sent = super().stimulate(spikes)
        self.start_slow_clock()
        return sent


class PausesItsClock(HonestDevice):
    """The slow clock stands still while spikes are played."""

    def stimulate(self, spikes: Spikes) -> Spikes:
        runs = self.since_s is not None
        self.stop_slow_clock()
        sent = super().stimulate(spikes)
        if runs:
            self.start_slow_clock()
        return sent


class StampsMilliseconds(HonestDevice):
    """Its stop watch shows whole milliseconds."""

    def stimulate(self, spikes: Spikes) -> Spikes:
        sent = super().stimulate(spikes)
        return moved(sent, time_us=sent.time_us // 1000 * 1000)


class HoldsAThousand(HonestDevice):
    """Of a stimulation the host gets no more than a thousand spikes."""

    def stimulate(self, spikes: Spikes) -> Spikes:
        return super().stimulate(spikes)[:1000]


class SendsLowBits(HonestDevice):
    """Of a channel it sends two bits."""

    def stimulate(self, spikes: Spikes) -> Spikes:
        sent = super().stimulate(spikes)
        return moved(sent, channel=sent.channel & 3)


class KeepsEarlierRecords(HonestDevice):
    """What came before a network was deployed comes after it."""

    def deploy(self, *names: Any, **given: Any) -> Any:
        before = list(self.sent)
        deployed = super().deploy(*names, **given)
        self.sent = before
        return deployed


class ReturnsTicksBesides(HonestDevice):
    """A stimulation returns what came at ticks before, too."""

    def stimulate(self, spikes: Spikes) -> Spikes:
        before = self.recorded_spikes()
        rows = np.stack([before.time_us, before.layer, before.channel, before.y, before.x], axis=1)
        self.sent = [tuple(row) for row in rows.tolist()]
        return Spikes.concatenate([before, super().stimulate(spikes)]).sorted()


class CountsSinceItOpened(HonestDevice):
    """The stop watch of ticks never begins anew."""

    def stamp_us(self) -> int:
        return round(self.clock.now_s() * 1e6)


class CountsSinceDeploying(HonestDevice):
    """The stop watch of ticks does not begin anew with a stimulation."""

    deployed_s = 0.0

    def deploy(self, *names: Any, **given: Any) -> Any:
        self.deployed_s = self.clock.now_s()
        return super().deploy(*names, **given)

    def stamp_us(self) -> int:
        return round((self.clock.now_s() - self.deployed_s) * 1e6)


class RecordsEveryLayer(HonestDevice):
    """At ticks every layer sends its spikes."""

    def tick(self, count: int = 1) -> None:
        monitor, self.monitor = self.monitor, tuple(range(len(self.layers)))
        super().tick(count)
        self.monitor = monitor


class RecordsBackwards(HonestDevice):
    """The latest spike of ticks comes first."""

    def recorded_spikes(self) -> Spikes:
        return super().recorded_spikes()[::-1]


class ForgetsWhenRead(HonestDevice):
    """What came at ticks is lost as neurons are read."""

    def probe(self, *names: Any, **given: Any) -> Any:
        self.sent = []
        return super().probe(*names, **given)


class ForgetsWhenReset(HonestDevice):
    """What came at ticks is lost as neurons are reset."""

    def reset_states(self) -> None:
        super().reset_states()
        self.sent = []


class LoopsOnly(HonestDevice):
    """A layer with a loop sends nothing to the next one."""

    def pass_on(self, time_us: int, index: int, channel: int, y: int, x: int) -> None:
        before = self.layers[index - 1].spec.inputs if index else None
        if before is None or not before.from_itself:
            super().pass_on(time_us, index, channel, y, x)


class PoolsByTwo(HonestDevice):
    """Pooling by 4 is pooling by 2."""

    def pass_on(self, time_us: int, index: int, channel: int, y: int, x: int) -> None:
        inputs = self.layers[index].spec.inputs
        if inputs is None or inputs.pooling < 4:
            super().pass_on(time_us, index, channel, y, x)
            return
        _, height, width = self.input_of(index)
        if y // 2 < height and x // 2 < width:
            self.waiting.append((time_us, index, channel, y // 2, x // 2))


class PadsNothingPooled(HonestDevice):
    """It knows no padding where it pools."""

    def kernel_of(self, index: int) -> Any:
        weights, stride, padding = super().kernel_of(index)
        inputs = self.layers[index].spec.inputs
        return weights, stride, 0 if inputs is not None and inputs.pooling > 1 else padding


class StridesInOneChannel(HonestDevice):
    """Where it strides, all channels of the input have the weights of the first."""

    def kernel_of(self, index: int) -> Any:
        weights, stride, padding = super().kernel_of(index)
        if stride > 1:
            weights = np.repeat(weights[:, :1], weights.shape[1], axis=1)
        return weights, stride, padding
