"""Watch neurons leak on any board: python leak.py [mock | mock:speck2e | speck2f | ...]."""

import sys

import speckhal

# 2x2 neurons that start at their threshold, with a bias that each tick adds. A list of layers in
# chip units is a network for every backend; a network of sinabs layers is one for every Speck.
layers = [speckhal.LayerSpec((1, 2, 2), biases=[-13], threshold_high=127, initial=127)]
INPUT_SHAPE = (1, 2, 2)  # (channels, height, width)

with speckhal.open_device(sys.argv[1] if len(sys.argv) > 1 else None) as device:
    # ticks on demand, which are exact; leak_config(rate_hz=1) is for a clock that runs by itself
    leak = device.leak_config(drive=speckhal.ClockDrive.STEPPED)
    layer = device.deploy(layers, input_shape=INPUT_SHAPE, leak=leak).layer(0)
    print(f"{device.info.board}: every tick adds {layer.biases[0]} of {layer.threshold_high}")
    trace = speckhal.measure_leak(
        device,
        ticks=10,
        on_reading=lambda reading, _: print(f"tick {reading.ticks:2}  {reading.v_mem.ravel()}"),
    )
print(speckhal.judge(trace, layer).answer.value)
