"""A pool measures all boards that are plugged in at the same time, and a queue gathers it."""

import concurrent.futures
import queue
import time

import samna

gathered = queue.Queue()


def measure(info):
    chip = samna.speck2e if "2e" in info.device_type_name else samna.speck2f
    kit = samna.device.open_device(info)
    kit.get_model().apply_configuration(chip.configuration.SpeckConfiguration())
    time.sleep(2)
    gathered.put(info.device_type_name)
    samna.device.close_device(kit)
    return info.usb_device_address


start = time.monotonic()
with concurrent.futures.ThreadPoolExecutor() as pool:
    addresses = list(pool.map(measure, samna.device.get_all_devices()))
print(len(addresses), "boards in", round(time.monotonic() - start), "s")
names = []
while True:
    try:
        names.append(gathered.get(timeout=5))
    except queue.Empty:
        break
print(sorted(names), round(time.monotonic() - start))
