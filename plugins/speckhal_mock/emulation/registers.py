"""What is published of the registers of the chips."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from speckhal_mock.emulation.errors import NotEmulatedError

if TYPE_CHECKING:
    import numpy.typing as npt

_PUBLISHED: Final = {"speck2f": {0: 241}}
"""By chip and address, what a register holds (source: samna 0.48.5 reference, model of the Speck2f:
an example that reads register 0, with what it printed; stated by the vendor)."""


def check_registers(chip: str, addresses: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """What registers hold, each of a column of addresses of the shape (n,).

    Raises:
        NotEmulatedError: of one of them it is not published.
    """
    known = _PUBLISHED.get(chip, {})
    for address in addresses.tolist():
        if address not in known:
            hint = f"Published: {', '.join(map(str, known))}. " if known else ""
            raise NotEmulatedError(
                f"Asked to send a {chip}::event::ReadRegisterValue, which is not emulated for "
                f"register {address} of a {chip.capitalize()}: what it holds is not published. "
                f"{hint}get_configuration() says what was set."
            )
    return np.array([known[address] for address in addresses.tolist()], dtype=np.int64)
