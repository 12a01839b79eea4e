"""`OpenDevice` refuses what a careless device would take: that one is not even asked.

Each entry of `REFUSED` was a deliberate breakage that the conformance suite caught while every
plugin checked its own arguments, and has the name that it had there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pytest

from speckhal import (
    AddressLayout,
    Capability,
    CapabilityUnsupported,
    ChipFacts,
    ClockDrive,
    ConfigurationError,
    CoreMemory,
    DeployedLayer,
    Deployment,
    DeviceClosed,
    DeviceInfo,
    Fact,
    InputError,
    InputKind,
    InputSpec,
    LayerNotFound,
    LayerSpec,
    Range,
    Reading,
    SpeckhalError,
    Spikes,
    VirtualClock,
)
from speckhal.opened.open_device import OpenDevice

if TYPE_CHECKING:
    from collections.abc import Callable

NOTE = "made up for this test"
SHAPE: Final = (2, 3, 5)
CHIP = ChipFacts(
    name="careless",
    core_memories=Fact((CoreMemory(64, 64, 8),), NOTE),
    neuron_address=Fact(AddressLayout(), NOTE),
    v_mem_range=Fact(Range(-2048, 2047), NOTE),
    threshold_high_range=Fact(Range(1, 2047), NOTE),
    threshold_low_range=Fact(Range(-2048, -1), NOTE),
    bias_range=Fact(Range(-512, 511), NOTE),
    channel_range=Fact(Range(1, 8), NOTE),
    map_size_range=Fact(Range(1, 8), NOTE),
    slow_clock_default_rate_hz=Fact(100, NOTE),
    slow_clock_typical_rate_hz=Fact(Range(1, 1000), NOTE),
    internal_clock_divider_range=Fact(Range(3, 5), NOTE),
    particulars={"slow_clock_highest_rate_hz": Fact(1000, NOTE)},
)
EVERYTHING = frozenset(Capability)
WEIGHTED = LayerSpec(SHAPE, inputs=InputSpec(np.full((2, 1, 1, 1), 3)))


class Careless:
    """Takes whatever it is asked, and notes it down: it is its own probe and its own leak."""

    input_kinds = frozenset(InputKind)

    def __init__(self, capabilities: frozenset[Capability] = EVERYTHING) -> None:
        self.capabilities = capabilities
        self.info = DeviceInfo(backend="careless", board="Kit", chip=CHIP, emulated=True)
        self.clock = VirtualClock()
        self.asked: list[tuple[Any, ...]] = []
        self.layer, self.shape = 0, SHAPE
        self.drive: Any = None
        self.rate_hz: Any = None
        self.events_per_tick: Any = None

    def leak_config(
        self, *, rate_hz: Any = None, drive: Any = ClockDrive.EXTERNAL, events_per_tick: Any = None
    ) -> Any:
        self.asked.append(("leak_config", drive, rate_hz, events_per_tick))
        leak = Careless()
        leak.drive, leak.rate_hz, leak.events_per_tick = drive, rate_hz, events_per_tick
        return leak

    def preview(self, network: Any, **given: Any) -> Deployment:
        self.asked.append(("preview", network))
        return Careless().deploy(network, **given)

    def deploy(self, network: Any, **given: Any) -> Deployment:
        self.asked.append(("deploy", network, given))
        biases = np.full(SHAPE[0], -1, np.int16)
        layer = DeployedLayer(0, 0, SHAPE, 1.0, biases, biases / 1.0, 100, -100, leak_enable=True)
        return Deployment((layer,), given.get("leak"))

    def probe(self, layer: int = 0, *, neurons: Any = None) -> Any:
        self.asked.append(("probe", layer, neurons))
        return self

    def read(self) -> Reading:
        self.asked.append(("read",))
        return Reading(0, 0.0, np.zeros(SHAPE, np.int16))

    def write(self, v_mem: Any) -> None:
        self.asked.append(("write", v_mem))

    def read_biases(self) -> Any:
        self.asked.append(("read_biases",))
        return np.zeros(SHAPE[0], np.int16)

    def write_biases(self, biases: Any) -> Any:
        self.asked.append(("write_biases", biases))
        return biases

    def reset_states(self) -> None:
        self.asked.append(("reset_states",))

    def start_slow_clock(self) -> None:
        self.asked.append(("start_slow_clock",))

    def stop_slow_clock(self) -> None:
        self.asked.append(("stop_slow_clock",))

    def tick(self, count: Any = 1) -> None:
        self.asked.append(("tick", count))

    def stimulate(self, spikes: Any) -> Spikes:
        self.asked.append(("stimulate", spikes))
        return Spikes(time_us=[], layer=0, channel=0)

    def recorded_spikes(self) -> Any:
        self.asked.append(("recorded_spikes",))

    def close(self) -> None:
        self.asked.append(("close",))

    def __enter__(self) -> Careless:  # noqa: PYI034 - its subclasses are of no interest
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Users:
    """What users hold of a careless device: it, and probes of it.

    Args:
        leak: arguments of the leak that its network is deployed with; None for no leak.
        capabilities: that the careless device declares.
    """

    def __init__(
        self,
        leak: dict[str, Any] | None = None,
        capabilities: frozenset[Capability] = EVERYTHING,
    ) -> None:
        self.raw = Careless(capabilities)
        self.device = OpenDevice(self.raw)
        self.leak = None if leak is None else self.device.leak_config(**leak)
        self.deploy()
        self.probe = self.device.probe()

    def deploy(self, **given: Any) -> None:
        self.device.deploy("a network", input_shape=(1, 3, 5), leak=self.leak, **given)


EXTERNAL: Final = {"rate_hz": 20}
STEPPED: Final = {"drive": ClockDrive.STEPPED}


def external() -> Users:
    return Users(EXTERNAL)


def stepped() -> Users:
    return Users(STEPPED)


def running() -> Users:
    users = external()
    users.device.start_slow_clock()
    return users


def closed() -> Users:
    users = external()
    users.device.close()
    return users


def replaced() -> Users:
    users = external()
    users.deploy()
    return users


Refused = tuple["Callable[[], Users]", "Callable[[Users], object]", type[SpeckhalError]]

REFUSED: Final[dict[str, tuple[Any, Any, type[SpeckhalError]]]] = {
    "clock-without-a-rate": (Users, lambda u: u.device.start_slow_clock(), ConfigurationError),
    "rates-rounded": (Users, lambda u: u.device.leak_config(rate_hz=1.5), ConfigurationError),
    "ticks-rounded": (stepped, lambda u: u.device.tick(1.5), ConfigurationError),
    "stepping-stops-the-clock": (running, lambda u: u.device.tick(1), ConfigurationError),
    "StartsUnderTheSteppedDrive": (
        stepped,
        lambda u: u.device.start_slow_clock(),
        ConfigurationError,
    ),
    "TakesAnyDrive": (
        Users,
        lambda u: u.device.leak_config(rate_hz=1, drive="external"),
        ConfigurationError,
    ),
    "TakesAnyDrive, of another type": (
        Users,
        lambda u: u.device.leak_config(rate_hz=1, drive=1),
        ConfigurationError,
    ),
    "AnswersWhenClosed": (closed, lambda u: u.probe.read(), DeviceClosed),
    "AnswersWhenClosed, to a new probe": (closed, lambda u: u.device.probe(), DeviceClosed),
    "AnswersWhenClosed, and deploys": (closed, lambda u: u.deploy(), DeviceClosed),
    "StartsWhenClosed": (closed, lambda u: u.device.start_slow_clock(), DeviceClosed),
    "StopsWhenClosed": (closed, lambda u: u.device.stop_slow_clock(), DeviceClosed),
    "ResetsWhenClosed": (closed, lambda u: u.device.reset_states(), DeviceClosed),
    "TicksWhenClosed": (closed, lambda u: u.device.tick(1), DeviceClosed),
    "WritesWhenClosed": (closed, lambda u: u.probe.write(np.zeros(SHAPE, int)), DeviceClosed),
    "ReadsBiasesWhenClosed": (closed, lambda u: u.probe.read_biases(), DeviceClosed),
    "WritesBiasesWhenClosed": (closed, lambda u: u.probe.write_biases([1, 2]), DeviceClosed),
    "KeepsAnswering": (replaced, lambda u: u.probe.read(), LayerNotFound),
    "KeepsAnswering, to a write": (
        replaced,
        lambda u: u.probe.write(np.zeros(SHAPE, int)),
        LayerNotFound,
    ),
    "KeepsAnswering, of biases": (replaced, lambda u: u.probe.read_biases(), LayerNotFound),
    "KeepsAnswering, to biases": (replaced, lambda u: u.probe.write_biases([1, 2]), LayerNotFound),
    "WritesNansAsZero": (Users, lambda u: u.probe.write(np.full(SHAPE, np.nan)), InputError),
    "Unlimited, potentials": (
        Users,
        lambda u: u.probe.write(np.full(SHAPE, 2048)),
        InputError,
    ),
    "Unlimited, biases": (Users, lambda u: u.probe.write_biases([1, 512]), InputError),
    "Unlimited, biases of a network": (
        Users,
        lambda u: u.deploy(biases={0: [1, 512]}),
        InputError,
    ),
    "Unlimited, rates": (
        Users,
        lambda u: u.device.leak_config(rate_hz=1001),
        ConfigurationError,
    ),
    "InLeakConfig": (Users, lambda u: u.device.leak_config(rate_hz=0), ConfigurationError),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_it_would_take_is_refused_and_it_is_not_asked(name: str) -> None:
    make, do, kind = REFUSED[name]
    users = make()
    before = list(users.raw.asked)
    with pytest.raises(kind) as refused:
        do(users)
    assert refused.value.message
    assert refused.value.hint
    assert users.raw.asked == before


@pytest.mark.parametrize("values", [[1], [1, 0.5], [1, np.nan], [1, 2048], [1, -2049]], ids=str)
def test_refused_potentials_of_some_neurons_reach_none(values: list[float]) -> None:
    """`RefusedWritesZeroSome` wrote zeros to them, and refused only then."""
    users = Users()
    some = users.device.probe(neurons=[(0, 0, 1), (1, 2, 4)])
    with pytest.raises(InputError):
        some.write(values)
    assert not [one for one in users.raw.asked if one[0] == "write"]


def test_a_mask_reaches_it_as_coordinates_in_the_order_of_the_values() -> None:
    """`WritesMasksBackwards` took a mask for the other way round."""
    users = Users()
    mask = np.zeros(SHAPE, bool)
    mask[1, 0, 3] = mask[0, 2, 1] = mask[0, 0, 4] = True
    users.device.probe(neurons=mask).write([7, 8, 9])
    (_, _, neurons), (_, values) = users.raw.asked[-2:]
    assert neurons.dtype == np.int64
    assert neurons.tolist() == [[0, 0, 4], [0, 2, 1], [1, 0, 3]]
    assert values.dtype == np.int16
    assert values.tolist() == [7, 8, 9]


USES: Final[dict[Capability, Any]] = {
    Capability.EXTERNAL_CLOCK: lambda u: u.device.leak_config(rate_hz=20),
    Capability.STEPPED_CLOCK: lambda u: u.device.tick(1),
    Capability.INTERNAL_CLOCK: lambda u: u.device.leak_config(drive=ClockDrive.INTERNAL),
    Capability.WRITE_V_MEM: lambda u: u.probe.write(np.zeros(SHAPE, int)),
    Capability.WRITE_BIASES: lambda u: (u.probe.write_biases([1, 2]), u.probe.read_biases()),
    Capability.RESET_STATES: lambda u: u.device.reset_states(),
    Capability.DIRECT_BIASES: lambda u: u.deploy(biases={0: [1, 2]}),
    Capability.PREVIEW: lambda u: u.device.preview("network", input_shape=(1, 1, 1)),
    Capability.STIMULATE: lambda u: u.device.stimulate(Spikes(time_us=1, layer=0, channel=0)),
    Capability.RECORD_SPIKES: lambda u: u.deploy(monitor=[0]),
    Capability.DESCRIBED_INPUTS: lambda u: u.device.deploy([WEIGHTED]),
}


@pytest.mark.parametrize("capability", Capability, ids=lambda one: one.name.lower())
def test_what_it_does_without_declaring_it_is_refused_by_name(capability: Capability) -> None:
    """`Undeclared` and `TicksUndeclared` did it; others refused it by no name, or by another."""
    users = Users(capabilities=EVERYTHING - {capability})
    before = list(users.raw.asked)
    with pytest.raises(CapabilityUnsupported, match=capability.value) as refused:
        USES[capability](users)
    assert refused.value.capability is capability
    assert refused.value.hint
    assert users.raw.asked == before


@pytest.mark.parametrize("capability", Capability, ids=lambda one: one.name.lower())
def test_and_what_it_declares_reaches_it(capability: Capability) -> None:
    """So that the refusals above are not all that it does."""
    users = stepped()
    before = list(users.raw.asked)
    USES[capability](users)
    assert len(users.raw.asked) > len(before)
