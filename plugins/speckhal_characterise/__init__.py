"""Measures on an open board what nobody has published; it never asks what an emulation assumes."""
