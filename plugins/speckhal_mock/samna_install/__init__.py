"""Puts the emulated samna where `import samna` finds it."""
