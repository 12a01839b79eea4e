"""The emulated `samna.speck2f`."""

from __future__ import annotations

from typing import NoReturn as _NoReturn

from speckhal_mock.emulation.errors import NotEmulatedError as _NotEmulatedError
from speckhal_mock.pybind.structs import expect as _expect
from speckhal_mock.samna.speck2f import configuration as configuration
from speckhal_mock.samna.speck2f import event as event
from speckhal_mock.sdk import validation as _validation
from speckhal_mock.sdk.chip_events import SPECK2F as _SPECK2F
from speckhal_mock.sdk.model import Speck2fModel as Speck2fModel
from speckhal_speck2f.chip import CHIP as _CHIP

FlashEraseType = _SPECK2F.erase_type
FlashStatusType = _SPECK2F.status_type


def validate_configuration(arg0: object, /) -> tuple[bool, str]:
    """Whether the chip can take a configuration, and one sentence for each reason why not."""
    checked = _expect(arg0, configuration.SpeckConfiguration, "validate_configuration")
    return _validation.validate_configuration(checked, _CHIP.facts.core_memories.value)


def configuration_to_flash_binary(arg0: object, /) -> _NoReturn:
    """What a flash has to hold to configure the chip; the format was never published.

    Raises:
        NotEmulatedError: always.
    """
    _expect(arg0, configuration.SpeckConfiguration, "configuration_to_flash_binary")
    raise _NotEmulatedError(
        "samna.speck2f.configuration_to_flash_binary is not emulated: the format is not published."
    )
