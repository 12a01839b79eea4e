"""What cores, sensor and readout send comes in the order of time, whoever sent first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from speckhal_mock.emulation.outbox import Outbox
from speckhal_mock.emulation.readout import ReadoutEvents
from speckhal_mock.emulation.sensor.dvs_events import DvsEvents

if TYPE_CHECKING:
    import numpy.typing as npt

parts = st.lists(
    st.tuples(
        st.sampled_from(["spikes", "raw", "processed", "readout"]),
        st.lists(st.integers(0, 9), max_size=6).map(sorted),
    ),
    max_size=6,
)


class Host:
    """Writes down the kind of each event, its moment in 1 us steps, and its number."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, int]] = []

    def spikes(self, layers: Any, c: Any, y: Any, x: Any, stamps: Any) -> None:
        assert len({len(column) for column in (layers, c, y, x, stamps)}) == 1
        self.sent += [
            (f"spike of {layer}", number) for layer, number in zip(layers, x, strict=True)
        ]

    def dvs_events(self, p: Any, y: Any, x: Any, stamps: Any) -> None:
        assert len({len(column) for column in (p, y, x, stamps)}) == 1
        self.sent += [("raw", number) for number in x]

    def readout_values(self, values: Any) -> None:
        self.sent += [("value", number) for number in values]

    def readout_pins(self, indices: Any, stamps: Any) -> None:
        assert len(indices) == len(stamps)
        self.sent += [("pin", number) for number in indices]

    def mixed(self, tables: Any, order: Any) -> None:
        before, self.sent = self.sent, []
        for kind, columns in tables:
            getattr(self, kind)(*columns)
        assert sorted(order) == list(range(len(self.sent)))
        self.sent = before + [self.sent[number] for number in order]


@settings(max_examples=50)
@given(parts)
def test_all_that_was_put_in_comes_out_once_by_time_and_then_as_it_was_put(
    given_parts: list[tuple[str, list[int]]],
) -> None:
    outbox, host = Outbox(), Host()
    wanted: list[tuple[int, tuple[str, int]]] = []
    for kind, times in given_parts:
        moments = np.array(times, dtype=np.int64)
        numbers = len(wanted) + np.arange(len(times))
        events = DvsEvents(numbers, numbers, numbers, moments)
        if kind == "spikes":
            outbox.put_spikes(moments, np.full_like(moments, 4), numbers, numbers, numbers)
        elif kind == "readout":
            outbox.put_readout(ReadoutEvents(moments, numbers, moments, numbers))
        else:
            outbox.put_dvs_events(*((events, None) if kind == "raw" else (None, events)))
        for name in {"spikes": ["spike of 4"], "processed": ["spike of 13"], "raw": ["raw"]}.get(
            kind, ["value", "pin"]
        ):
            wanted += [(t, (name, n)) for t, n in zip(times, numbers.tolist(), strict=True)]
    outbox.hand_out(host, _unchanged)  # type: ignore[arg-type]  # as much of a host as is needed
    outbox.hand_out(host, _unchanged)  # type: ignore[arg-type]  # as above; nothing is left

    assert host.sent == [event for _, event in sorted(wanted, key=lambda item: item[0])]


def _unchanged(moments: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    return moments
