#!/usr/bin/env python3
"""A recorder with a command line, logging, and a CSV file."""

from __future__ import annotations

import argparse
import csv
import dataclasses
import logging
import sys
import time
from pathlib import Path

import samna

log = logging.getLogger(__name__)


@dataclasses.dataclass
class Row:
    time_s: float
    state: int


def record(rate_hz: int, seconds: float) -> list[Row]:
    with_name = [i for i in samna.device.get_all_devices() if "2f" in i.device_type_name]
    kit = samna.device.open_device(with_name[0])
    try:
        configuration = samna.speck2f.configuration.SpeckConfiguration()
        configuration.cnn_layers[0].biases = [-2]
        configuration.cnn_layers[0].leak_enable = True
        configuration.cnn_layers[0].threshold_low = -1000
        source = samna.graph.source_to(kit.get_model_sink_node())
        sink = samna.graph.sink_from(kit.get_model_source_node())
        kit.get_model().apply_configuration(configuration)
        io = kit.get_io_module()
        io.set_slow_clk_rate(rate_hz)
        io.set_slow_clk(True)
        start, rows = time.perf_counter(), []
        while (now := time.perf_counter() - start) < seconds:
            source.write([samna.speck2f.event.ReadNeuronValue(layer=0, address=0)])
            rows += [Row(now, answer.neuron_state) for answer in sink.get_events_blocking(500)]
            time.sleep(1)
        io.set_slow_clk(False)
        return rows
    finally:
        samna.device.close_device(kit)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="recorder")
    parser.add_argument("--rate-hz", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("out", type=Path)
    options = parser.parse_args(argv)
    logging.basicConfig(format="%(levelname)s %(message)s", stream=sys.stdout, level="INFO")
    rows = record(options.rate_hz, options.seconds)
    with options.out.open("w", newline="") as file:
        csv.writer(file).writerows(dataclasses.astuple(row) for row in rows)
    log.info("%d rows, the last one %d", len(rows), rows[-1].state)
    return 3


if __name__ == "__main__":
    raise SystemExit(main())
