"""`placed_once`: let equal networks be placed on a chip's cores once, for tests of something else.

Placing is most of what a deployment takes, and touches no board: sinabs converts the network twice,
and the driver compares what comes out with what went in.
"""

from __future__ import annotations

import contextlib
import copy
import io
import pickle
from typing import TYPE_CHECKING, Any
from unittest import mock

import attrs
import torch

from speckhal_samna.network.place import PlacedNetwork, place

if TYPE_CHECKING:
    from collections.abc import Iterator

_PLACED: dict[tuple[bytes, int, int], tuple[object, PlacedNetwork]] = {}


class _ContentPickler(pickle.Pickler):
    """Pickles a tensor by its type, shape and numbers; torch adds where in memory they are."""

    def reducer_override(self, item: object) -> Any:
        if not isinstance(item, torch.Tensor):
            return NotImplemented
        numbers = item.detach().numpy()
        kind = type(item), item.requires_grad, numbers.dtype.str, numbers.shape
        return tuple, ((*kind, numbers.tobytes()),)


@contextlib.contextmanager
def placed_once() -> Iterator[None]:
    """Let all devices place a network once that is equal to the last bit, on an equal chip."""
    with mock.patch("speckhal_samna.device.place", _place_once):
        yield


def _place_once(network: object, input_shape: object, *, chip: Any, kit: Any, **how: Any) -> Any:
    content = io.BytesIO()
    try:
        _ContentPickler(content).dump((network, input_shape, how))
    except Exception:  # noqa: BLE001  # of whatever the network holds
        return place(network, input_shape, chip=chip, kit=kit, **how)  # type: ignore[arg-type]  # as it came
    key = content.getvalue(), id(chip), id(kit)
    if key not in _PLACED:
        placed = place(network, input_shape, chip=chip, kit=kit, **how)  # type: ignore[arg-type]  # as it came
        _PLACED[key] = (chip, kit), placed  # kept, so that no other object gets their ids
    placed = _PLACED[key][1]
    return attrs.evolve(placed, configuration=copy.deepcopy(placed.configuration))
