"""The driver for every board that speaks samna; chips describe themselves to it."""
