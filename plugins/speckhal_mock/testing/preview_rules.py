"""Rules of a preview: that it is what deploying returns, and leaves the board alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from speckhal.contract.deployment import Deployment
from speckhal.contract.errors import NetworkDoesNotFit
from speckhal_mock.testing.breakage import Breakage, around, device_method

if TYPE_CHECKING:
    from collections.abc import Callable

    from speckhal_samna.device import SamnaDevice

    Preview = Callable[..., Deployment]


def _without_leak(preview: Preview, *arguments: object, **named: object) -> Deployment:
    previewed = preview(*arguments, **named)
    layers = tuple(attrs.evolve(layer, leak_enable=False) for layer in previewed.layers)
    return previewed if named.get("leak") is None else attrs.evolve(previewed, layers=layers)


def _on_other_cores(preview: Preview, *arguments: object, **named: object) -> Deployment:
    previewed = preview(*arguments, **named)
    is_alone = named.get("leak") is None and named.get("biases") is None
    layers = tuple(attrs.evolve(layer, core=layer.core + 1) for layer in previewed.layers)
    return attrs.evolve(previewed, layers=layers) if is_alone else previewed


def _by_deploying(device: SamnaDevice) -> None:
    around(device, "preview", lambda _preview, *given, **named: device.deploy(*given, **named))


def _of_nothing(preview: Preview, *arguments: object, **named: object) -> Deployment:
    try:
        return preview(*arguments, **named)
    except NetworkDoesNotFit:
        return Deployment(())


PREVIEW: Final = (
    device_method(
        "previews-no-leak",
        "a preview with a leak has layers that do not leak",
        "preview",
        _without_leak,
    ),
    Breakage("previews-by-deploying", "a preview deploys the network", device=_by_deploying),
    device_method(
        "previews-other-cores",
        "a device previews a network by itself on other cores than its backend",
        "preview",
        _on_other_cores,
    ),
    device_method(
        "previews-a-misfit",
        "a preview of a network that does not fit has no layers",
        "preview",
        _of_nothing,
    ),
)
