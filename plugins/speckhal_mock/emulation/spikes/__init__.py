"""How spikes go through the emulated chip, event by event. Imported only when spikes flow."""
