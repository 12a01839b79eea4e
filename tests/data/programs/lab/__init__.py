"""A small package of a laboratory."""
