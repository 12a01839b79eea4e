"""The emulated `samna.unifirm`: what the boards' FPGA offers."""

from __future__ import annotations

from speckhal_mock.samna.unifirm import modules, timestamp

__all__ = ["modules", "timestamp"]
