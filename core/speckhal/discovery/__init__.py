"""Finds plugins by entry point, loads them guarded, and opens the board that was selected."""
