"""Eight threads write, one waits without a time-out, one is a timer; a pool and asyncio go on."""

import asyncio
import queue
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import samna
from samna.speck2e.event import Spike

board = samna.device.open_device("Speck2eTestBoard")
config = samna.speck2e.configuration.SpeckConfiguration()
cnn = config.cnn_layers[6]
cnn.dimensions.input_shape.feature_count = cnn.dimensions.output_shape.feature_count = 8
cnn.weights = [[[[50 * (out == into)]] for into in range(8)] for out in range(8)]
cnn.biases = [0] * 8
cnn.neurons_initial_value = [[[0]]] * 8
cnn.threshold_high = 100
cnn.monitor_enable = True
board.get_model().apply_configuration(config)
time.sleep(1)
sink = samna.graph.sink_from(board.get_model_source_node())
source = samna.graph.source_to(board.get_model_sink_node())
seen = queue.Queue()


def consume():
    while seen.qsize() < 8 * 10:
        for event in sink.get_events_blocking():
            seen.put(event.feature)


def produce(feature):
    for _ in range(20):
        source.write([Spike(layer=6, feature=feature)])
        time.sleep(0.002)


board.get_stop_watch().start()
threads = [threading.Thread(target=consume)]
threads += [threading.Thread(target=produce, args=(feature,)) for feature in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(seen.qsize())
print(set(Counter(seen.get_nowait() for _ in range(seen.qsize())).values()))

with ThreadPoolExecutor(4) as pool:
    list(pool.map(produce, range(4)))
time.sleep(0.1)
print(len(sink.get_events()))

threading.Timer(0.5, source.write, [[Spike(layer=6)] * 2]).start()
begun = time.monotonic()
print(len(sink.get_events_blocking(2000)), time.monotonic() - begun >= 0.5)


async def poll(events):
    while True:
        events += sink.get_events()
        await asyncio.sleep(0.005)


async def record():
    events = []
    polling = asyncio.create_task(poll(events))
    for _ in range(10):
        source.write([Spike(layer=6, feature=7)])
        await asyncio.sleep(0.001)
    await asyncio.sleep(0.1)
    polling.cancel()
    return len(events)


print(asyncio.run(record()))
samna.device.close_device(board)
