"""The type of a function that opens boards, for users who pass one around or annotate a fixture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from speckhal.opened.open_device import OpenDevice


class OpensDevices(Protocol):
    """A function that opens boards, as `speckhal.open_device` and the fixture `open_speckhal` do.

    What the fixture opened is closed when the test ends.
    """

    def __call__(self, selection: str | None = None, **options: object) -> OpenDevice:
        """Open a board.

        Args:
            selection: `backend[:target]`; None for that of `SPECKHAL_BACKEND`, or else "mock". In
                tests `--speckhal-device` comes before both.
            options: of the backend.

        Raises:
            InputError, BackendError, DeviceError: as for `speckhal.open_device`.
        """
