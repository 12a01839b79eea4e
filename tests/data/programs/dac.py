"""Asks for a DAC, which is not emulated: refused by its name, after what came before it."""

import samna

kit = samna.device.open_device("Speck2fDevKit")
print("open")
dac = kit.get_dac()
