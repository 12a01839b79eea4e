"""The backend that plugins of one board make their own of."""

from __future__ import annotations

import gc
import os
import threading
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from speckhal import (
    BackendBroken,
    Capability,
    ChipFacts,
    CoreMemory,
    DeviceBusy,
    DeviceInfo,
    DeviceNotFound,
    Fact,
    InputError,
    LayerSpec,
    LinearAddresses,
    Range,
    Registry,
    SingleBoardBackend,
)
from speckhal.contract.described_network import deployed_layers

if TYPE_CHECKING:
    from collections.abc import Callable

NOTE = "made up for the tests"


def chip(**changes: Any) -> ChipFacts:
    facts = {
        "core_memories": (CoreMemory(64, 64, 8),),
        "neuron_address": LinearAddresses(),
        "v_mem_range": Range(-8, 7),
        "threshold_high_range": Range(2, 7),
        "threshold_low_range": Range(-8, -2),
        "bias_range": Range(-4, 3),
        "channel_range": Range(1, 8),
        "map_size_range": Range(1, 8),
    }
    known: dict[str, Any] = {name: Fact(v, NOTE) for name, v in {**facts, **changes}.items()}
    return ChipFacts(name="plain", **known)


@attrs.define(eq=False)
class Opened:
    """All that the backend knows of a device."""

    info: DeviceInfo
    is_open: bool = True


def backend(open_board: Callable[[DeviceInfo], Any] = Opened, **changes: Any) -> SingleBoardBackend:
    return SingleBoardBackend(
        open_board,
        name="plain",
        summary="a board",
        board="Plain",
        chip=chip(**changes),
        capabilities=frozenset({Capability.STEPPED_CLOCK}),
        emulated=True,
    )


def test_it_is_a_plugin_by_itself() -> None:
    registry = Registry()
    registry.register("plain", backend())
    assert registry.backend("plain").summary == "a board"


def test_the_board_gets_to_know_what_it_is() -> None:
    opened: Any = backend().open("board")
    assert opened.info == DeviceInfo("plain", "Plain", chip(), emulated=True)


def test_another_target_and_any_option_are_refused_by_name() -> None:
    with pytest.raises(DeviceNotFound, match=r"'usb'.* 'board'"):
        backend().open("usb")
    with pytest.raises(DeviceNotFound, match="'usb'"):
        backend().chip("usb")
    with pytest.raises(InputError, match=r"'speed', 'baud', and it has no options"):
        backend().open(None, {"speed": 1, "baud": 2})


def test_it_opens_again_once_the_device_is_closed_or_forgotten() -> None:
    plain = backend()
    first: Any = plain.open()
    with pytest.raises(DeviceBusy, match="this process has open") as busy:
        plain.open()
    assert busy.value.in_this_process
    first.is_open = False
    second = plain.open()
    del second
    gc.collect()
    assert plain.open() is not None


def test_a_board_that_cannot_be_opened_is_not_taken_for_open() -> None:
    refusals = [DeviceNotFound("There is none.", hint="Plug it in.")]

    def open_board(info: DeviceInfo) -> Opened:
        if refusals:
            raise refusals.pop()
        return Opened(info)

    plain = backend(open_board)
    with pytest.raises(DeviceNotFound):
        plain.open()
    plain.open()


def test_while_one_call_opens_the_board_no_other_does() -> None:
    refusals: list[DeviceBusy] = []

    def ask_again() -> None:
        with pytest.raises(DeviceBusy, match="this process is opening") as busy:
            plain.open()
        refusals.append(busy.value)

    def open_board(info: DeviceInfo) -> Opened:
        other = threading.Thread(target=ask_again)
        other.start()
        other.join()
        return Opened(info)

    plain = backend(open_board)
    device = plain.open()
    assert [refusal.in_this_process for refusal in refusals] == [True]
    with pytest.raises(DeviceBusy, match="this process has open"):
        plain.open()
    del device


def test_an_interrupt_while_it_opens_leaves_the_board_free() -> None:
    ends = [KeyboardInterrupt]

    def open_board(info: DeviceInfo) -> Opened:
        while ends:
            raise ends.pop()
        return Opened(info)

    plain = backend(open_board)
    with pytest.raises(KeyboardInterrupt):
        plain.open()
    assert plain.open() is not None


def test_a_forked_process_is_refused_what_its_parent_has_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plain = backend()
    device: Any = plain.open()
    parent = os.getpid()
    with monkeypatch.context() as child:
        child.setattr(os, "getpid", lambda: -1)
        with pytest.raises(DeviceBusy, match=f"process -1, and process {parent}") as busy:
            plain.open()
        assert busy.value.in_this_process is False
    device.is_open = False
    monkeypatch.setattr(os, "getpid", lambda: -2)
    plain.open()


def test_a_fork_while_it_opens_keeps_the_child_from_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def open_board(info: DeviceInfo) -> Opened:
        if os.getpid() != -1:
            with monkeypatch.context() as child:
                child.setattr(os, "getpid", lambda: -1)
                plain.open()
        return Opened(info)

    plain = backend(open_board)
    plain.open()


def test_a_device_that_permits_no_weak_reference_is_closed_and_refused() -> None:
    closed = []

    class Slotted:
        __slots__ = ()

        def close(self) -> None:
            closed.append(True)

    plain = backend(lambda _: Slotted())
    for _ in range(2):
        with pytest.raises(BackendBroken, match=r"Slotted has __slots__ .*\"__weakref__\""):
            plain.open()
    assert closed == [True, True]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"channel_range": Range(3, 8), "map_size_range": Range(2, 4)},
        {"bias_range": Range(-1, 1), "v_mem_range": Range(-3, 3)},
        {"threshold_high_range": Range(1, 1), "threshold_low_range": Range(-1, -1)},
    ],
)
def test_its_example_is_one_that_the_chip_can_have(changes: dict[str, Any]) -> None:
    plain = backend(**changes)
    example = plain.example()
    (layer,) = deployed_layers(example.network, input_shape=example.input_shape, chip=plain.chip())
    assert layer.leak_enable


def test_it_gives_layers_as_they_are_described() -> None:
    layers = [LayerSpec((2, 4, 4)), LayerSpec((1, 3, 3))]
    example = backend().example(layers)
    assert example.network == layers
    assert example.input_shape == (1, 4, 4)
