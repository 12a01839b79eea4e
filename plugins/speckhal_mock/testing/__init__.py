"""Breaks a mock on purpose: one of its rules, or one of its calls."""
