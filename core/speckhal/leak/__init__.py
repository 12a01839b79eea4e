"""The leak experiment, and what its readings say of the chip."""
