"""What the emulation says when it cannot do what a real board would."""

from __future__ import annotations

from speckhal.contract.errors import NotEmulated


class NotEmulatedError(NotEmulated, RuntimeError):
    """A real board would go on here, the emulation would have to guess.

    A RuntimeError, as samna's own are, so that scripts which expect those see one.
    """


class EmulationWarning(UserWarning):
    """The emulation goes on, on an assumption that may not hold for a real board."""


class PowerLostError(RuntimeError):
    """The board was unplugged while a command was on its way to it."""
