"""Shows on a screen what the sensor sees and what a network makes of it, on each kit in turn."""

import multiprocessing
import time

import samna
import samnagui

ENDPOINT = "tcp://0.0.0.0:40000"


def shown(graph, kit, chip):
    """Connects a kit to a window; gives what the window is configured with."""
    prefix, source = chip.capitalize(), kit.get_model_source_node()
    _, _, streamer = graph.sequential([source, f"{prefix}DvsToVizConverter", "VizEventStreamer"])
    window, _ = graph.sequential([samna.BasicSourceNode_ui_event(), streamer])
    _, spikes, collection, count, _ = graph.sequential(
        [
            source,
            f"{prefix}OutputEventTypeFilter",
            f"{prefix}SpikeCollectionNode",
            f"{prefix}SpikeCountNode",
            streamer,
        ]
    )
    spikes.set_desired_type(f"{chip}::event::Spike")
    collection.set_interval_milli_sec(100)
    count.set_feature_count(1)
    streamer.set_streamer_endpoint(ENDPOINT)
    if streamer.wait_for_receiver_count() == 0:
        raise RuntimeError("connecting to the visualizer failed")
    return window


def network(chip):
    """The sensor, one core that halves its picture, and the readout with its pins."""
    configuration = getattr(samna, chip).configuration.SpeckConfiguration()
    dvs, core = configuration.dvs_layer, configuration.cnn_layers[0]
    dvs.monitor_enable = dvs.merge = True
    dvs.destinations[0].enable, dvs.destinations[0].layer = True, 0
    core.dimensions.input_shape = {"feature_count": 1, "size": {"x": 128, "y": 128}}
    core.dimensions.output_shape = {"feature_count": 1, "size": {"x": 64, "y": 64}}
    core.dimensions.kernel_size = 2
    core.dimensions.stride = {"x": 2, "y": 2}
    core.weights = [[[[1, 1], [1, 1]]]]
    core.biases = [0]
    core.neurons_initial_value = [[[0] * 64] * 64]
    core.threshold_high, core.monitor_enable = 10, True
    core.destinations[0].enable, core.destinations[0].layer = True, 12
    configuration.readout.enable = configuration.readout.readout_pin_monitor_enable = True
    configuration.dvs_filter.enable = True
    return configuration


def main(name, chip):
    kit = samna.device.open_device(name)
    kit.reset_board_soft(True)
    gui = multiprocessing.Process(target=samnagui.run_visualizer, args=(ENDPOINT, 0.6, 0.6))
    gui.start()
    graph = samna.graph.EventFilterGraph()
    window = shown(graph, kit, chip)
    graph.start()
    plot = samna.ui.ActivityPlotConfiguration(128, 128, "DVS", [0, 0, 0.5, 1])
    window.write([samna.ui.VisualizerConfiguration(plots=[plot])])
    sink = samna.graph.sink_from(kit.get_model_source_node())
    to_chip = samna.graph.source_to(kit.get_model_sink_node())

    kit.get_power_module().set_vdd_io(2.5)
    kit.get_io_module().set_in_out_interface_clk_rate(1_000_000)
    kit.get_io_module().set_slow_clk(True)
    kit.get_model().apply_configuration(network(chip))
    to_chip.write([getattr(samna, chip).event.KillSensorPixel(3, 4)])
    kit.get_stop_watch().start(reset=True)
    time.sleep(2)
    print(name, len(sink.get_events()), sink.get_events_blocking(timeout=20) == [])
    gui.join()
    graph.stop()
    samna.device.close_device(kit)


if __name__ == "__main__":
    main("Speck2fDevKit", "speck2f")
    main("Speck2eDevKit", "speck2e")
    main("Speck2eTestBoard", "speck2e")
    main("Speck2fModuleDevKit", "speck2f")
