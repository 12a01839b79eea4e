"""The sensor: what it sees, and what the event pre-processing makes of that."""
