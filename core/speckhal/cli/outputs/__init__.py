"""Files that commands write, and what becomes of them where that fails."""
