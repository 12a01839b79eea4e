"""From the leak that is wanted to the biases and the clock rate that give it."""
