"""What a plugin author reads: the Protocols of backends and devices, and the data they use."""
