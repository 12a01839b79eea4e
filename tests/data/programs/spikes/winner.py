"""A hand-made network of nine cores with inhibition between its last two, by a graph of nodes."""

import time

import numpy as np
import samna
from samna.speck2e import configuration, event

rng = np.random.default_rng(3)
config = configuration.SpeckConfiguration()


def layer(core, weights, size, padding=0, to=(), threshold=120, low=-120):
    out, channels, kernel, _ = weights.shape
    inner = size + 2 * padding - kernel + 1
    cnn = config.cnn_layers[core]
    cnn.dimensions = {
        "kernel_size": kernel,
        "padding": {"x": padding, "y": padding},
        "stride": {"x": 1, "y": 1},
        "input_shape": {"feature_count": channels, "size": {"x": size, "y": size}},
        "output_shape": {"feature_count": out, "size": {"x": inner, "y": inner}},
    }
    cnn.weights = weights.astype(np.int8)
    cnn.biases = np.zeros(out, dtype=np.int16)
    cnn.neurons_initial_value = np.zeros((out, inner, inner), dtype=np.int16)
    cnn.threshold_high, cnn.threshold_low = threshold, low
    for number, (target, pooling, shift) in enumerate(to):
        cnn.destinations[number].enable = True
        cnn.destinations[number].layer = target
        cnn.destinations[number].pooling = pooling
        cnn.destinations[number].feature_shift = shift


layer(0, rng.integers(0, 20, (4, 2, 3, 3)), 16, 1, [(1, 2, 0)])
layer(1, rng.integers(0, 12, (4, 4, 3, 3)), 8, 1, [(2, 1, 0), (3, 2, 0)])
layer(2, rng.integers(-4, 12, (4, 4, 3, 3)), 8, 1, [(3, 2, 4)])
layer(3, rng.integers(-4, 14, (4, 8, 3, 3)), 4, 1, [(4, 1, 0)])
layer(4, rng.integers(-4, 14, (4, 4, 3, 3)), 4, 1, [(5, 1, 0)])
layer(5, rng.integers(-10, 40, (8, 4, 4, 4)), 4, 0, [(6, 1, 0)])
layer(6, rng.integers(0, 60, (4, 8, 1, 1)), 1, 0, [(7, 1, 0)])
# 7 is the winner's: 4 inputs from 6, 4 from 8, which hands back what 7 fires to all others
against = np.full((4, 4), -100) + np.diag([100] * 4)
layer(7, np.concatenate([np.diag([90] * 4), against], axis=1)[:, :, None, None], 1, 0, [(8, 1, 0)])
layer(8, np.diag([120] * 4)[:, :, None, None], 1, 0, [(7, 1, 4)])
for core in (6, 7, 8):
    config.cnn_layers[core].monitor_enable = True

devices = [d for d in samna.device.get_unopened_devices() if "Speck2e" in d.device_type_name]
board = samna.device.open_device(devices[0])
graph = samna.graph.EventFilterGraph()
_, select, sink = graph.sequential(
    [board.get_model_source_node(), "Speck2eOutputEventTypeFilter",
     samna.BasicSinkNode_speck2e_event_output_event()]
)  # fmt: skip
select.set_desired_type("speck2e::event::Spike")
feed = samna.graph.EventFilterGraph()
source, _ = feed.sequential(
    [samna.BasicSourceNode_speck2e_event_speck2e_input_event(), board.get_model_sink_node()]
)
graph.start()
feed.start()
board.get_model().apply_configuration(config)
time.sleep(1)
watch = board.get_stop_watch()
for _ in range(3):
    sink.get_events()
    watch.reset()
    watch.start()
    times = np.sort(rng.integers(0, 50_000, 1500))
    source.write(
        [event.Spike(layer=0, feature=f, y=y, x=x, timestamp=t)
         for t, f, y, x in zip(times, *rng.integers(0, (2, 16, 16), (1500, 3)).T)]
    )  # fmt: skip
    got = []
    while True:
        time.sleep(0.06)
        new = sink.get_events()
        if not new:
            break
        got += new
    watch.stop()
    fired = {core: sum(e.layer == core for e in got) for core in (6, 7, 8)}
    print(fired[6] > fired[7] > 0, fired[7] == fired[8], max(e.timestamp for e in got) < 55_000)
    board.get_model().apply_configuration(config)
graph.stop()
feed.stop()
samna.device.close_device(board)
