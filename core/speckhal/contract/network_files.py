"""What a backend may read besides its own form of networks; it may leave each of these out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import Path

    from speckhal.contract.network_spec import ExampleNetwork


class ReadsNir(Protocol):
    """A backend that makes networks of NIR graphs, https://neuroir.org."""

    def read_nir(self, file: Path) -> ExampleNetwork:
        """The network of a graph, ready to deploy.

        Args:
            file: that can be read, with whatever in it.

        Raises:
            InputError: there is no NIR graph in it.
            NetworkError: the graph has nodes or values that this backend's networks cannot have.
            VendorUnavailable: what the backend reads graphs with is not installed.
        """


class ReadsWeights(Protocol):
    """A backend that loads saved weights into networks of its form."""

    def load_weights(self, network: object, file: Path) -> None:
        """Give a network the weights of a file, and run no code that the file brings.

        Args:
            network: in the form that the backend's `deploy` takes; it is changed.
            file: that can be read, with whatever in it.

        Raises:
            InputError: there are no weights in it, or they are not those of this network.
            NetworkError: the network is not of that form.
            VendorUnavailable: what the backend reads weights with is not installed.
        """
