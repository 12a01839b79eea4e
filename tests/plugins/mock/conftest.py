"""Emulated boards on the emulated bus, and a rig to do a leak experiment with one of them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from speckhal.contract.chip import CoreMemory
from speckhal.contract.clock import VirtualClock
from speckhal_mock import samna
from speckhal_mock.emulation.board import EmulatedBoard
from speckhal_mock.emulation.kits import KITS
from speckhal_mock.emulation.options import EmulationOptions
from speckhal_mock.samna.graph import EventFilterGraph
from speckhal_mock.sdk.bus import current_bus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

KIBI = 1024
MEMORIES = tuple(
    CoreMemory(kernel_words=kernel * KIBI, neuron_words=neuron * KIBI, bias_words=KIBI)
    for kernel, neuron in zip(
        (16, 16, 16, 32, 32, 64, 64, 16, 16), (64, 64, 64, 32, 32, 16, 16, 16, 16), strict=True
    )
)
CHIPS = {
    "speck2e": SimpleNamespace(
        name="speck2e",
        kit="Speck2eDevKit",
        module=samna.speck2e,
        event=samna.speck2e.event,
        configuration=samna.speck2e.configuration,
        source=samna.BasicSourceNode_speck2e_event_speck2e_input_event,
        sink=samna.BasicSinkNode_speck2e_event_output_event,
    ),
    "speck2f": SimpleNamespace(
        name="speck2f",
        kit="Speck2fModuleDevKit",
        module=samna.speck2f,
        event=samna.speck2f.event,
        configuration=samna.speck2f.configuration,
        source=samna.BasicSourceNode_speck2f_event_input_event,
        sink=samna.BasicSinkNode_speck2f_event_output_event,
    ),
}


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def plug(clock: VirtualClock) -> Iterator[Callable[..., EmulatedBoard]]:
    """Plugs in boards; they are taken off the bus after the test."""

    def plug_in(
        kit: str = "Speck2fModuleDevKit",
        address: int = 1,
        *,
        its_clock: VirtualClock | None = None,
        serial_number: str = "7",
        **options: object,
    ) -> EmulatedBoard:
        board = EmulatedBoard(
            KITS[kit],
            MEMORIES,
            clock=its_clock or clock,
            options=EmulationOptions(**options),  # type: ignore[arg-type]  # checked by attrs
            serial_number=serial_number,
            usb_device_address=address,
        )
        current_bus().plug(board)
        return board

    assert current_bus().boards == ()
    yield plug_in
    current_bus().clear()


@pytest.fixture(params=list(CHIPS))
def chip(request: pytest.FixtureRequest) -> SimpleNamespace:
    """What differs between the two chips for a script."""
    return CHIPS[request.param]


@pytest.fixture
def speck2f() -> SimpleNamespace:
    """The chip of the published experiment, where both chips do the same."""
    return CHIPS["speck2f"]


@pytest.fixture
def make_rig(clock: VirtualClock, plug: Callable[..., EmulatedBoard]) -> Callable[..., object]:
    """Opens a board for a chip, and says what an experiment needs of it."""

    def make(chip: SimpleNamespace, **options: object) -> SimpleNamespace:
        board = plug(chip.kit, **options)
        handle = samna.device.open_device(f"{chip.kit}:0")

        def configuration(
            core: int = 0, bias: int = -13, v_mem: int = 127, **members: object
        ) -> object:
            """One core of 1 x 2 x 2 neurons that leak, as in the published experiment."""
            made = chip.configuration.SpeckConfiguration()
            layer = made.cnn_layers[core]
            maps = {"feature_count": 1, "size": {"x": 2, "y": 2}}
            layer.dimensions = {"input_shape": maps, "output_shape": maps}
            layer.weights = [[[[127]]]]
            layer.biases = [bias]
            layer.neurons_initial_value = [[[v_mem, v_mem], [v_mem, v_mem]]]
            layer.threshold_high, layer.threshold_low = 127, -127
            layer.leak_enable = True
            for name, value in members.items():
                setattr(layer, name, value)
            return made

        def reads(addresses: Sequence[int] = range(4), core: int = 0) -> list[object]:
            return [chip.event.ReadNeuronValue(core, address) for address in addresses]

        return SimpleNamespace(
            chip=chip,
            board=board,
            clock=clock,
            handle=handle,
            model=handle.get_model(),
            io=handle.get_io_module(),
            configuration=configuration,
            reads=reads,
        )

    return make


@pytest.fixture
def rig(chip: SimpleNamespace, make_rig: Callable[..., SimpleNamespace]) -> SimpleNamespace:
    """An open board, once with each chip."""
    return make_rig(chip)


@pytest.fixture
def rig_2f(speck2f: SimpleNamespace, make_rig: Callable[..., SimpleNamespace]) -> SimpleNamespace:
    """An open board with a Speck2f."""
    return make_rig(speck2f)


@pytest.fixture
def graph() -> Iterator[EventFilterGraph]:
    """A graph that is stopped after the test."""
    made = EventFilterGraph()
    yield made
    made.start()
    made.stop()


@pytest.fixture
def outputs(chip: SimpleNamespace) -> SimpleNamespace:
    """A source and sinks for a chip's output, to try graphs without a board."""
    prefix = f"Basic{{}}Node_{chip.name}_event_output_event"
    return SimpleNamespace(
        source=getattr(samna, prefix.format("Source"))(),
        sink=getattr(samna, prefix.format("Sink"))(),
        other=getattr(samna, prefix.format("Sink"))(),
        event=chip.event,
        name=f"S{chip.name[1:]}",
        space=f"{chip.name}::event",
    )
