"""The emulated `samna.jit`: what the vendor keeps of filters that it compiled."""

from __future__ import annotations

__all__ = ["clear_jit_cache"]


def clear_jit_cache() -> None:
    """Nothing is compiled here, and so nothing is kept. No file is touched."""
