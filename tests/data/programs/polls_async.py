"""Several tasks wait for a board in one event loop."""

import asyncio
import time

import samna


async def read(source, sink, found):
    while len(found) < 5:
        source.write([samna.speck2f.event.ReadNeuronValue(layer=1, address=0)])
        await asyncio.sleep(1)
        found += [answer.neuron_state for answer in sink.get_events()]


async def main():
    kit = samna.device.open_device("Speck2fDevKit")
    configuration = samna.speck2f.configuration.SpeckConfiguration()
    configuration.cnn_layers[1].biases, configuration.cnn_layers[1].leak_enable = [-1], True
    configuration.cnn_layers[1].threshold_low = -100
    source = samna.graph.source_to(kit.get_model_sink_node())
    sink = samna.graph.sink_from(kit.get_model_source_node())
    kit.get_model().apply_configuration(configuration)
    for _ in range(3):
        kit.get_model().apply_configuration(configuration)
    io, found, start = kit.get_io_module(), [], time.monotonic()
    io.set_slow_clk_rate(5)
    io.set_slow_clk(True)
    ticker = asyncio.create_task(asyncio.sleep(3600))
    await asyncio.wait_for(read(source, sink, found), timeout=30)
    ticker.cancel()
    falls = [first - then for first, then in zip(found, found[1:])]
    print(len(found), all(abs(fall - 5) <= 1 for fall in falls), round(time.monotonic() - start))


asyncio.run(main())
