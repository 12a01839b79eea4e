"""The Speck9 for speckhal: `backend` opens real boards, `emulated` emulated ones."""

from speckhal_mock import EmulatedBackend
from speckhal_samna.backend import SamnaBackend

from speckhal_speck9.chip import CHIP

backend = SamnaBackend(CHIP)
emulated = EmulatedBackend(
    CHIP,
    name="speck9-mock",
    summary="emulated Speck9 boards",
)
