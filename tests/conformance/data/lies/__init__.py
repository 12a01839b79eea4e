"""Backends that lie, and modest ones; importable as a package of their own."""
