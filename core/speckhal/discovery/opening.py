"""From a selection to a backend, and to an open device."""

from __future__ import annotations

import functools
import gc
import os
from typing import TYPE_CHECKING

from speckhal.contract.errors import BackendNotFound, DeviceBusy
from speckhal.discovery.selection import VARIABLE, default_selection, parse_selection
from speckhal.opened.open_devices import how_to_close, note_opened

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from speckhal.contract.backend import Backend
    from speckhal.contract.device import Device
    from speckhal.contract.network_spec import ExampleNetwork, LayerSpec
    from speckhal.discovery.entry_points import Offer
    from speckhal.opened.open_device import OpenDevice


def select(selection: str | None = None) -> tuple[Backend, str | None]:
    """The backend that was selected, and the target to give to its `open` and `chip`.

    Args:
        selection: `backend[:target]`; None for the one in `SPECKHAL_BACKEND`, or else "mock".

    Raises:
        InputError: the selection is malformed.
        BackendError: there is no such backend, or it cannot be used.
    """
    _, backend, target = _select(selection)
    return backend, target


def open_device(selection: str | None = None, **options: object) -> OpenDevice:
    """Open the board that was selected. Close it, or use it in a `with` statement.

    A device that nothing refers to any more is closed at once, and one that is left open when the
    program ends is closed then. `close_devices` closes those whose name is lost.

    A process that a signal ends closes nothing, and the slow clock of its board ticks on. The
    command line takes care of that. A program of yours should turn such signals into exceptions:
    `signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))`. Whatever a handler raises comes out
    of every operation as it is.

    A device belongs to the process that opened it. One that is forked from that, such as a worker
    of torch's DataLoader, can neither use nor close it.

    Args:
        selection: `backend[:target]`; None for the one in `SPECKHAL_BACKEND`, or else "mock".
        options: of the backend; it refuses those that it does not know.

    Raises:
        InputError: the selection is malformed, or an option is unknown or has a wrong value.
        BackendError: there is no such backend, it cannot be used, or what it opens is not a device.
        DeviceError: there is no such board, or it cannot be opened. DeviceBusy says what to type,
            where this process has it open.
    """
    # imported before the board is opened, and not with this module: reading a selection needs none
    from speckhal.discovery.registry import registry  # noqa: PLC0415 - it needs pluggy
    from speckhal.opened.observers import is_outermost  # noqa: PLC0415 - it needs numpy
    from speckhal.opened.open_device import OpenDevice  # noqa: PLC0415 - it needs numpy
    from speckhal.opened.plain_options import plain_options  # noqa: PLC0415 - it needs numpy
    from speckhal.system import log  # noqa: PLC0415 - reading a selection needs no logging

    offer, backend, target = _select(selection)
    chosen = (backend.name, target)
    raw = _open_raw(offer, backend, target, options)
    device = OpenDevice(
        raw,
        observers=registry() if is_outermost() else None,
        make_network=functools.partial(_network_of_layers, offer, backend),
        selection=":".join(filter(None, chosen)),
        options=plain_options(options),
    )
    note_opened(device, chosen)
    if log.DEVICE.isEnabledFor(log.INFO):
        log.DEVICE.info("%s", log.opened(device.info, device.options))
    return device


def open_raw_device(selection: str | None = None, **options: object) -> Device:
    """Open the board that was selected, and give the device of its plugin as it is.

    For backends that wrap another: what they are asked was checked before, and what is read is
    published by the `OpenDevice` over them.

    Args:
        selection: as for `open_device`.
        options: as for `open_device`.

    Raises:
        InputError, BackendError, DeviceError: as for `open_device`.
    """
    offer, backend, target = _select(selection)
    raw = _open_raw(offer, backend, target, options)
    note_opened(raw, (backend.name, target))
    return raw


def _network_of_layers(
    offer: Offer, backend: Backend, layers: Sequence[LayerSpec]
) -> ExampleNetwork:
    from speckhal.discovery.guarded_loading import blamed_on  # noqa: PLC0415 - it needs pluggy

    with blamed_on(offer, "failed when it was asked for a network of layers"):
        return backend.example(layers)


def _select(selection: str | None) -> tuple[Offer, Backend, str | None]:
    from speckhal.discovery.registry import registry  # noqa: PLC0415 - reading a selection needs no pluggy

    chosen = default_selection() if selection is None else parse_selection(selection)
    try:
        offer, backend = registry().offered_backend(chosen.backend)
    except BackendNotFound as error:
        if selection is None and os.environ.get(VARIABLE):
            raise BackendNotFound(
                f"{error.message} It is the environment variable {VARIABLE} that asks for it.",
                hint=error.hint,
            ) from None
        raise
    return offer, backend, chosen.target


def _open_raw(
    offer: Offer, backend: Backend, target: str | None, options: Mapping[str, object]
) -> Device:
    from speckhal.discovery.guarded_loading import open_board  # noqa: PLC0415 - it needs pluggy
    from speckhal.opened.observers import raw_device_at_work  # noqa: PLC0415 - it needs numpy

    open_it = functools.partial(open_board, offer, backend, target, options)
    with raw_device_at_work():
        try:
            return open_it()
        except DeviceBusy as busy:
            if busy.in_this_process is False:
                raise
            return _open_once_more(open_it, (backend.name, target))


def _open_once_more(open_it: Callable[[], Device], selection: tuple[str, str | None]) -> Device:
    """The device, if only a circle of references kept its board open, as tracebacks make them."""
    from speckhal.system import log  # noqa: PLC0415 - reading a selection needs no logging

    log.DEVICE.info("%s is busy: collecting garbage, and trying once more", selection[0])
    gc.collect()
    try:
        return open_it()
    except DeviceBusy as busy:
        is_here = busy.in_this_process is True
        how = how_to_close(selection, is_here=is_here)
        if how is not None:
            busy.hint = how if is_here else " ".join(filter(None, [how, busy.hint]))
        raise
