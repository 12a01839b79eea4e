"""An emulated Speck board behind an emulated `samna`, so that the driver runs on it unchanged."""

from speckhal_mock.backend import MockBackend

backend = MockBackend()
