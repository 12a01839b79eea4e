"""The emulated `samna.specksim.events`."""

from __future__ import annotations

from speckhal_mock.sdk import simulated_events as _simulated_events

Spike = _simulated_events.SPIKE
WeightedEvent = _simulated_events.WEIGHTED_EVENT
