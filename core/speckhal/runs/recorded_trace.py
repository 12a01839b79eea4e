"""A trace whose membrane potentials stay in the record until they are used."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from speckhal.contract.reading import Trace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np
    import numpy.typing as npt

    from speckhal.contract.address import Shape
    from speckhal.contract.reading import VMem

_BLOCK_VALUES: Final = 2**23


class RecordedTrace(Trace):
    """A `Trace` that reads `v_mem` when it is first used, and keeps it then.

    What was read is of the moment at which the record was opened, also where that has grown since.
    """

    _shape: Shape
    _load: Callable[[slice], VMem]

    @classmethod
    def stored(
        cls,
        layer: int,
        time_s: npt.NDArray[np.float64],
        ticks: npt.NDArray[np.int64] | None,
        duration_s: npt.NDArray[np.float64],
        *,
        shape: Shape,
        load: Callable[[slice], VMem],
    ) -> RecordedTrace:
        """A trace of which all is at hand but `v_mem`, (samples, *shape), which `load` reads."""
        trace = cls.__new__(cls)
        for name, value in {
            "layer": layer,
            "time_s": time_s,
            "ticks": ticks,
            "duration_s": duration_s,
            "_shape": shape,
            "_load": load,
        }.items():
            object.__setattr__(trace, name, value)  # a trace is frozen
        return trace

    @property
    def shape(self) -> Shape:
        """(channels, height, width) of the layer; known without reading `v_mem`."""
        return self._shape if "_shape" in vars(self) else super().shape

    def part(self, samples: slice) -> VMem:
        """Membrane potentials of some samples, which are read and not kept."""
        return self.v_mem[samples] if "v_mem" in vars(self) else self._load(samples)

    def __getattr__(self, name: str) -> VMem:
        """The membrane potentials, which are then an attribute like the others."""
        if name != "v_mem" or "_load" not in vars(self):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        v_mem = self._load(slice(len(self)))
        object.__setattr__(self, "v_mem", v_mem)
        return v_mem


def blocks(trace: Trace) -> Iterator[VMem]:
    """The membrane potentials of a trace in blocks of samples, each of about 16 MB at most.

    What is in a record stays there: no more than a block is in memory.
    """
    size = max(1, _BLOCK_VALUES // math.prod(trace.shape))
    for first in range(0, len(trace), size):
        samples = slice(first, min(first + size, len(trace)))
        yield trace.part(samples) if isinstance(trace, RecordedTrace) else trace.v_mem[samples]
