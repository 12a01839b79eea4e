"""Opening, closing, and what a closed device still does: nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speckhal.conformance.case import case
from speckhal.conformance.cases.descriptor import NO_SUCH_TARGET, names_of
from speckhal.conformance.expectations import Violation, demand, demand_equal, demand_no_error
from speckhal.contract.backend import describe_board
from speckhal.contract.capabilities import Capability
from speckhal.contract.capability_protocols import declared_by, lacking
from speckhal.contract.errors import DeviceBusy, DeviceClosed, DeviceNotFound, InputError
from speckhal.contract.network_spec import LayerSpec

if TYPE_CHECKING:
    from speckhal.conformance.suite_bench import SuiteBench
    from speckhal.contract.device import Device
    from speckhal.contract.leak_config import LeakConfig

LEAKY = LayerSpec((1, 2, 3), biases=(-13,), initial=100)


class EndOfBlock(Exception):
    """Raised inside a `with` block, to see what becomes of the device."""


class BlockInterrupted(KeyboardInterrupt):
    """Raised inside a `with` block as Ctrl-C would be, and never by a real one."""


class BlockExited(SystemExit):
    """Raised inside a `with` block as `sys.exit` would do it."""


@case("An open device is what the backend said it would be.", deployments=0)
def it_opens_as_described(bench: SuiteBench) -> None:
    """Its name, its chip, its capabilities, and whether it is an emulation."""
    options: dict[str, object] = {}
    device, backend = bench.open(options=options), bench.backend
    demand_equal(options, {}, "After opening, what was handed in as no options")
    info = device.info
    demand_equal(info.backend, backend.name, "The backend's name in `info`")
    described = describe_board(backend, bench.subject.target)
    demand_equal(info.emulated, described.emulated, "`info.emulated`")
    demand_equal(info.chip, bench.facts, "The chip in `info`")
    demand(info.board.strip(), "`info.board` is empty.")
    demand_equal(
        names_of(described.capabilities),
        names_of(bench.subject.declared),
        "After opening, the backend's list of capabilities",
    )
    # later ones that the device lacks do not count as declared: the case on signatures says so
    counted = (one for one in described.capabilities if not lacking(device, one))
    demand_equal(
        names_of(declared_by(device)),
        names_of(frozenset(counted)),
        "The device's list of capabilities",
    )


@case("Each board that it lists can be opened.", deployments=0)
def each_board_that_it_lists_can_be_opened(bench: SuiteBench) -> None:
    """Of real ones only the one that is examined: the others need not be plugged in."""
    examined, listed = bench.subject.target, [target.name for target in bench.backend.targets]
    others = [name for name in listed if name != examined and bench.subject.is_emulated(name)]
    for name in (examined, *others):
        device = bench.open(name)
        chip = device.info.chip
        device.close()
        demand_equal(chip, bench.backend.chip(name), f"The chip in `info` of target {name!r}")


@case("An unknown target and an unknown option are refused.", deployments=0)
def what_cannot_be_opened_is_refused(bench: SuiteBench) -> None:
    """A misspelt option would otherwise be ignored."""
    asked, names = f"Opening the target {NO_SUCH_TARGET!r}", {"the value": NO_SUCH_TARGET}
    with bench.refusal(DeviceNotFound, asked, names=names):
        bench.backend.open(NO_SUCH_TARGET, {}).close()
    asked, names = "Opening with the option 'no_such_option'", {"the option": "no_such_option"}
    with bench.refusal(InputError, asked, names=names):
        bench.backend.open(bench.subject.target, {"no_such_option": 1}).close()


@case("A board that is open is not opened again, and stays as it is.")
def a_second_open_is_refused(bench: SuiteBench) -> None:
    """Two users of one board would spoil each other's results."""
    bench.deploy_fitted(LEAKY)
    before = bench.read()
    with bench.refusal(DeviceBusy, "Opening a board that is open"):
        bench.backend.open(bench.subject.target, {}).close()
    demand_equal(bench.read(), before, "After a second opening was refused, what the first reads")


@case("Closing twice is closing once; then the board can be opened again.")
def closing_gives_the_board_back(bench: SuiteBench) -> None:
    """A script and its `with` block may both close."""
    first = bench.device
    first.close()
    with demand_no_error("Closing a closed device raised"):
        first.close()
    second = bench.open()
    layer = bench.deploy_fitted(LEAKY, on=second)
    first.close()
    demand_equal(
        second.probe().read().v_mem.shape,
        layer.shape,
        "After the first device was closed once more, the shape that a second one reads",
    )


