"""Opens a board and closes it at exit."""

import atexit

import samna

kit = samna.device.open_device("Speck2eDevKit")
atexit.register(samna.device.close_device, kit)
