"""The cases, by topic. Each module lists its own in `CASES`."""
