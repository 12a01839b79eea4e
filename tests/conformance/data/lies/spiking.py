"""Boards that take and send spikes, each with one thing wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from speckhal import Deployment, Spikes, StimulationUnfinished

from .honest import HonestDevice

if TYPE_CHECKING:
    from .honest import Layer

Neuron = tuple[int, int, int]


class FiresAgain(HonestDevice):
    """A neuron fires as long as it is above its threshold."""

    def fires(self, layer: Layer, neuron: Neuron, weight: int) -> int:
        count = super().fires(layer, neuron, weight)
        while count and layer.update(neuron, 0):
            count += 1
        return count


class FiresAboveOnly(HonestDevice):
    """A neuron that is just at its threshold stays silent."""

    def fires(self, layer: Layer, neuron: Neuron, weight: int) -> int:
        layer.v_mem[neuron] += weight
        above = layer.v_mem[neuron] > layer.spec.threshold_high
        return int(layer.update(neuron, 0)) if above else 0


class KeepsTheRest(HonestDevice):
    """Whatever the reset, a neuron that fires loses its threshold."""

    def fires(self, layer: Layer, neuron: Neuron, weight: int) -> int:
        total = layer.v_mem[neuron] + weight
        fired = super().fires(layer, neuron, weight)
        if fired:
            layer.v_mem[neuron] = total - int(layer.spec.threshold_high)
        return fired


class WeighsLess(HonestDevice):
    """Each weight is smaller by 1."""

    def fires(self, layer: Layer, neuron: Neuron, weight: int) -> int:
        layer.v_mem[neuron] -= 1
        return super().fires(layer, neuron, weight)


class SwapsCoordinates(HonestDevice):
    """It takes x for y."""

    def take_spike(self, time_us: int, index: int, channel: int, y: int, x: int) -> None:
        super().take_spike(time_us, index, channel, x, y)


class ShiftsMaps(HonestDevice):
    """Maps that are smaller than their input are a row too high."""

    def take_spike(self, time_us: int, index: int, channel: int, y: int, x: int) -> None:
        is_smaller = self.input_of(index)[1:] != self.layers[index].spec.shape[1:]
        super().take_spike(time_us, index, channel, y - is_smaller, x)


class EndsAtItsLayer(HonestDevice):
    """The spikes of a layer reach no other."""

    def send(self, time_us: int, index: int, channel: int, y: int, x: int) -> None:
        layers, self.layers = self.layers, self.layers[: index + 1]
        super().send(time_us, index, channel, y, x)
        self.layers = layers


class LosesTheFirst(HonestDevice):
    """The first spike of each stimulation is lost."""

    def stimulate(self, spikes: Spikes) -> Spikes:
        return super().stimulate(spikes[1:])


class BeginsAnew(HonestDevice):
    """Each stimulation begins with neurons that hold 0."""

    def stimulate(self, spikes: Spikes) -> Spikes:
        self.reset_states()
        return super().stimulate(spikes)


class TicksMeanwhile(HonestDevice):
    """A tick comes by itself while spikes are played."""

    def stimulate(self, spikes: Spikes) -> Spikes:
        self._make_ticks(1)
        return super().stimulate(spikes)


class SendsAnyLayer(HonestDevice):
    """Every layer sends its spikes."""

    def send(self, *spike: Any) -> None:
        self.monitor = tuple(range(len(self.layers)))
        super().send(*spike)


class SendsNothing(HonestDevice):
    """No layer sends its spikes."""

    def send(self, *spike: Any) -> None:
        self.monitor = ()
        super().send(*spike)


class SendsLate(HonestDevice):
    """Spikes come 2 ms late."""

    def stimulate(self, spikes: Spikes) -> Spikes:
        return super().stimulate(spikes).shifted(2000)


class SendsBackwards(HonestDevice):
    """The latest spike comes first."""

    def stimulate(self, spikes: Spikes) -> Spikes:
        return super().stimulate(spikes)[::-1]


class SendsArrays(HonestDevice):
    """What it sends is an array."""

    def stimulate(self, spikes: Spikes) -> Any:
        return super().stimulate(spikes).to_structured()


class SendsTwice(HonestDevice):
    """What a stimulation returned is recorded besides."""

    def stimulate(self, spikes: Spikes) -> Spikes:
        sent = super().stimulate(spikes)
        columns = sent.time_us, sent.layer, sent.channel, sent.y, sent.x
        self.sent += [tuple(row) for row in np.transpose(columns).tolist()]
        return sent


class KeepsRecords(HonestDevice):
    """What was handed over stays."""

    def recorded_spikes(self) -> Spikes:
        kept = list(self.sent)
        sent = super().recorded_spikes()
        self.sent = kept
        return sent


class ForgetsTicks(HonestDevice):
    """What came before a stimulation is lost."""

    def stimulate(self, spikes: Spikes) -> Spikes:
        self.sent = []
        return super().stimulate(spikes)


class StampsNothing(HonestDevice):
    """Spikes of ticks come without a time."""

    def stamp_us(self) -> int:
        return 0


class NamesOtherNeurons(HonestDevice):
    """Recorded spikes are of neurons that there are not."""

    def recorded_spikes(self) -> Spikes:
        sent = super().recorded_spikes()
        return Spikes(time_us=sent.time_us, layer=sent.layer, channel=99, y=0, x=0)


class MonitorsAnything(HonestDevice):
    """It monitors the layers that there are of those that are asked for."""

    def deploy(self, network: Any, *, monitor: Any = (), **given: Any) -> Deployment:
        there = [index for index in monitor if index < len(network.layers)]
        return super().deploy(network, monitor=there, **given)


class HidesItsInputs(HonestDevice):
    """It does not say what its layers take, and takes anything."""

    def deploy(self, *names: Any, **given: Any) -> Deployment:
        deployed = super().deploy(*names, **given)
        return attrs.evolve(
            deployed,
            layers=tuple(attrs.evolve(one, input_shape=None) for one in deployed.layers),
        )


class ForgetsSigns(HonestDevice):
    """Its weights are positive."""

    def fires(self, layer: Layer, neuron: Neuron, weight: int) -> int:
        return super().fires(layer, neuron, abs(weight))


class TransposesKernels(HonestDevice):
    """It takes the rows of a kernel for its columns, but where it pads or strides."""

    def kernel_of(self, index: int) -> Any:
        weights, stride, padding = super().kernel_of(index)
        is_plain = stride == 1 and not padding
        return weights.swapaxes(2, 3) if is_plain else weights, stride, padding


class FloorsInTheEnd(HonestDevice):
    """A neuron may be below its floor as long as spikes come."""

    def fires(self, layer: Layer, neuron: Neuron, weight: int) -> int:
        layer.spec, given = attrs.evolve(layer.spec, threshold_low=-9999), layer.spec
        fired = super().fires(layer, neuron, weight)
        layer.spec = given
        return fired

    def stimulate(self, spikes: Spikes) -> Spikes:
        sent = super().stimulate(spikes)
        for layer in self.layers:
            layer.v_mem = np.maximum(layer.v_mem, int(layer.spec.threshold_low))
        return sent


class StridesByTwo(HonestDevice):
    """A stride of 4 is one of 2."""

    def kernel_of(self, index: int) -> Any:
        weights, stride, padding = super().kernel_of(index)
        return weights, min(stride, 2), padding


class PadsNothing(HonestDevice):
    """It knows no padding where it strides."""

    def kernel_of(self, index: int) -> Any:
        weights, stride, padding = super().kernel_of(index)
        return weights, stride, padding if stride == 1 else 0


class SendsPooled(HonestDevice):
    """What comes of a layer that is pooled behind it has the places there."""

    def send(self, time_us: int, index: int, channel: int, y: int, x: int) -> None:
        before = len(self.sent)
        super().send(time_us, index, channel, y, x)
        following = self.layers[index + 1 :]
        pooling = 1
        if following and following[0].spec.inputs is not None:
            pooling = following[0].spec.inputs.pooling
        if len(self.sent) > before:
            self.sent[-1] = (time_us, index, channel, y // pooling, x // pooling)


class MergesPolarities(HonestDevice):
    """Both polarities are one."""

    def take_pixel(self, time_us: int, polarity: int, y: int, x: int) -> None:
        super().take_pixel(time_us, 0, y, x)


class HearsItsFirstChannel(HonestDevice):
    """Of the spikes of a layer only those of its first channel come back to it."""

    def send(self, *spike: Any) -> None:
        before = len(self.waiting)
        super().send(*spike)
        came = [self.waiting.pop() for _ in range(len(self.waiting) - before)]
        self.waiting.extend(one for one in reversed(came) if one[1] != spike[1] or not one[2])


class EndsQuietly(HonestDevice):
    """What does not end returns as if it had ended."""

    def stimulate(self, spikes: Spikes) -> Spikes:
        try:
            return super().stimulate(spikes)
        except StimulationUnfinished as unfinished:
            sent: Spikes = unfinished.spikes
            return sent


class LosesWhatCame(HonestDevice):
    """Of what does not end nothing is left."""

    def stimulate(self, spikes: Spikes) -> Spikes:
        try:
            return super().stimulate(spikes)
        except StimulationUnfinished as unfinished:
            unfinished.spikes = Spikes.concatenate([])
            raise
