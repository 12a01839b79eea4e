"""Which kernel does to a core what one input spike does: the best of those that work here.

A kernel is one function, `take_event(tables, core, channel, y, x, fired)`: it changes the neurons
of a core as `speckhal_mock.emulation.spike_rule` says, adds to its counts, writes down which of
them fired, and returns how many that are. All of it goes through the arrays of `core_tables`. So
another kernel is a file beside these two and a line here, and the tests of this room hold it to the
rule.
"""

from __future__ import annotations

from speckhal_mock.emulation.spikes.jit import IS_COMPILED

if IS_COMPILED:
    from speckhal_mock.emulation.spikes.compiled_kernel import take_event
else:
    from speckhal_mock.emulation.spikes.numpy_kernel import take_event

__all__ = ["take_event"]
