"""The emulated `samna.speck2e`, with Speck2e-t, which has five cores."""

from __future__ import annotations

from typing import NoReturn as _NoReturn

from speckhal_mock.emulation.errors import NotEmulatedError as _NotEmulatedError
from speckhal_mock.pybind.structs import expect as _expect
from speckhal_mock.samna.speck2e import configuration as configuration
from speckhal_mock.samna.speck2e import event as event
from speckhal_mock.sdk import validation as _validation
from speckhal_mock.sdk.chip_events import SPECK2E as _SPECK2E
from speckhal_mock.sdk.model import Speck2eModel as Speck2eModel
from speckhal_speck2e.chip import CHIP as _CHIP

_MEMORIES = _CHIP.facts.core_memories.value
_MEMORIES_T = _MEMORIES[:5]
"""That the cores of a Speck2e-t are like the first ones of a Speck2e is assumed."""

FlashEraseType = _SPECK2E.erase_type
FlashStatusType = _SPECK2E.status_type


def validate_configuration(arg0: object, /) -> tuple[bool, str]:
    """Whether a Speck2e can take a configuration, and one sentence for each reason why not."""
    checked = _expect(arg0, configuration.SpeckConfiguration, "validate_configuration")
    return _validation.validate_configuration(checked, _MEMORIES, fast_output_limits_monitors=True)


def validate_configuration_t(arg0: object, /) -> tuple[bool, str]:
    """Whether a Speck2e-t can take a configuration, and one sentence for each reason why not."""
    checked = _expect(arg0, configuration.SpeckConfigurationT, "validate_configuration_t")
    return _validation.validate_configuration(
        checked, _MEMORIES_T, fast_output_limits_monitors=True
    )


def configuration_to_flash_binary(arg0: object, /) -> _NoReturn:
    """What a flash has to hold to configure the chip; the format was never published.

    Raises:
        NotEmulatedError: always.
    """
    if not isinstance(arg0, configuration.SpeckConfigurationT):
        _expect(arg0, configuration.SpeckConfiguration, "configuration_to_flash_binary")
    raise _NotEmulatedError(
        "samna.speck2e.configuration_to_flash_binary is not emulated: the format is not published."
    )
