"""The Veteran for speckhal: `backend` opens real boards, `emulated` emulated ones."""

from speckhal_mock import EmulatedBackend
from speckhal_samna.backend import SamnaBackend

from speckhal_veteran.chip import CHIP

backend = SamnaBackend(CHIP)
emulated = EmulatedBackend(
    CHIP,
    name="veteran-mock",
    summary="emulated Veteran boards",
)
