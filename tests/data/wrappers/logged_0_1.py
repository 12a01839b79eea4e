"""A wrapper as it was written against 0.1.0: it logs what is asked of an inner device. Frozen.

It opens that by `speckhal.open_device`, and asks a backend by its selection as one had to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
from speckhal.hooks import hookimpl
from speckhal.selection import select

import speckhal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    import numpy.typing as npt
    from speckhal.address import Shape
    from speckhal.device import LeakConfig
    from typing_extensions import Self

INNER = "mock"
log: list[str] = []


class LoggedProbe:
    def __init__(self, probe: speckhal.NeuronProbe) -> None:
        self._probe = probe
        self.layer, self.shape = probe.layer, probe.shape

    def read(self) -> speckhal.Reading:
        log.append("read")
        return self._probe.read()

    def write(self, v_mem: npt.ArrayLike) -> None:
        log.append("write")
        self._probe.write(v_mem)

    def read_biases(self) -> npt.NDArray[np.int16]:
        log.append("read_biases")
        return self._probe.read_biases()

    def write_biases(self, biases: npt.ArrayLike) -> npt.NDArray[np.int16]:
        log.append("write_biases")
        return self._probe.write_biases(biases)


class LoggedDevice:
    def __init__(self, inner: speckhal.Device) -> None:
        self._inner = inner
        self.info = attrs.evolve(inner.info, backend="logged")
        self.capabilities = inner.capabilities
        self.clock = inner.clock

    def leak_config(
        self,
        *,
        rate_hz: int | None = None,
        drive: speckhal.ClockDrive = speckhal.ClockDrive.EXTERNAL,
        events_per_tick: int | None = None,
    ) -> LeakConfig:
        log.append("leak_config")
        return self._inner.leak_config(
            rate_hz=rate_hz, drive=drive, events_per_tick=events_per_tick
        )

    def deploy(
        self,
        network: object,
        *,
        input_shape: Shape,
        leak: LeakConfig | None = None,
        biases: Mapping[int, npt.ArrayLike] | None = None,
    ) -> speckhal.Deployment:
        log.append("deploy")
        return self._inner.deploy(network, input_shape=input_shape, leak=leak, biases=biases)

    def probe(self, layer: int = 0, *, neurons: npt.ArrayLike | None = None) -> LoggedProbe:
        return LoggedProbe(self._inner.probe(layer, neurons=neurons))

    def reset_states(self) -> None:
        log.append("reset_states")
        self._inner.reset_states()

    def start_slow_clock(self) -> None:
        log.append("start_slow_clock")
        self._inner.start_slow_clock()

    def stop_slow_clock(self) -> None:
        log.append("stop_slow_clock")
        self._inner.stop_slow_clock()

    def tick(self, count: int = 1) -> None:
        log.append(f"tick {count}")
        self._inner.tick(count)

    def close(self) -> None:
        self._inner.close()

    def __enter__(self) -> Self:
        self._inner.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class LoggedBackend:
    name = "logged"
    api_version = 1
    summary = "logs what is asked of another backend's devices"
    emulated = True
    capabilities = frozenset(speckhal.Capability)

    @hookimpl
    def speckhal_backend(self) -> LoggedBackend:
        return self

    @property
    def targets(self) -> Sequence[speckhal.Target]:
        backend, _ = select(INNER)
        return backend.targets

    def chip(self, target: str | None = None) -> speckhal.ChipFacts:
        backend, _ = select(INNER)
        return backend.chip(target)

    def open(
        self, target: str | None = None, options: Mapping[str, Any] | None = None
    ) -> LoggedDevice:
        selection = INNER if target is None else f"{INNER}:{target}"
        return LoggedDevice(speckhal.open_device(selection, **(options or {})))

    def example(self, layers: Sequence[speckhal.LayerSpec] = ()) -> speckhal.ExampleNetwork:
        backend, _ = select(INNER)
        return backend.example(layers)


backend = LoggedBackend()
