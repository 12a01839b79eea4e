"""Drive leaky neurons with spikes on the board that SPECKHAL_BACKEND names, or else on the mock."""

import numpy as np

import speckhal

# Two channels of 8 x 8 neurons, in chip units. A spike at a place of the input adds 127 to the
# neurons of both channels there, and four in a row reach the threshold. Channel 0 leaks.
WEIGHT, THRESHOLD, LEAK, CLOCK_HZ = 127, 508, 14, 1000
RATES_HZ = np.array([40, 60, 80, 100, 120, 160, 240, 320])  # of the input, for each column
SHAPE = (2, 8, len(RATES_HZ))  # (channels, height, width)
layers = [speckhal.LayerSpec(SHAPE, biases=[-LEAK, 0], threshold_high=THRESHOLD, threshold_low=-1)]

# One second of random spikes
random = np.random.default_rng(0)
counts = random.poisson(RATES_HZ, size=SHAPE[1:])
y, x = (np.repeat(axis, counts.ravel()) for axis in np.indices(counts.shape).reshape(2, -1))
time_us = random.integers(0, 1_000_000, counts.sum())
spikes = speckhal.Spikes(time_us=time_us, layer=0, channel=0, y=y, x=x).sorted()

with speckhal.open_device() as device:
    leak = device.leak_config(rate_hz=CLOCK_HZ)
    device.deploy(layers, input_shape=(1, *counts.shape), leak=leak, monitor=[0])
    device.start_slow_clock()
    fired = device.stimulate(spikes)
    device.stop_slow_clock()
    print(f"{device.info.board}: {len(spikes)} spikes in, {len(fired)} out")

print(f"The leak takes what {LEAK * CLOCK_HZ / WEIGHT:.0f} spikes a second bring.")
leaking_hz, steady_hz = fired.counts(SHAPE).mean(axis=1)  # over the rows of each channel
for column in zip(RATES_HZ, leaking_hz, steady_hz, strict=True):
    print("{:4} Hz in: {:5.1f} Hz with the leak, {:5.1f} Hz without".format(*column))
