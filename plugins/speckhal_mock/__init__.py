"""An emulated Speck board behind an emulated `samna`, so that the driver runs on it unchanged."""

from speckhal_mock.backend.emulated_backend import EmulatedBackend
from speckhal_mock.backend.mock_backend import MockBackend
from speckhal_mock.boards.mock_options import MockOptions

__all__ = ["EmulatedBackend", "MockOptions", "backend"]

backend = MockBackend()
