"""The Speck2e-t for speckhal: `backend` opens real boards, `emulated` emulated ones."""

from speckhal_mock import EmulatedBackend
from speckhal_samna.backend import SamnaBackend

from speckhal_speck2et.chip import CHIP

backend = SamnaBackend(CHIP)
emulated = EmulatedBackend(
    CHIP,
    name="speck2et-mock",
    summary="emulated Speck2e-t boards",
)
