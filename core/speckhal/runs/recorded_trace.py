"""A trace whose membrane potentials stay in the record until they are used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speckhal.contract.reading import Trace

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import numpy.typing as npt

    from speckhal.contract.address import Shape
    from speckhal.contract.reading import VMem


class RecordedTrace(Trace):
    """A `Trace` that reads `v_mem` when it is first used, and keeps it then.

    What was read is of the moment at which the record was opened, also where that has grown since.
    """

    _shape: Shape
    _load: Callable[[], VMem]

    @classmethod
    def stored(
        cls,
        layer: int,
        time_s: npt.NDArray[np.float64],
        ticks: npt.NDArray[np.int64] | None,
        duration_s: npt.NDArray[np.float64],
        *,
        shape: Shape,
        load: Callable[[], VMem],
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

    def __getattr__(self, name: str) -> VMem:
        """The membrane potentials, which are then an attribute like the others."""
        if name != "v_mem" or "_load" not in vars(self):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        v_mem = self._load()
        object.__setattr__(self, "v_mem", v_mem)
        return v_mem
