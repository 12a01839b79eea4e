"""An open board that speaks samna: its requests, its slow clock, its way to be closed."""
