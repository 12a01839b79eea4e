"""A run of spikes: what went in, what the layers sent, and all that is known about it."""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING

import attrs
import numpy as np

from speckhal.contract.errors import InputError

if TYPE_CHECKING:
    import numpy.typing as npt

    from speckhal.contract.core_activity import CoreActivity
    from speckhal.contract.deployment import DeployedLayer, Deployment
    from speckhal.contract.device import DeviceInfo
    from speckhal.contract.spikes import Spikes
    from speckhal.runs.provenance import Provenance
    from speckhal.runs.spiking.order_spread import OrderSpread


@attrs.frozen(eq=False, repr=False)
class SpikeRun:
    """Everything that one stimulation gathered.

    Attributes:
        info: the device that it ran on.
        deployment: all layers that were deployed.
        given: the spikes that went in, in the order of time.
        sent: what the monitored layers sent, in the order of time.
        monitored: indices of these layers, and `SENSOR_INPUT`.
        provenance: where it comes from.
        activity: what each core had to do; empty where the device does not say it.
        spread: what the same gave in other permitted orders; None where nobody tried.
        problem: what ended it early, as its kind and text; None where nothing did.
        passed_us: time of the stimulation that had passed then; None where it came to its end, or
            nobody knows.
    """

    info: DeviceInfo
    deployment: Deployment
    given: Spikes
    sent: Spikes
    monitored: tuple[int, ...]
    provenance: Provenance
    activity: tuple[CoreActivity, ...] = ()
    spread: OrderSpread | None = None
    problem: str | None = None
    passed_us: int | None = None

    @property
    def duration_us(self) -> int:
        """From the beginning until the last spike that went in or came out, at least 1 us.

        Of a run that was ended early, until then.
        """
        until_us = self.planned_us if self.passed_us is None else self.passed_us
        return max(1, until_us, int(self.sent.time_us.max(initial=0)))

    @property
    def worked_us(self) -> int:
        """The same, or as long as the busiest core worked: spikes that nobody sees may go on."""
        busy_s = max((core.busy_s for core in self.activity), default=0.0)
        return max(self.duration_us, math.ceil(round(busy_s * 1e9) / 1e3))

    @property
    def planned_us(self) -> int:
        """Time of the last spike that was to go in; 0 without one."""
        return int(self.given.time_us.max(initial=0))

    @property
    def due(self) -> Spikes:
        """The spikes whose time came: all of `given`, unless something ended the run early."""
        if self.planned_us <= self.duration_us:
            return self.given
        return self.given[self.given.time_us <= self.duration_us]

    @property
    def layers(self) -> tuple[DeployedLayer, ...]:
        """The layers whose spikes came to the host, in network order."""
        return tuple(layer for layer in self.deployment.layers if layer.index in self.monitored)

    @functools.cached_property
    def counts(self) -> dict[int, int]:
        """How many spikes each monitored layer sent, by its index."""
        return {index: int(self._is_of(index).sum()) for index in self.monitored}

    def sent_by(self, layer: int) -> Spikes:
        """What a layer sent, without spikes of neurons that it does not have.

        Args:
            layer: index of a layer, or `SENSOR_INPUT`.
        """
        return self.sent[self._is_of(layer)]

    def _is_of(self, layer: int) -> npt.NDArray[np.bool_]:
        """Which of the spikes a layer sent, without those of neurons that it does not have."""
        sent = self.sent
        is_of: npt.NDArray[np.bool_] = sent.layer == layer
        shape = next((one.shape for one in self.deployment.layers if one.index == layer), None)
        if shape is None:
            return is_of
        for column, size in zip((sent.channel, sent.y, sent.x), shape, strict=True):
            is_of &= column < size
        return is_of

    @property
    def strays(self) -> int:
        """How many spikes came besides: of no monitored layer, or of no neuron that it has."""
        return len(self.sent) - sum(self.counts.values())

    def counts_of_channels(self, layer: int) -> npt.NDArray[np.int64]:
        """How many spikes each channel of a layer sent, (channels,).

        Args:
            layer: index of a deployed layer.

        Raises:
            LayerNotFound: no deployed layer has that index.
        """
        channels = self.deployment.layer(layer).shape[0]
        sent = self.sent.channel[self._is_of(layer)]
        return np.bincount(sent, minlength=channels).astype(np.int64)

    def __repr__(self) -> str:
        counts = ", ".join(f"{count} of layer {index}" for index, count in self.counts.items())
        return f"<SpikeRun on {self.info.board}: {len(self.given)} spikes in; out: {counts or 0}>"


def check_run(given: object, asked: str) -> SpikeRun:
    """What was given, which is refused where it is no run of spikes.

    Args:
        given: by the user.
        asked: what for, as the beginning of a sentence: "Asked to draw".

    Raises:
        InputError: it is something else.
    """
    if isinstance(given, SpikeRun):
        return given
    raise InputError(
        f"{asked} a {type(given).__name__}, which is no run of spikes.",
        hint="Give what speckhal.run_spikes or speckhal.open_spike_run returned.",
    )
