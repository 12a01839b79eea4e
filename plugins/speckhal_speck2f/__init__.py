"""The Speck2f, as the driver for samna boards needs to know it."""

from speckhal_samna.backend import SamnaBackend
from speckhal_speck2f.chip import CHIP

backend = SamnaBackend(CHIP)
speck2fmodule, speck2fdevkit = (SamnaBackend(CHIP, kit) for kit in CHIP.kits)
