"""Opening, closing, and what a closed device still does: nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speckhal.conformance.case import Violation, case
from speckhal.conformance.cases.descriptor import NO_SUCH_TARGET
from speckhal.conformance.expectations import demand, demand_equal, refusal
from speckhal.device import Capability
from speckhal.errors import DeviceBusy, DeviceClosed, DeviceNotFound, InputError
from speckhal.example import LayerSpec
from speckhal.loading import cause_of

if TYPE_CHECKING:
    from speckhal.conformance.bench import Bench

LEAKY = LayerSpec((1, 2, 3), biases=(-13,), initial=100)


class _EndOfBlock(Exception):
    """Raised inside a `with` block, to see what becomes of the device."""


@case("An open device is what the backend said it would be.", deployments=0)
def it_opens_as_described(bench: Bench) -> None:
    """Its name, its chip, its capabilities, and whether it is an emulation."""
    device, backend = bench.device, bench.backend
    info = device.info
    demand_equal(info.backend, backend.name, "The backend's name in `info`")
    demand_equal(info.emulated, backend.emulated, "`info.emulated`")
    demand_equal(info.chip, bench.facts, "The chip in `info`")
    demand(info.board.strip(), "`info.board` is empty.")
    demand_equal(
        _names(device.capabilities),
        _names(backend.capabilities),
        "The device's list of capabilities",
    )


@case("An unknown target and an unknown option are refused.", deployments=0)
def what_cannot_be_opened_is_refused(bench: Bench) -> None:
    """A misspelt option would otherwise be ignored."""
    with refusal(DeviceNotFound, f"Opening the target {NO_SUCH_TARGET!r}"):
        bench.backend.open(NO_SUCH_TARGET, {}).close()
    with refusal(InputError, "Opening with the option 'no_such_option'"):
        bench.backend.open(bench.subject.target, {"no_such_option": 1}).close()


@case("A board that is open is not opened again, and stays as it is.")
def a_second_open_is_refused(bench: Bench) -> None:
    """Two users of one board would spoil each other's results."""
    bench.deploy(LEAKY)
    before = bench.read()
    with refusal(DeviceBusy, "Opening a board that is open"):
        bench.backend.open(bench.subject.target, {}).close()
    demand_equal(bench.read(), before, "After a second opening was refused, what the first reads")


@case("Closing twice is closing once; then the board can be opened again.")
def closing_gives_the_board_back(bench: Bench) -> None:
    """A script and its `with` block may both close."""
    first = bench.device
    first.close()
    try:
        first.close()
    except Exception as error:
        raise Violation(f"Closing a closed device raised {cause_of(error)}") from error
    second = bench.open()
    bench.deploy(LEAKY, on=second)
    first.close()
    demand_equal(
        second.probe().read().v_mem.shape,
        LEAKY.shape,
        "After the first device was closed once more, the shape that a second one reads",
    )


@case("A closed device refuses to be used.")
def a_closed_device_refuses_to_be_used(bench: Bench) -> None:
    """Reading and deploying; what needs a capability is refused elsewhere."""
    device = bench.device
    bench.deploy(LEAKY)
    probe = device.probe()
    device.close()
    with refusal(DeviceClosed, "Reading from a closed device"):
        probe.read()
    with refusal(DeviceClosed, "Deploying to a closed device"):
        bench.deploy(LEAKY)


@case("A closed device makes no ticks.", Capability.STEPPED_CLOCK)
def a_closed_device_makes_no_ticks(bench: Bench) -> None:
    """Nobody would see what they did."""
    device = bench.device
    bench.deploy(LEAKY, leak=bench.stepped())
    device.close()
    with refusal(DeviceClosed, "A tick of a closed device"):
        device.tick(1)


@case("A closed device takes no membrane potentials.", Capability.WRITE_V_MEM)
def a_closed_device_takes_no_potentials(bench: Bench) -> None:
    """A probe may outlive its device."""
    device = bench.device
    bench.deploy(LEAKY)
    probe = device.probe()
    values = probe.read().v_mem
    probe.write(values)
    device.close()
    with refusal(DeviceClosed, "Writing to a closed device"):
        probe.write(values)


@case("A `with` block closes the device, and lets the error through.")
def an_error_in_a_with_block_closes_the_device(bench: Bench) -> None:
    """Also where the block ends without one."""
    with bench.device as device:
        demand(device is bench.device, "`with` gives another object than the device itself.")
    bench.open().close()  # refused as busy, if the block left it open
    try:
        with bench.open() as second:
            bench.deploy(LEAKY, on=second)
            raise _EndOfBlock  # noqa: TRY301 - the block is what is tried
    except _EndOfBlock:
        pass
    except Exception as error:
        raise Violation(f"An error in a `with` block became {cause_of(error)}") from error
    else:
        raise Violation("An error that ended a `with` block was swallowed.")
    bench.open()


def _names(capabilities: frozenset[Capability]) -> list[str]:
    return sorted(capability.value for capability in capabilities)


CASES = (
    it_opens_as_described,
    what_cannot_be_opened_is_refused,
    a_second_open_is_refused,
    closing_gives_the_board_back,
    a_closed_device_refuses_to_be_used,
    a_closed_device_makes_no_ticks,
    a_closed_device_takes_no_potentials,
    an_error_in_a_with_block_closes_the_device,
)
