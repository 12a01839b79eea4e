"""How anything reaches a terminal: width, style, errors and streams that fail."""
