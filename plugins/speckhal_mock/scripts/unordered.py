"""Says where a script does something that virtual time cannot order."""

from __future__ import annotations

import contextlib
import functools
import multiprocessing.process
import select
import signal
import sys
import sysconfig
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final

import speckhal
from speckhal.contract.warn import warn_user
from speckhal.system.programs import program_is_ending
from speckhal_mock.emulation.errors import EmulationWarning

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    from speckhal_mock.scripts.known_threads import KnownThread

_ADVICE: Final = "Use --realtime if the script depends on it."

_EVENTS: Final = {
    "subprocess.Popen": "process",
    "os.system": "process",
    "os.posix_spawn": "process",
    "socket.connect": "socket",
    "socket.bind": "socket",
}
"""Kind of what each of Python's audit events announces."""

_SAID: Final = {
    "process": "Another process runs in real time, while this script lives in virtual time: "
    f"what it does is not ordered with what the boards do. {_ADVICE}",
    "socket": "What comes through a socket comes in real time, while this script lives in "
    "virtual time: time-outs pass at once, and what comes is not ordered with what the boards "
    f"do. {_ADVICE}",
    "timer": "A timer of the operating system runs in real time, while this script lives in "
    f"virtual time: it may never come. {_ADVICE}",
    "select": "What is waited for with select comes in real time, while this script lives in "
    f"virtual time, of which none passes meanwhile. {_ADVICE}",
}

_PACKAGES: Final = tuple(
    {str(Path(sysconfig.get_path(name)).resolve()) for name in ("purelib", "platlib")}
)
_OURS: Final = (
    str(Path(__file__).resolve().parents[1]),
    *(str(Path(path).resolve()) for path in speckhal.__path__),
)
"""This plugin and the core, wherever they are installed or edited."""

_open: Final[list[set[str]]] = []
"""For each virtual time that is at work, the kinds that have not been reported in it."""


def report_busy(thread: KnownThread) -> bool:
    """Warn that time no longer waited for a thread, at the line of the script where it is.

    Returns:
        Whether it was said: not of a thread that is nowhere in the script, such as one of a pool
        that waits for its processes, and not where the program ends, and its globals go.
    """
    ident, was_ending = thread.ident, program_is_ending()
    frame = None if ident is None else sys._current_frames().get(ident)  # noqa: SLF001  # its only name
    # asked before and after, since the end may begin or be over while we look
    if was_ending or not _asked_by_script(frame) or program_is_ending():
        return False
    names = {each.ident: each.name for each in threading.enumerate()}
    warn_user(
        f"Virtual time no longer waits for {names.get(ident, 'a thread')}, which has been busy for "
        f"too long: what other threads sleep meanwhile passes at once. {_ADVICE}",
        EmulationWarning,
        within=frame,
    )
    return True


@contextlib.contextmanager
def reporting_unordered() -> Iterator[None]:
    """In the body, warn once of each kind of thing that virtual time cannot order.

    Only of what the script does itself: packages start processes to look at the machine, say.
    """
    unreported = set(_SAID)
    _open.append(unreported)
    _listen()
    # `fork` has an audit event, `spawn` has none, and neither says what the process is for
    process = multiprocessing.process.BaseProcess
    with (
        _reporting(process, "start", "process", lambda *given: not _is_window(given[0])),
        _reporting(signal, "alarm", "timer", lambda *given: given[:1] != (0,)),
        _reporting(signal, "setitimer", "timer", lambda *given: given[1:2] != (0,)),
        _reporting(select, "select", "select", lambda *given: given[3:4] != (0,)),
    ):
        try:
            yield
        finally:
            _open.remove(unreported)


@contextlib.contextmanager
def _reporting(owner: object, name: str, kind: str, applies: Callable[..., bool]) -> Iterator[None]:
    """In the body, report a function of that owner where it `applies` to its arguments."""
    genuine: Callable[..., object] | None = vars(owner).get(name)
    if genuine is None:  # not on this system
        yield
        return

    @functools.wraps(genuine)
    def reporting(*args: object, **kwargs: object) -> object:
        if applies(*args):
            _report(kind)
        return genuine(*args, **kwargs)

    setattr(owner, name, reporting)
    try:
        yield
    finally:
        setattr(owner, name, genuine)


def _is_window(process: object) -> bool:
    """Whether a process shows what nobody sees, so that its time does not matter."""
    module = str(getattr(vars(process).get("_target"), "__module__", ""))
    return module.startswith(("samna", "speckhal_mock"))


_listening = False


def _listen() -> None:
    """Hear of Python's audit events from now on; nobody can stop that."""
    global _listening  # noqa: PLW0603  # once in a process
    if not _listening:
        _listening = True
        sys.addaudithook(_hear)


def _hear(event: str, _arguments: tuple[object, ...]) -> None:
    if event in _EVENTS:
        _report(_EVENTS[event])


def _report(kind: str) -> None:
    """Warn of it, unless that was done, or the script has not asked for it."""
    if not _open:  # no virtual time is at work any more
        return
    unreported = _open[-1]
    if kind in unreported and _asked_by_script(sys._getframe(1)):  # noqa: SLF001  # its only name
        unreported.discard(kind)
        warn_user(_SAID[kind], EmulationWarning)


def _asked_by_script(frame: FrameType | None) -> bool:
    """Whether the innermost call outside of Python's own modules is the script's.

    It is not where an installed package makes it, or speckhal, installed or not.
    """
    while frame is not None:
        module = str(frame.f_globals.get("__name__", ""))
        if module != __name__ and module.partition(".")[0] not in sys.stdlib_module_names:
            path = str(Path(frame.f_code.co_filename).resolve())
            return not path.startswith((*_PACKAGES, *_OURS))
        frame = frame.f_back
    return False
