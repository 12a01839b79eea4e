"""What the picture of a leak is made of; `speckhal.runs.plotting` puts it together."""
