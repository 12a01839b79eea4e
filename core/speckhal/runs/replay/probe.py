"""A probe of a replayed layer: it gives readings that were recorded, and writes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from speckhal.contract.capabilities import Capability
from speckhal.contract.errors import CapabilityUnsupported
from speckhal.contract.reading import Reading

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import numpy.typing as npt

    from speckhal.contract.address import Shape
    from speckhal.contract.deployment import DeployedLayer
    from speckhal.runs.replay.playback import Playback


class ReplayProbe:
    """Gives the recorded readings of one layer.

    Args:
        layer: as it was deployed.
        neurons: (c, y, x) of those to read, (neurons, 3); None for all.
        playback: gives the pass over the record that stands now; it refuses where the device is
            closed, or another network was deployed since.
    """

    def __init__(
        self,
        layer: DeployedLayer,
        neurons: npt.NDArray[np.int64] | None,
        playback: Callable[[], Playback],
    ) -> None:
        self._layer, self._neurons, self._playback = layer, neurons, playback

    @property
    def layer(self) -> int:
        return self._layer.index

    @property
    def shape(self) -> Shape:
        return self._layer.shape

    def read(self) -> Reading:
        playback = self._playback()
        sample, time_s, duration_s = playback.read(self.layer)
        v_mem = playback.samples.traces[self.layer].v_mem[sample]
        if self._neurons is not None:
            channel, y, x = self._neurons.T
            v_mem = v_mem[channel, y, x]
        ticks = playback.earlier_ticks + playback.ticks if playback.is_stepped else None
        return Reading(self.layer, time_s, v_mem, ticks, duration_s)

    def write(self, v_mem: npt.ArrayLike) -> None:  # noqa: ARG002 - the Protocol's signature
        refuse_capability(Capability.WRITE_V_MEM)

    def read_biases(self) -> npt.NDArray[np.int16]:
        refuse_capability(Capability.WRITE_BIASES)

    def write_biases(self, biases: npt.ArrayLike) -> npt.NDArray[np.int16]:  # noqa: ARG002
        refuse_capability(Capability.WRITE_BIASES)


def refuse_capability(capability: Capability) -> NoReturn:
    """Refuse what changes a chip, which no record can answer."""
    raise CapabilityUnsupported(
        f"Asked a replay for the capability {capability.value!r}, which no record can answer.",
        hint="Use a board, or the mock.",
        capability=capability,
    )
