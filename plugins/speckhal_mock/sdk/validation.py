"""Whether a configuration can be written to a chip and, where it cannot, why.

The vendor publishes no list of what it checks. Checked here are the ranges that its reference
prints, the limits on the chip's page, and what its known messages complain about: maps of a
producer that do not match those of the consumer (sinabs issue 274), a core that expects other
channels than the DVS has (issue 177). That tensors must fit the dimensions, and dimensions each
other and the memories, is assumed.

Programs that work on hardware show what must *not* be refused: rings of cores, two destinations
that are the same core, feature shifts, any number of channels into the readout, biases without
leak, cores left as they come, and whatever stands in a destination that is not enabled.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from speckhal.contract.address import memory_words
from speckhal.contract.chip import CoreMemory, kernel_words
from speckhal.contract.facts import Range
from speckhal_mock.pybind.structs import array_of
from speckhal_mock.sdk.left_alone import is_left_alone
from speckhal_mock.sdk.route_checks import core_routes, dvs_routes, one_of, pair, shown
from speckhal_samna.speck_facts import CHANNELS, DIVIDERS, MAP_SIZE, THRESHOLD_HIGH, THRESHOLD_LOW

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from speckhal_mock.sdk.configurations import (
        CnnLayerConfig,
        CnnLayerDimensions,
        SpeckConfiguration,
    )

_INPUT_SIZE = Range(1, 128)
_KERNEL_SIZE = Range(1, 16)
_PADDING = Range(0, 7)
_STRIDES = (1, 2, 4, 8)
_DECIMATOR_INTERVAL = Range(0, 7)
_OUTPUT_MODE = Range(0, 3)
_READOUT_NEURON = Range(0, 15)
_READOUT_CONFIGURATION = Range(0, 3)
_FILTER_SIZE = Range(0, 15)
"""Of the sensor's filter, four bits (dev kit data sheet, 3.2.2); 0 is for its low-pass mode."""


def validate_configuration(
    configuration: SpeckConfiguration,
    memories: Sequence[CoreMemory],
    *,
    fast_output_limits_monitors: bool = False,
) -> tuple[bool, str]:
    """Whether the chip can take `configuration`, and one sentence for each reason why not.

    Args:
        configuration: the emulation's or the vendor's own; only attributes are read.
        memories: of the chip's cores, in order.
        fast_output_limits_monitors: whether fast output leaves room for one monitor only.
    """
    problems = list(_problems(configuration, memories))
    if fast_output_limits_monitors:
        problems.extend(_fast_output(configuration))
    return not problems, " ".join(problems)


def _problems(configuration: SpeckConfiguration, memories: Sequence[CoreMemory]) -> Iterator[str]:
    cores, readout = configuration.cnn_layers, configuration.readout
    for index, (core, memory) in enumerate(zip(cores, memories, strict=True)):
        yield from _core(f"Core {index}", core, memory)
        yield from core_routes(f"Core {index}", core, cores)
    yield from dvs_routes(configuration.dvs_layer, cores)
    divider = configuration.factory_config.internal_slow_clk_divider
    filter_size = configuration.dvs_filter.filter_size
    for what, value, allowed in (
        ("readout.output_mode_sel", readout.output_mode_sel, _OUTPUT_MODE),
        ("readout.output_neuron_num", readout.output_neuron_num, _READOUT_NEURON),
        (
            "readout.readout_configuration_sel",
            readout.readout_configuration_sel,
            _READOUT_CONFIGURATION,
        ),
        ("dvs_filter.filter_size.x", filter_size.x, _FILTER_SIZE),
        ("dvs_filter.filter_size.y", filter_size.y, _FILTER_SIZE),
        ("factory_config.internal_slow_clk_divider", divider, DIVIDERS.value),
    ):
        yield from _in_range(what, value, allowed)


def _in_range(what: str, value: int, allowed: Range) -> Iterator[str]:
    if value not in allowed:
        yield f"{what} is {value}; it must lie in {allowed}."


