"""A recorded run as a device: it gives the recorded readings at the recorded moments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs
import numpy as np

from speckhal.contract.capabilities import Capability, ClockDrive
from speckhal.contract.errors import (
    ConfigurationError,
    DeviceClosed,
    LayerNotFound,
    NetworkError,
    NotRecorded,
)
from speckhal.contract.leak_config import PlainLeakConfig
from speckhal.opened.restoring import MOVED
from speckhal.runs.replay.clock import ReplayClock
from speckhal.runs.replay.network import refuse_another_network
from speckhal.runs.replay.playback import Playback
from speckhal.runs.replay.preview import in_units_of, previewed_network
from speckhal.runs.replay.probe import ReplayProbe, refuse_capability
from speckhal.runs.replay.recorded_drives import (
    capabilities_of_run,
    refuse_another_leak,
    was_stepped,
)
from speckhal.runs.replay.samples import RecordedSamples

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from types import TracebackType

    import numpy.typing as npt
    from typing_extensions import Self

    from speckhal.contract.address import Shape
    from speckhal.contract.deployment import Deployment
    from speckhal.contract.leak_config import LeakConfig
    from speckhal.runs.run import Run

BACKEND: Final = "replay"


class ReplayDevice:
    """A run as a device. `deploy` takes the recorded network; every deployment starts it anew.

    Args:
        run: what was recorded, with a reading of each layer that it has a trace of.
        source: the file that it was opened from; None where it never was in one.
    """

    def __init__(self, run: Run, source: Path | None = None) -> None:
        self._run = run
        self.source = source
        """The file that is read as long as this is open."""
        self.recorded = run.provenance
        """Where the record comes from."""
        self.is_open = True
        measured_at = run.info.recorded_at  # that of what a replay was recorded from
        if measured_at is None:
            measured_at = run.provenance.started_at
        self.info = attrs.evolve(run.info, backend=BACKEND, recorded_at=measured_at)
        self.capabilities = capabilities_of_run(run)
        self.clock = ReplayClock(self._woken_s)
        self._samples = RecordedSamples(run)
        self._playback = self._from_the_start()
        self._deployment: Deployment | None = None

    @property
    def settings(self) -> dict[str, float]:
        """`rate_hz` and times or ticks of the record, by the names of `run_leak`, where known."""
        rates = [layer.rate_hz for layer in self._run.deployment.layers if layer.rate_hz]
        rate = {"rate_hz": rates[0]} if rates else {}  # no drive but the external one fixes a rate
        return {**rate, **self._samples.sampling}

    def _from_the_start(self) -> Playback:
        is_stepped = was_stepped(self._run)
        return Playback(self._samples, self.clock, is_stepped, self.recorded.states not in MOVED)

    def _woken_s(self, time_s: float) -> float:
        return self._playback.woken_s(time_s)

    def leak_config(
        self,
        *,
        rate_hz: int | None = None,
        drive: ClockDrive = ClockDrive.EXTERNAL,
        events_per_tick: int | None = None,
    ) -> LeakConfig:
        asked = PlainLeakConfig(drive, rate_hz, events_per_tick)
        refuse_another_leak(asked, self._run)
        recorded = self._run.deployment.leak
        counted = events_per_tick if recorded is None else recorded.events_per_tick
        return attrs.evolve(asked, events_per_tick=counted)

    def deploy(
        self,
        network: object,
        *,
        input_shape: Shape,
        leak: LeakConfig | None = None,
        biases: Mapping[int, npt.ArrayLike] | None = None,
    ) -> Deployment:
        self._refuse_if_closed()
        recorded = self._run.deployment
        refuse_another_network(network, input_shape, self._run, biases=biases or ())
        if leak is not None:
            refuse_another_leak(leak, self._run)
        for index, asked in (biases or {}).items():
            layer = recorded.layer(index)
            if not np.array_equal(np.asarray(asked), layer.biases):
                raise NetworkError(
                    f"Asked to deploy layer {index} with biases {np.asarray(asked).tolist()}, and "
                    f"it was recorded with {layer.biases.tolist()}.",
                    hint="Deploy it with those.",
                )
        self._playback.stop()
        self._playback = self._from_the_start()
        layers = in_units_of(network, recorded.layers, biases)
        self._deployment = attrs.evolve(recorded, layers=layers, leak=leak)
        return self._deployment

    def preview(
        self,
        network: object,
        *,
        input_shape: Shape,
        leak: LeakConfig | None = None,
        biases: Mapping[int, npt.ArrayLike] | None = None,
    ) -> Deployment:
        """What deploying the recorded network would return, with its own biases or others."""
        self._refuse_if_closed()
        if leak is not None:
            refuse_another_leak(leak, self._run)
        return previewed_network(network, input_shape, self._run, leak=leak, biases=biases)

    def probe(self, layer: int = 0, *, neurons: npt.ArrayLike | None = None) -> ReplayProbe:
        deployed = self._deployed().layer(layer)
        if deployed.index not in self._samples.traces:
            there = ", ".join(map(str, self._samples.traces))
            raise NotRecorded(
                f"Asked for layer {layer}, which was deployed and not read when it was recorded.",
                hint=f"The record has readings of these layers: {there}.",
            )
        _ = self._samples.traces[deployed.index].v_mem  # which a damaged file refuses, here at last
        chosen = None if neurons is None else np.asarray(neurons)
        playback = self._playback

        def current() -> Playback:
            self._refuse_if_closed()
            if self._playback is not playback:
                raise LayerNotFound(
                    f"Asked to read layer {layer}, and another network was deployed since.",
                    hint=f"Make a new probe, with device.probe({layer}).",
                )
            return playback

        return ReplayProbe(deployed, chosen, current)

    def reset_states(self) -> None:
        if Capability.RESET_STATES not in self.capabilities:
            refuse_capability(Capability.RESET_STATES)
        self._deployed()
        if self._playback.runs:
            raise NotRecorded(
                "Asked to reset the states while the slow clock runs, and the record begins with "
                "states that were reset before it ran.",
                hint="Call stop_slow_clock() first.",
            )
        self.begin_anew()

    @property
    def has_begun(self) -> bool:
        """Whether the leak was started since the network was deployed, or since it began anew."""
        return self._playback.origin_s is not None

    def begin_anew(self) -> None:
        """Replay the record from its start, as a new deployment does; probes stay of use."""
        self._playback.rewind()

    def begins_with(self, layer: int) -> tuple[int, int] | None:
        """The lowest and the highest membrane potential of a layer at the start of the record.

        Args:
            layer: index of a layer that was deployed.

        Returns:
            Both, in chip units; None where the record has no reading of it.
        """
        written = self.recorded.written.get(str(layer))
        if written is not None:
            return written, written
        if layer not in self._samples.traces:
            return None
        first = self._samples.traces[layer].v_mem[0]
        return int(first.min()), int(first.max())

    def start_slow_clock(self) -> None:
        self._deployed()
        self._playback.start()

    def stop_slow_clock(self) -> None:
        self._refuse_if_closed()
        self._playback.stop()

    def tick(self, count: int = 1) -> None:
        self._deployed()
        self._playback.tick(count)

    def close(self) -> None:
        self._playback.stop()
        self.is_open = False

    def __enter__(self) -> Self:
        self._refuse_if_closed()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> None:
        self.close()

    def _deployed(self) -> Deployment:
        self._refuse_if_closed()
        if self._deployment is None:
            raise ConfigurationError(
                "Asked a replay that has no network deployed.", hint="Call deploy() first."
            )
        return self._deployment

    def _refuse_if_closed(self) -> None:
        if not self.is_open:
            raise DeviceClosed("Asked a replay that is closed.", hint="Open it again.")
