"""Mocks with one broken rule each: the proof that the conformance suite can fail."""
