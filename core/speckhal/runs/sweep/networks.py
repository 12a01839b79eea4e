"""The networks of a sweep: read before anything is measured, and named by what they are."""

from __future__ import annotations

import contextlib
import hashlib
import inspect
import sysconfig
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from speckhal.contract.errors import InputError
from speckhal.contract.network_spec import ExampleNetwork
from speckhal.discovery.opening import select
from speckhal.opened.network_hash import network_hash
from speckhal.runs.network_reading import read_network
from speckhal.system.interrupts import is_interrupt

if TYPE_CHECKING:
    from collections.abc import Iterable

    from speckhal.contract.address import Shape

_MOST: Final = 64
"""Networks of files that a process keeps."""

_PYTHON: Final = sysconfig.get_path("stdlib")

_kept: dict[tuple[object, ...], ExampleNetwork] = {}
_reading: Final = threading.Lock()  # a file is run with the process's own path and streams


def named_networks(values: Iterable[object]) -> dict[str, ExampleNetwork]:
    """Networks that are no text by their summary, which must be different for each.

    Raises:
        InputError: two have the same.
    """
    named: dict[str, ExampleNetwork] = {}
    for value in values:
        if not isinstance(value, ExampleNetwork):
            continue
        if value.summary in named:
            raise InputError(
                f"Asked to sweep over two networks with the same summary, {value.summary!r}.",
                hint="Give each ExampleNetwork a summary of its own: it stands in the table.",
            )
        named[value.summary] = value
    return named


def key_of_network(network: ExampleNetwork, file: Path | None = None) -> str:
    """What a network is: its parameters, states and shape, and the text of the user's own classes.

    The file that makes it does not count, and no more does what that imports: only what comes of
    it. The text of a class counts, as it says what the network does with its parameters. Of a
    network that cannot be read so, the file counts.
    """
    name = network_hash(network.network)
    digest = hashlib.sha256(name.encode())
    if not name and file is not None:
        digest.update(file.read_bytes())
    digest.update(repr(tuple(network.input_shape)).encode())
    for text in _own_texts(network.network):
        digest.update(hashlib.sha256(text).digest())
    return digest.hexdigest()


def key_of_file(where: str, selection: str, input_shape: Shape | None, *, reads_twice: bool) -> str:
    """What the network of a file is now; the network itself is kept for `network_of_file`.

    Args:
        where: FILE.py:NAME or FILE.nir; empty for the example of the backend.
        selection: of the backend that is to take it.
        input_shape: where the file does not say it.
        reads_twice: whether other processes or later calls will read it too, so that it has to be
            the same network each time.

    Raises:
        InputError: it cannot be read, or is another one each time.
        SpeckhalError: as `read_network` raises it.
    """
    network, key = _read(where, selection, input_shape)
    if reads_twice and _read(where, selection, input_shape)[1] != key:
        raise InputError(
            f"Asked to sweep over the network {where}, which is another one each time it is read.",
            hint="Where it draws random weights, write torch.manual_seed(0) above them.",
        )
    _keep(network, where, selection, input_shape, key)
    return key


def network_of_file(
    where: str, selection: str, input_shape: Shape | None, key: str
) -> ExampleNetwork:
    """The network of a file, which a process reads once.

    Raises:
        InputError: it is no longer the network with that key.
        SpeckhalError: as `read_network` raises it.
    """
    kept = _kept.get((where, selection, input_shape, key))
    if kept is not None:
        return kept
    network, is_now = _read(where, selection, input_shape)
    if is_now != key:
        raise InputError(
            f"The network {where or 'that is the example'} is another one than when the sweep "
            "began.",
            hint="Leave files and versions as they are until the sweep ends, on each machine the "
            "same.",
        )
    return _keep(network, where, selection, input_shape, key)


def _keep(network: ExampleNetwork, *name: object) -> ExampleNetwork:
    with _reading:
        while len(_kept) >= _MOST:
            del _kept[next(iter(_kept))]
        return _kept.setdefault(name, network)


def _read(where: str, selection: str, input_shape: Shape | None) -> tuple[ExampleNetwork, str]:
    with _reading:
        if not where:
            network = select(selection)[0].example()
            return network, key_of_network(network)
        network = read_network(where, selection, input_shape=input_shape)
        # before the modules that its file imported make room for those of the next
        before, _, _ = where.rpartition(":")
        file = Path(before if before.endswith(".py") else where)
        return network, key_of_network(network, file)


def _own_texts(network: Any) -> list[bytes]:
    """Texts of the files with the classes of a network, other than those of libraries."""
    try:
        kinds = {kind for _, module in network.named_modules() for kind in type(module).__mro__}
    except Exception as error:  # whatever a stranger's network raises
        if is_interrupt(error):
            raise
        return []
    files: set[Path] = set()
    for kind in kinds:
        with contextlib.suppress(OSError, TypeError):  # of classes without a file
            files.add(Path(inspect.getfile(kind)))
    return sorted(file.read_bytes() for file in files if file.is_file() and not is_library(file))


def is_library(file: Path) -> bool:
    """Whether a file came with Python or was installed, so that its version says what it is."""
    return "site-packages" in file.parts or file.is_relative_to(_PYTHON)
