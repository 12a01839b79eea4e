"""What the vendor's exceptions mean, as far as that is known, and what helps."""

from __future__ import annotations

import contextlib
import enum
import sys
from typing import TYPE_CHECKING

from speckhal.contract.errors import DeviceFailed, SpeckhalError
from speckhal.system.interrupts import let_interrupts_pass

if TYPE_CHECKING:
    from collections.abc import Iterator


class Trouble(enum.Enum):
    """Kinds of failures of a board; the value is what to do about one, as whole sentences."""

    OLD_FIRMWARE = (
        "Let SynSense's tools update the board's firmware to what this samna wants: its major "
        "version, and its minor version or a newer one."
    )
    TOO_SLOW = (
        "Deploy again, as the board answers and was only too slow; if it stays so, press its reset "
        "button and open it anew."
    )
    UNKNOWN = "Check the cable and the power, press the board's reset button, and open it anew."

    @classmethod
    def of(cls, error: BaseException | None) -> Trouble:
        """The kind that an exception of the vendor's belongs to.

        samna raises the same classes for everything, so its words must do. Neither those about
        firmware (raised since 0.46.1) nor those about a configuration that is not written within
        10 s (Speck2f) are published.
        """
        words = str(error).lower()
        if "firmware" in words:
            return cls.OLD_FIRMWARE
        if any(word in words for word in ("timeout", "time-out", "time out", "timed out")):
            return cls.TOO_SLOW
        return cls.UNKNOWN


@contextlib.contextmanager
def asking_the_vendor(what: str) -> Iterator[None]:
    """Turn whatever the vendor raises in the body into one of our errors, with the cause kept.

    What a signal handler raises meanwhile is not the vendor's, and passes.

    Args:
        what: the board was asked to do.

    Raises:
        DeviceFailed: the vendor raised.
    """
    handled = sys.exc_info()[1]
    try:
        yield
    except Exception as error:
        let_interrupts_pass(error, handled)
        if isinstance(error, SpeckhalError):
            raise
        raise DeviceFailed(
            f"The board failed to {what}: {type(error).__name__}: {error}",
            hint=Trouble.of(error).value,
        ) from error


def one_sentence(text: str) -> str:
    """What others said, on one line and with a stop at its end."""
    line = " ".join(text.split())
    return line if line.endswith((".", "!", "?")) else f"{line}."
