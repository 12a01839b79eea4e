"""Where two runs part: aligned on ticks, value by value."""
