"""What may be wrong with samna, USB and the boards that are plugged in."""
