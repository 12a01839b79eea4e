"""The backends that open emulated boards, and what the core asks of a backend besides."""
