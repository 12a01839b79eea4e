"""What the readings of a run show of its leak: steps, clock, lost ticks, each with an answer."""
