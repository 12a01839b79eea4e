"""Events of pixels from the host through random settings of the pre-processing, and by hand."""

import time

import numpy as np
import samna
from samna.speck2f.event import DvsEvent

rng = np.random.default_rng(2)
kit = samna.device.open_device("Speck2fModuleDevKit")
sink = samna.graph.sink_from(kit.get_model_source_node())
source = samna.graph.source_to(kit.get_model_sink_node())
differ = passed = 0
for _ in range(25):
    config = samna.speck2f.configuration.SpeckConfiguration()
    dvs = config.dvs_layer
    px, py = (int(p) for p in rng.choice([1, 2, 4], 2))
    left, top = int(rng.integers(0, 40 // px)), int(rng.integers(0, 40 // py))
    width, height = (int(side) for side in rng.integers(8, 17, 2))
    flip_x, flip_y, swap, merge, on, off = (bool(flag) for flag in rng.integers(0, 2, 6))
    on = on or not off
    dvs.pooling = {"x": px, "y": py}
    dvs.origin = {"x": left, "y": top}
    dvs.cut.x, dvs.cut.y = left + width - 1, top + height - 1
    dvs.mirror = {"x": flip_x, "y": flip_y}
    dvs.mirror_diagonal, dvs.merge, dvs.on_channel, dvs.off_channel = swap, merge, on, off
    dvs.pass_sensor_events = False
    dvs.destinations[0].enable, dvs.destinations[0].layer = True, 1
    shape = (height, width) if swap else (width, height)
    channels = 1 if merge else 2
    cnn = config.cnn_layers[1]
    cnn.dimensions.input_shape = cnn.dimensions.output_shape = {
        "feature_count": channels,
        "size": {"x": shape[0], "y": shape[1]},
    }
    cnn.weights = (127 * np.eye(channels, dtype=np.int8))[:, :, None, None]
    cnn.biases = [0] * channels
    cnn.neurons_initial_value = np.zeros((channels, *shape), np.int16)
    cnn.threshold_high = 127
    cnn.monitor_enable = True
    kit.get_model().apply_configuration(config)
    kit.get_stop_watch().start()
    events = rng.integers(0, (2, 64, 64), (150, 3))
    source.write(
        [DvsEvent(p=p, y=y, x=x, timestamp=100 * n) for n, (p, y, x) in enumerate(events.tolist())]
    )
    time.sleep(0.1)
    got = [(spike.feature, spike.x, spike.y) for spike in sink.get_events()]
    wanted = []
    for p, row, column in events.tolist():
        x, y = column // px - left, row // py - top
        if (on if p else off) and 0 <= x < width and 0 <= y < height:
            place = (width - 1 - x if flip_x else x, height - 1 - y if flip_y else y)
            wanted.append((0 if merge or on != off else p, *(place[::-1] if swap else place)))
    differ += got != wanted
    passed += len(wanted)
print(differ, passed > 100)
samna.device.close_device(kit)