@case("A closed device refuses to be used.", opened=True)
def a_closed_device_refuses_to_be_used(bench: SuiteBench) -> None:
    """Reading and deploying; what needs a capability is refused elsewhere."""
    device = bench.device
    layer = bench.deploy_fitted(LEAKY)
    probe = device.probe()
    device.close()
    with bench.refusal(DeviceClosed, "Reading from a closed device"):
        probe.read()
    with bench.refusal(DeviceClosed, "Deploying to a closed device"):
        bench.deploy(layer)
    with bench.refusal(DeviceClosed, "Probing a closed device"):
        device.probe().read()


@case("A closed device makes no ticks.", Capability.STEPPED_CLOCK, opened=True)
def a_closed_device_makes_no_ticks(bench: SuiteBench) -> None:
    """Nobody would see what they did."""
    bench.deploy_fitted(LEAKY, leak=bench.stepped())
    bench.device.close()
    with bench.refusal(DeviceClosed, "A tick of a closed device"):
        bench.device.tick(1)


@case("A closed device takes no membrane potentials.", Capability.WRITE_V_MEM, opened=True)
def a_closed_device_takes_no_potentials(bench: SuiteBench) -> None:
    """A probe may outlive its device."""
    bench.deploy_fitted(LEAKY)
    probe = bench.device.probe()
    values = probe.read().v_mem
    probe.write(values)
    bench.device.close()
    with bench.refusal(DeviceClosed, "Writing to a closed device"):
        probe.write(values)


@case("A closed device reads and takes no biases.", Capability.WRITE_BIASES, opened=True)
def a_closed_device_has_no_biases(bench: SuiteBench) -> None:
    """Neither those that it had, nor others."""
    bench.deploy_fitted(LEAKY)
    probe = bench.device.probe()
    biases = probe.read_biases()
    bench.device.close()
    with bench.refusal(DeviceClosed, "Reading biases from a closed device"):
        probe.read_biases()
    with bench.refusal(DeviceClosed, "Writing biases to a closed device"):
        probe.write_biases(biases)


@case("A closed device resets no states.", Capability.RESET_STATES, opened=True)
def a_closed_device_resets_nothing(bench: SuiteBench) -> None:
    """Whoever has the board now would lose theirs."""
    bench.deploy_fitted(LEAKY)
    bench.device.reset_states()
    bench.device.close()
    with bench.refusal(DeviceClosed, "Resetting the states of a closed device"):
        bench.device.reset_states()


@case("A closed device starts and stops no clock.", Capability.EXTERNAL_CLOCK, opened=True)
def a_closed_device_has_no_clock(bench: SuiteBench) -> None:
    """Nor that of whoever has the board now."""
    leak = bench.device.leak_config(rate_hz=bench.measures.rate_hz)
    demand_no_clock_once_closed(bench, leak, "the slow clock")


def demand_no_clock_once_closed(bench: SuiteBench, leak: LeakConfig, clock: str) -> None:
    """Deploy a layer with that leak, close the device, and demand that its clock stays as it is."""
    bench.deploy_fitted(LEAKY, leak=leak)
    bench.device.close()
    with bench.refusal(DeviceClosed, f"Starting {clock} of a closed device"):
        bench.device.start_slow_clock()
    with bench.refusal(DeviceClosed, f"Stopping {clock} of a closed device"):
        bench.device.stop_slow_clock()


@case("A `with` block closes the device, and lets the error through.", deployments=3)
def an_error_in_a_with_block_closes_the_device(bench: SuiteBench) -> None:
    """Also Ctrl-C and `sys.exit`, which are no Exception, and where the block ends without any."""
    with bench.device as device:
        demand(device is bench.device, "`with` gives another object than the device itself.")
    bench.open().close()  # refused as busy, if the block left it open
    for what, kind in (
        ("An error", EndOfBlock),
        ("A KeyboardInterrupt", BlockInterrupted),
        ("A SystemExit", BlockExited),
    ):
        device = bench.open()
        bench.deploy_fitted(LEAKY, on=device)
        _end_a_block(device, what, kind)
        try:
            bench.open().close()
        except Violation as left_open:
            raise Violation(f"{what} ended a `with` block; after it, {left_open}") from left_open


def _end_a_block(device: Device, what: str, kind: type[BaseException]) -> None:
    """Let a `with` block end by that, and demand that it comes out of the block."""
    with demand_no_error(f"{what} in a `with` block became"):
        try:
            with device:
                raise kind  # noqa: TRY301 - the block is what is tried
        except kind:
            return
    raise Violation(f"{what} that ended a `with` block was swallowed.")
