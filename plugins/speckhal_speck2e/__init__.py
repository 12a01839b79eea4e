"""The Speck2e, as the driver for samna boards needs to know it."""

from speckhal_samna.backend import SamnaBackend
from speckhal_speck2e.chip import CHIP

backend = SamnaBackend(CHIP)
speck2edevkit, speck2etestboard = (SamnaBackend(CHIP, kit) for kit in CHIP.kits)
