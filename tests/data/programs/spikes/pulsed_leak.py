"""Biases that pulses of the slow clock add between spikes: what fires, what stops at the floor."""

import time

import samna

WEIGHTS, BIASES = (20, -30, 0), (3, -4, 50)


def add(v, fired, values, skip=None):
    for number, value in enumerate(values):
        if value != skip:
            v[number] = max(v[number] + value, -70)
            if v[number] >= 100:
                v[number] -= 100
                fired[number] += 1


for chip, name in ((samna.speck2f, "Speck2fModuleDevKit"), (samna.speck2e, "Speck2eTestBoard")):
    board = samna.device.open_device(name)
    config = chip.configuration.SpeckConfiguration()
    cnn = config.cnn_layers[4]
    cnn.dimensions.output_shape.feature_count = 3
    cnn.weights = [[[[weight]]] for weight in WEIGHTS]
    cnn.biases = BIASES
    cnn.neurons_initial_value = [[[0]]] * 3
    cnn.threshold_high, cnn.threshold_low = 100, -70
    cnn.leak_enable = cnn.monitor_enable = True
    board.get_model().apply_configuration(config)
    io = board.get_io_module()
    io.set_slow_clk(False)
    sink = samna.graph.sink_from(board.get_model_source_node())
    source = samna.graph.source_to(board.get_model_sink_node())
    v, fired = [0] * 3, [0] * 3
    for step in range(20):
        io.pulse_slow_clk()
        add(v, fired, BIASES)
        if step % 3 == 0:
            source.write([chip.event.Spike(layer=4)])
            add(v, fired, WEIGHTS, skip=0)
        time.sleep(0.01)
    source.write([chip.event.ReadNeuronValue(layer=4, address=n) for n in range(3)])
    time.sleep(0.1)
    out = sink.get_events()
    states = [e.neuron_state for e in out if isinstance(e, chip.event.NeuronValue)]
    spikes = [e.feature for e in out if isinstance(e, chip.event.Spike)]
    print(states == v, [spikes.count(n) for n in range(3)] == fired, fired)
    samna.device.close_device(board)
