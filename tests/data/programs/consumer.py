"""A reader and a consumer with a queue and a timer between them; none of them is joined."""

import queue
import threading
import time

import samna

kit = samna.device.open_device("Speck2fDevKit")
source = samna.graph.source_to(kit.get_model_sink_node())
sink = samna.graph.sink_from(kit.get_model_source_node())
configuration = samna.speck2f.configuration.SpeckConfiguration()
configuration.cnn_layers[8].neurons_initial_value = [[[7]]]
configuration.cnn_layers[8].threshold_high = 100
kit.get_model().apply_configuration(configuration)
states, stopped = queue.Queue(), threading.Event()
start = time.monotonic()


def read():
    while not stopped.wait(0.5):
        source.write([samna.speck2f.event.ReadNeuronValue(layer=8, address=0)])
        for answer in sink.get_n_events(1, timeout=100):
            states.put(answer.neuron_state)
    states.put(None)


def consume():
    count = total = 0
    while (state := states.get()) is not None:
        count, total = count + 1, total + state
    print(count in (19, 20), total == 7 * count, round(time.monotonic() - start))


threading.Thread(target=read).start()
threading.Thread(target=consume).start()
threading.Timer(10, stopped.set).start()
