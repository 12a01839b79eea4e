"""Whether destinations exist, and take what a core or the DVS delivers to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speckhal_mock.emulation.core import READOUT
from speckhal_mock.emulation.sensor.dvs_events import SENSOR_SIZE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from speckhal_mock.sdk.configurations import ByteVec2, CnnLayerConfig, DvsLayerConfig

_POOLINGS = (1, 2, 4)


def pair(vector: ByteVec2) -> tuple[int, int]:
    """(x, y) of a vector."""
    return vector.x, vector.y


def shown(size: tuple[int, int]) -> str:
    """An (x, y) pair, for a message."""
    return "x {}, y {}".format(*size)


def one_of(what: str, value: int, allowed: Sequence[int]) -> Iterator[str]:
    """A sentence, if `value` is not one of those `allowed`."""
    if value not in allowed:
        yield f"{what} is {value}; it must be one of {', '.join(map(str, allowed))}."


def core_routes(name: str, core: CnnLayerConfig, cores: Sequence[CnnLayerConfig]) -> Iterator[str]:
    """What is wrong with the enabled destinations of a core."""
    size = core.dimensions.output_shape.size
    for number, destination in enumerate(core.destinations):
        if not destination.enable:
            continue
        what, pooling = f"{name}: destinations[{number}]", destination.pooling
        if pooling in _POOLINGS:
            yield from _route(
                what, (size.x // pooling, size.y // pooling), destination.layer, cores
            )
        else:
            yield from one_of(f"{what}.pooling", pooling, _POOLINGS)


def dvs_routes(dvs: DvsLayerConfig, cores: Sequence[CnnLayerConfig]) -> Iterator[str]:
    """What is wrong with what the event pre-processing delivers, and where to."""
    poolings = pair(dvs.pooling)
    if not set(poolings).issubset(_POOLINGS):
        for axis, pooling in zip("xy", poolings, strict=True):
            yield from one_of(f"dvs_layer.pooling.{axis}", pooling, _POOLINGS)
        return
    width, height = (
        # the region is cut out of what pooling leaves of the sensor, both corners included
        min(last, SENSOR_SIZE // pooling - 1) - first + 1
        for first, last, pooling in zip(pair(dvs.origin), pair(dvs.cut), poolings, strict=True)
    )
    if min(width, height) < 1:
        yield (
            f"dvs_layer.origin ({shown(pair(dvs.origin))}) and dvs_layer.cut "
            f"({shown(pair(dvs.cut))}) leave nothing of the sensor after pooling by "
            f"{shown(poolings)}; origin must not lie beyond cut, nor outside the sensor."
        )
        return
    delivered = (height, width) if dvs.mirror_diagonal else (width, height)
    for number, destination in enumerate(dvs.destinations):
        if destination.enable:
            what = f"dvs_layer.destinations[{number}]"
            yield from _route(what, delivered, destination.layer, cores)
            yield from _features(what, dvs, destination.layer, cores)


def _route(
    what: str, delivered: tuple[int, int], target: int, cores: Sequence[CnnLayerConfig]
) -> Iterator[str]:
    if target == READOUT:
        return
    if target not in range(len(cores)):
        yield (
            f"{what}.layer is {target}; it must be a core, 0..{len(cores) - 1}, or {READOUT}, "
            f"the readout."
        )
        return
    taken = pair(cores[target].dimensions.input_shape.size)
    if delivered != taken:
        yield (
            f"{what}: input and target shape do not match: it delivers maps of "
            f"{shown(delivered)}, and core {target} takes maps of {shown(taken)}."
        )


def _features(
    what: str, dvs: DvsLayerConfig, target: int, cores: Sequence[CnnLayerConfig]
) -> Iterator[str]:
    if target not in range(len(cores)):
        return
    delivered: tuple[int, ...] = (2,)
    if dvs.merge:
        delivered = (1,)
    elif not (dvs.on_channel and dvs.off_channel):
        # one polarity comes as feature 0, and users' programs send it to cores that take two
        delivered = (1, 2)
    taken = cores[target].dimensions.input_shape.feature_count
    if taken not in delivered:
        yield (
            f"{what}: core {target} takes {taken} features, and the DVS delivers "
            f"{' or '.join(map(str, delivered))} with merge {'on' if dvs.merge else 'off'}."
        )
