"""An emulated Speck board behind an emulated `samna`, so that the driver runs on it unchanged."""

from speckhal_mock.backend.emulated_backend import EmulatedBackend
from speckhal_mock.backend.mock_backend import MockBackend

__all__ = ["EmulatedBackend", "backend"]

backend = MockBackend()
