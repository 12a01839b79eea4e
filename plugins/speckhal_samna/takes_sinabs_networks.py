"""What every backend of sinabs networks offers: an example, and networks and weights from files."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from speckhal.contract.network_spec import ExampleNetwork, LayerSpec


class TakesSinabsNetworks:
    """A backend whose devices take networks of sinabs, on hardware or emulated."""

    def example(self, layers: Sequence[LayerSpec] = ()) -> ExampleNetwork:
        """A sinabs network of these layers; without any, that of the published leak experiment."""
        from speckhal_samna.network.example import example_network  # noqa: PLC0415  # imports torch

        return example_network(layers)

    def read_nir(self, file: Path) -> ExampleNetwork:
        """A sinabs network of the NIR graph in that file."""
        from speckhal_samna.network.nir_file import read_nir  # noqa: PLC0415  # imports torch

        return read_nir(file)

    def load_weights(self, network: object, file: Path) -> None:
        """Give a sinabs network the weights of that file."""
        from speckhal_samna.network.weights_file import load_weights  # noqa: PLC0415  # imports torch

        load_weights(network, file)
