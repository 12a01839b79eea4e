"""Which emulated boards there are, and what plugs them in."""
