"""Measures power, which is not emulated: refused by its name, after what came before it."""

import samna

kit = samna.device.open_device("Speck2fDevKit")
print("open")
monitor = kit.get_power_monitor()
sink = samna.graph.sink_from(monitor.get_source_node())
monitor.start_auto_power_measurement(100)
