"""Nine cores by hand: strides, shifts, a circle, hard resets, against a loop over neurons."""

import time
from collections import deque

import numpy as np
import samna

rng = np.random.default_rng(5)
NETWORK = {  # core: weights, input size, padding, stride, destinations as (core, pooling, shift)
    0: (rng.integers(0, 40, (4, 2, 3, 3)), 16, 1, 1, [(1, 2, 0), (2, 4, 0)]),
    1: (rng.integers(-10, 30, (8, 4, 3, 3)), 8, 1, 2, [(3, 1, 0), (3, 1, 8)]),
    2: (rng.integers(0, 40, (4, 4, 1, 1)), 4, 0, 1, [(4, 1, 0)]),
    3: (rng.integers(-12, 16, (8, 16, 3, 3)), 4, 1, 1, [(5, 2, 0), (6, 1, 0)]),
    4: (rng.integers(0, 8, (4, 4, 1, 1)), 4, 0, 1, [(2, 1, 0), (6, 1, 8)]),
    5: (rng.integers(-5, 30, (8, 8, 2, 2)), 2, 0, 1, [(7, 1, 0)]),
    6: (rng.integers(-3, 20, (4, 12, 4, 4)), 4, 0, 1, [(7, 1, 8)]),
    7: (rng.integers(0, 20, (12, 12, 1, 1)), 1, 0, 1, [(8, 1, 0)]),
    8: (rng.integers(0, 20, (4, 12, 1, 1)), 1, 0, 1, [(12, 1, 0)]),
}
HIGH, LOW, TO_ZERO = 100, -80, {2, 5}


def size_behind(core):
    weights, size, padding, stride, _ = NETWORK[core]
    return (size + 2 * padding - weights.shape[2]) // stride + 1


def by_hand(events):
    """Spikes of each core and all states, where an event is done before the next one comes."""
    states = {
        n: np.zeros((len(NETWORK[n][0]), size_behind(n), size_behind(n)), int) for n in range(9)
    }
    fired = dict.fromkeys(range(9), 0)
    for event in events:
        waiting = deque([event])
        while waiting:
            core, channel, x, y = waiting.popleft()
            if core == 12:
                continue
            weights, _, padding, stride, destinations = NETWORK[core]
            state = states[core]
            for kx, ky in np.ndindex(weights.shape[2:]):
                ox, nx = divmod(x + padding - kx, stride)
                oy, ny = divmod(y + padding - ky, stride)
                if nx or ny or not (0 <= ox < state.shape[1] and 0 <= oy < state.shape[2]):
                    continue
                for feature, weight in enumerate(weights[:, channel, kx, ky]):
                    v = max(state[feature, ox, oy] + weight, LOW)
                    if weight and v >= HIGH:
                        v = 0 if core in TO_ZERO else v - HIGH
                        fired[core] += 1
                        waiting += [
                            (to, feature + s, ox // p, oy // p) for to, p, s in destinations
                        ]
                    state[feature, ox, oy] = v
    return fired, states


for chip, name in ((samna.speck2f, "Speck2fDevKit"), (samna.speck2e, "Speck2eDevKit")):
    config = chip.configuration.SpeckConfiguration()
    for core, (weights, size, padding, stride, destinations) in NETWORK.items():
        cnn, inner = config.cnn_layers[core], size_behind(core)
        features, channels, kernel, _ = weights.shape
        cnn.dimensions = {
            "kernel_size": kernel,
            "padding": {"x": padding, "y": padding},
            "stride": {"x": stride, "y": stride},
            "input_shape": {"feature_count": channels, "size": {"x": size, "y": size}},
            "output_shape": {"feature_count": features, "size": {"x": inner, "y": inner}},
        }
        cnn.weights = weights.tolist()
        cnn.biases = [0] * features
        cnn.neurons_initial_value = np.zeros((features, inner, inner), int).tolist()
        cnn.threshold_high, cnn.threshold_low = HIGH, LOW
        cnn.return_to_zero = core in TO_ZERO
        cnn.monitor_enable = True
        for number, (to, pooling, shift) in enumerate(destinations):
            destination = cnn.destinations[number]
            destination.enable, destination.layer = True, to
            destination.pooling, destination.feature_shift = pooling, shift
    kit = samna.device.open_device(name)
    model = kit.get_model()
    sink = samna.graph.sink_from(model.get_source_node())
    source = samna.graph.source_to(model.get_sink_node())
    model.apply_configuration(config)
    time.sleep(0.5)
    kit.get_stop_watch().start()
    events = [(0, int(f), int(x), int(y)) for f, x, y in rng.integers(0, (2, 16, 16), (150, 3))]
    source.write(
        [chip.event.Spike(layer=n, feature=f, x=x, y=y, timestamp=5000 * (k + 1))
         for k, (n, f, x, y) in enumerate(events)]
    )  # fmt: skip
    time.sleep(1)
    got = [event.layer for event in sink.get_events()]
    fired, states = by_hand(events)
    print({core: got.count(core) for core in range(9)} == fired, sum(fired.values()) > 1000)
    read = chip.event.ReadNeuronValue
    source.write(
        [read(layer=2, address=c | x << 2 | y << 4) for c, x, y in np.ndindex(4, 4, 4)]
        + [read(layer=7, address=c) for c in range(12)]
    )
    time.sleep(0.1)
    values = [event.neuron_state for event in sink.get_events()]
    print(values == [*states[2].ravel(), *states[7].ravel()], len(set(values)) > 10)
    samna.device.close_device(kit)
