"""Mocks with one broken rule each: the proof that the conformance kit can fail."""
