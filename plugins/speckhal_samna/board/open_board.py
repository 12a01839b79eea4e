"""One open board, from opening to closing: the slow clock, the configuration and the events."""

from __future__ import annotations

import contextlib
import functools
import os
import threading
import weakref
from typing import TYPE_CHECKING, Final

from speckhal.contract.errors import DeviceClosed, DeviceFailed, SpeckhalError
from speckhal.contract.warn import warn_user
from speckhal_samna.board.closing import ClosedAfterwards, Closing
from speckhal_samna.board.vendor_errors import asking_the_vendor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from speckhal.contract.clock import Clock
    from speckhal_samna.bindings import (
        BoardHandle,
        DeviceInfo,
        EventTypeFilter,
        FirmwareVersions,
        Graph,
        Model,
        SinkNode,
        SourceNode,
        Vendor,
    )
    from speckhal_samna.chip import SamnaChip


SLOW_APPLY_S: Final = 10
"""What takes longer gives a warning: samna gives up on a Speck2f then, and never on a Speck2e."""


def is_among(board: DeviceInfo, others: Iterable[DeviceInfo]) -> bool:
    """Whether one of the others is the same board."""
    return any(
        (board.device_type_name, board.usb_bus_number, board.usb_device_address)
        == (other.device_type_name, other.usb_bus_number, other.usb_device_address)
        for other in others
    )


# closing must not keep the board alive, so what it does is done by functions of parts of it


def _give_back(samna: Vendor, info: DeviceInfo, handles: list[BoardHandle]) -> None:
    """Close the board, also where it was opened and an interrupt came before its handle did."""
    if not handles and is_among(info, samna.device.get_opened_devices()):
        # samna gives a board that is open already once more to whoever opens it
        handles.append(samna.device.open_device(info))
    for handle in handles:
        samna.device.close_device(handle)


def _undo(model: Model, configurations: Sequence[object]) -> None:
    """Stop a chip that ticks by itself; giving the board back need not reset it."""
    for configuration in configurations:
        model.apply_configuration(configuration)


def _stop_all(graphs: Sequence[Graph]) -> None:
    for graph in graphs:
        graph.stop()


