"""An emulated Speck board behind an emulated `samna`, so that the driver runs on it unchanged."""

from speckhal_mock.backend import MockBackend
from speckhal_mock.emulated import EmulatedBackend

__all__ = ["EmulatedBackend", "backend"]

backend = MockBackend()
