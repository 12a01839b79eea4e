"""Which emulated boards there are, the options they take, and what plugs them in."""
