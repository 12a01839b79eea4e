"""Replays records: a file as a device, which answers what was recorded and refuses the rest."""
