"""Sweeps: the same experiment at many points, on any executor, into one table."""