class Board(ClosedAfterwards):
    """An open board. The slow clocks are off when it closes, and the FPGA's when it opens.

    It is closed by `close`, and failing that when nothing refers to it or the interpreter exits,
    so that no script leaves a leaking chip behind. What fails then is warned of. A process that was
    forked from the one that opened it can neither use nor close it.

    Args:
        samna: the vendor module to use.
        chip: the chip on the board.
        info: which board to open, as the vendor lists it.
        clock: the time on it.
        on_close: called once, after the board was given back.

    Attributes:
        classes: the chip's in samna.
        may_still_answer: whether answers may come that belong to a reading that failed.
    """

    def __init__(
        self,
        samna: Vendor,
        chip: SamnaChip,
        info: DeviceInfo,
        clock: Clock,
        *,
        on_close: Callable[[], None] = lambda: None,
    ) -> None:
        self.name = info.device_type_name
        self.chip = chip
        self.clock = clock
        self.lock = threading.RLock()
        self.may_still_answer = False
        self._undo: list[object] = []
        self._spike_graphs: list[Graph] = []
        closing = self._closing = Closing(self.name)
        self._unless_closed = weakref.finalize(self, closing.close_for_nobody)
        closing.add(on_close)
        try:
            with asking_the_vendor("open"):
                self._open(samna, chip, info, closing)
        except BaseException:
            # what went wrong while opening matters more than what goes wrong while closing
            with contextlib.suppress(SpeckhalError):
                self.close()
            raise

    def _open(self, samna: Vendor, chip: SamnaChip, info: DeviceInfo, closing: Closing) -> None:
        handles: list[BoardHandle] = []
        closing.add(functools.partial(_give_back, samna, info, handles))
        handle: BoardHandle | None = samna.device.open_device(info)
        if handle is None:
            raise DeviceFailed(
                f"Asked to open {self.name}, and samna gave no board back.",
                hint="Check the cable and the power, and that no other program uses the board.",
            )
        handles.append(handle)
        self._handle = handle
        self._io = handle.get_io_module()
        self._io.set_slow_clk(False)
        self.serial_number = handle.get_board_serial_number()
        self._model = handle.get_model()
        self.classes = chip.classes(samna)
        self.source: SourceNode = self.classes.input_node()
        self.sink: SinkNode = self.classes.output_node()
        closing.holds += [handle, self._io, self._model, self.source, self.sink]
        for nodes in (
            [self.source, self._model.get_sink_node()],
            [self._model.get_source_node(), self.sink],
        ):
            graph = samna.graph.EventFilterGraph()
            graph.sequential(nodes)
            graph.start()
            closing.add(graph.stop)
        self._new_graph = samna.graph.EventFilterGraph
        closing.add(functools.partial(_stop_all, self._spike_graphs))
        # registered last, so that these are the first things that closing does
        closing.add(functools.partial(_undo, self._model, self._undo))
        closing.add(functools.partial(self._io.set_slow_clk, False))

    @property
    def is_open(self) -> bool:
        """Whether this process has opened it and `close` is still to come."""
        return self._closing.is_of_this_process and not self._closing.is_done

    @property
    def may_tick_by_itself(self) -> bool:
        """Whether a configuration is still to be undone."""
        return bool(self._undo)

    @contextlib.contextmanager
    def asked_to(self, what: str) -> Iterator[None]:
        """Use the board alone, if it is open, with the vendor's exceptions made ours.

        Raises:
            DeviceClosed: the board is closed, or was closed meanwhile.
            DeviceFailed: the vendor raised.
        """
        self.refuse_if_closed(what)  # before the lock, which another process may hold forever
        with self.lock:
            self.refuse_if_closed(what)
            try:
                with asking_the_vendor(what):
                    yield
            except DeviceFailed as error:
                if self.is_open:
                    raise
                # as by a signal handler: no cable is to blame
                raise DeviceClosed(
                    f"Asked {self.name} to {what}, and it was closed meanwhile.",
                    hint="Open it again.",
                ) from error

    def refuse_if_closed(self, what: str) -> None:
        """Say so, if the board is closed, or open in the process that this one was forked from.

        Args:
            what: it is to do, for the message.

        Raises:
            DeviceClosed: the board is closed, as far as this process is concerned.
        """
        if not self._closing.is_of_this_process:
            raise DeviceClosed(
                f"Asked {self.name} to {what} in process {os.getpid()}, and process "
                f"{self._closing.process} has opened it, from which this one was forked.",
                hint="Use it there; or close it there first, and open it here after the fork.",
            )
        if not self.is_open:
            raise DeviceClosed(
                f"Asked {self.name} to {what}, and it is closed.", hint="Open it again."
            )

    def firmware(self) -> FirmwareVersions:
        """Versions of what runs on the board itself."""
        with self.asked_to("give its firmware versions"):
            return self._handle.get_firmware_versions()

    def set_slow_clock(self, *, running: bool) -> None:
        """Start or stop the FPGA's slow clock."""
        with self.asked_to("start its slow clock" if running else "stop its slow clock"):
            self._io.set_slow_clk(running)

    def set_slow_clock_rate(self, rate_hz: int) -> None:
        """Set the rate of the FPGA's slow clock."""
        with self.asked_to(f"set its slow clock to {rate_hz} Hz"):
            self._io.set_slow_clk_rate(rate_hz)

    def pulse_slow_clock(self) -> None:
        """Make one slow-clock period."""
        with self.asked_to("pulse its slow clock"):
            self._io.pulse_slow_clk()

    def apply(self, configuration: object, *, undo: object | None = None) -> None:
        """Validate a configuration and write it to the chip, neuron states included.

        Args:
            configuration: samna's.
            undo: another, to be written before the board is given back, if the chip would tick on
                by itself with the first one.
        """
        with self.asked_to("take a configuration"):
            if undo is not None:  # first, since what fails may have been done all the same
                self._undo[:] = [undo]
            self._model.apply_configuration(configuration)
            if undo is None:
                self._undo.clear()

    def apply_and_settle(self, configuration: object, *, undo: object | None = None) -> None:
        """The same, and wait until what it sets can be relied on.

        Warns:
            UserWarning: it took far longer than is usual.
        """
        before_s = self.clock.now_s()
        self.apply(configuration, undo=undo)
        took_s = self.clock.now_s() - before_s
        if took_s > SLOW_APPLY_S:
            warn_user(
                f"Writing a configuration took {self.name} {took_s:.1f} s, and far less is usual. "
                "If it stays so, press its reset button and open it anew.",
                UserWarning,
            )
        self.clock.sleep_s(self.chip.settle_after_apply_s.value)

    def new_spike_sink(self) -> SinkNode:
        """A sink that gets the spikes that the chip sends, until the board is closed.

        Where the filter for spikes is not known, it gets everything.
        """
        with self.asked_to("let its spikes be heard"):
            sink, graph = self.classes.output_node(), self._new_graph()
            wanted = self.classes.spike_filter
            if wanted is None:
                graph.sequential([self._model.get_source_node(), sink])
            else:
                nodes = graph.sequential([self._model.get_source_node(), wanted[0], sink])
                passing: EventTypeFilter = nodes[1]
                passing.set_desired_type(wanted[1])
            self._closing.holds.append(sink)
            self._spike_graphs.append(graph)  # first, since what fails may have started it
            graph.start()
            return sink

    def restart_stop_watch(self) -> None:
        """Let the counter that stamps events count, from 0."""
        with self.asked_to("start its stop watch"):
            self._handle.get_stop_watch().start(reset=True)

    def reset_states(self) -> None:
        """Clear the state memories of the chip."""
        with self.asked_to("reset its states"):
            self._model.reset()

    def close(self) -> None:
        """Stop the clock and the graphs and give the board back; once closed, does nothing.

        In a process that was forked from the one that opened it, it does nothing either.

        Raises:
            DeviceFailed: the vendor raised; the rest was done all the same.
        """
        if not self._closing.is_of_this_process:
            return
        with self.lock, asking_the_vendor("close"):
            self._closing.close()
            self._unless_closed.detach()
