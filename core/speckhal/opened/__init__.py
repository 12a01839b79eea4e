"""What users hold while a board is open."""
