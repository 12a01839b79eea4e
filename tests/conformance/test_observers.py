"""Nobody hears of what the suite reads, also not of what a wrapper opens within itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import speckhal
from speckhal.conformance import CASES, examine
from speckhal.discovery.registry import registry

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    Data = Callable[[str], ModuleType]


def test_what_the_suite_reads_is_not_published(data: Data) -> None:
    readings: list[object] = []

    class Notes:
        @speckhal.hookimpl
        def speckhal_reading(self, reading: object) -> None:
            readings.append(reading)

    wrapped: Any = data("wrapped")

    class Wrapper(wrapped.WrappedMock):  # type: ignore[misc]  # imported by name
        def open(self, target: str | None = None, options: Any = None) -> Any:
            selection = "mock" if target is None else f"mock:{target}"
            return wrapped.WrappedDevice(speckhal.open_device(selection, **(options or {})))

    registry().register("notes", Notes())
    try:
        cases = [case for case in CASES if case.topic == "readings"]
        report = examine(Wrapper(), cases=cases)
        assert report.passed, [result.reason for result in report.results if result.reason]
        assert readings == []
        with speckhal.open_device("mock") as device:
            example = registry().backend("mock").example()
            device.deploy(example.network, input_shape=example.input_shape)
            device.probe().read()
        assert len(readings) == 1
    finally:
        registry.cache_clear()
