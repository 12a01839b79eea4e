"""How many ticks are made at once, and what a device looks like in a shell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from speckhal import ClockDrive, ConfigurationError
from speckhal_samna.board.slow_clock import MOST_TICKS

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import nn

    from speckhal import Device


@pytest.mark.parametrize("count", [MOST_TICKS + 1, 10**30])
def test_more_ticks_than_anybody_can_wait_for_are_refused(
    mock: Device, make_network: Callable[..., nn.Module], count: int
) -> None:
    leak = mock.leak_config(drive=ClockDrive.STEPPED)
    mock.deploy(make_network(), input_shape=(1, 2, 2), leak=leak)
    with pytest.raises(ConfigurationError, match="at most 1,000,000 are made at once"):
        mock.tick(count)
    assert mock.probe().read().ticks == 0


def test_a_device_shows_what_it_is_and_whether_it_is_open(mock: Device) -> None:
    assert repr(mock) == "<SamnaDevice Speck2fModuleDevKit of 'mock', open>"
    mock.close()
    assert repr(mock) == "<SamnaDevice Speck2fModuleDevKit of 'mock', closed>"
