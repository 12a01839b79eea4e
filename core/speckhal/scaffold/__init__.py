"""A new plugin for a chip like one that is known: a distribution that is green from the start."""
