"""A new plugin, written after a chip that is known or for any other board, and green at once."""