def _core(name: str, core: CnnLayerConfig, memory: CoreMemory) -> Iterator[str]:
    yield from _in_range(f"{name}: threshold_high", core.threshold_high, THRESHOLD_HIGH.value)
    if core.threshold_low == 0:
        yield (
            f"{name}: threshold_low is 0, at which the chips have a known fault (erratum); it must "
            f"lie in {THRESHOLD_LOW.value}, and -1 comes closest."
        )
    else:
        yield from _in_range(f"{name}: threshold_low", core.threshold_low, THRESHOLD_LOW.value)
    interval = core.output_decimator_interval
    yield from _in_range(f"{name}: output_decimator_interval", interval, _DECIMATOR_INTERVAL)
    misshapen = list(_geometry(f"{name}: dimensions", core.dimensions))
    yield from misshapen or _sizes(name, core, memory)


def _geometry(what: str, dimensions: CnnLayerDimensions) -> Iterator[str]:
    """Whether each of the dimensions is in range by itself."""
    yield from _in_range(f"{what}.kernel_size", dimensions.kernel_size, _KERNEL_SIZE)
    paddings, strides = pair(dimensions.padding), pair(dimensions.stride)
    for axis, padding, stride in zip("xy", paddings, strides, strict=True):
        yield from _in_range(f"{what}.padding.{axis}", padding, _PADDING)
        yield from one_of(f"{what}.stride.{axis}", stride, _STRIDES)
    for end, shape, sizes in (
        ("input_shape", dimensions.input_shape, _INPUT_SIZE),
        ("output_shape", dimensions.output_shape, MAP_SIZE.value),
    ):
        yield from _in_range(f"{what}.{end}.feature_count", shape.feature_count, CHANNELS.value)
        yield from _in_range(f"{what}.{end}.size.x", shape.size.x, sizes)
        yield from _in_range(f"{what}.{end}.size.y", shape.size.y, sizes)


def _sizes(name: str, core: CnnLayerConfig, memory: CoreMemory) -> Iterator[str]:
    """Whether output, tensors and memories go with dimensions that are in range."""
    dimensions = core.dimensions
    kernel, given, output = (
        dimensions.kernel_size,
        dimensions.input_shape,
        dimensions.output_shape,
    )
    padding, stride = pair(dimensions.padding), pair(dimensions.stride)
    size = tuple(
        (pixels + 2 * padded - kernel) // stepped + 1
        for pixels, padded, stepped in zip(pair(given.size), padding, stride, strict=True)
    )
    if size != pair(output.size):
        yield (
            f"{name}: dimensions.output_shape.size is {shown(pair(output.size))}; an input of "
            f"{shown(pair(given.size))} with kernel size {kernel}, padding {shown(padding)} and "
            f"stride {shown(stride)} makes {shown((size[0], size[1]))}."
        )
    features, channels = output.feature_count, given.feature_count
    for member, wanted in (
        ("weights", (features, channels, kernel, kernel)),
        ("biases", (features,)),
        ("neurons_initial_value", (features, *pair(output.size))),
    ):
        shape = array_of(core, member).shape
        if shape != wanted and not is_left_alone(core, member):
            yield f"{name}: {member} has the shape {shape}; the dimensions ask for {wanted}."
    need = CoreMemory(
        kernel_words(channels, (kernel, kernel), features),
        memory_words((features, output.size.y, output.size.x)),
        features,
    )
    for kind, (needed, there) in memory.shortfalls(need).items():
        yield f"{name}: needs {needed} words of {kind} memory; this core has {there}."


def _fast_output(configuration: SpeckConfiguration) -> Iterator[str]:
    """The rule for fast output, from the vendor's change log (0.17.23, Speck2e)."""
    if not getattr(configuration.factory_config, "fast_output", False):
        return
    dvs, cores = configuration.dvs_layer, configuration.cnn_layers
    monitors = {
        "dvs_layer.raw_monitor_enable": dvs.raw_monitor_enable,
        "dvs_layer.monitor_enable": dvs.monitor_enable,
        **{f"cnn_layers[{i}].monitor_enable": core.monitor_enable for i, core in enumerate(cores)},
    }
    enabled = [monitor for monitor, is_on in monitors.items() if is_on]
    if len(enabled) > 1:
        yield (
            f"factory_config.fast_output is on together with {', '.join(enabled)}; with it at "
            f"most one monitor may be on."
        )
