"""The options by which commands take a network: `--network` and what belongs to it."""

from __future__ import annotations

import contextlib
import functools
from typing import TYPE_CHECKING, Any, TypeVar

import attrs
import click

from speckhal.cli.arguments import parse_shape
from speckhal.cli.completion import complete_network
from speckhal.contract.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from speckhal.contract.backend import Backend
    from speckhal.contract.network_spec import ExampleNetwork
    from speckhal.discovery.entry_points import Offer

F = TypeVar("F", bound="Callable[..., Any]")


@attrs.frozen
class NetworkChoice:
    """Which network a command was asked for; nothing is read or checked before `load`.

    Attributes:
        where: "FILE.py:NAME"; None for the example of the backend.
        shape_text: "C,H,W", the shape of its input; None where the user gave none.
    """

    where: str | None = None
    shape_text: str | None = None

    def load(self, backend: Backend, offer: Offer) -> ExampleNetwork:
        """The user's network, or else the one that the backend brings as an example.

        Args:
            backend: that is to take it.
            offer: of the backend, which is blamed for what its example network raises.

        Raises:
            InputError: the options do not go together, or the network cannot be read.
            BackendBroken: the backend failed when it was asked for its example.
        """
        from speckhal.contract.network_spec import ExampleNetwork  # noqa: PLC0415 - it needs numpy
        from speckhal.discovery.guarded_loading import blamed_on  # noqa: PLC0415 - it needs pluggy
        from speckhal.runs.network_file import load_network  # noqa: PLC0415 - listing must stay light

        if self.where is None:
            if self.shape_text is not None:
                raise InputError(
                    "Asked for an input shape without a network, and the example network has its "
                    "own.",
                    hint="Give --network FILE.py:NAME as well, or leave out --input-shape.",
                )
            with blamed_on(offer, "failed when it was asked for its example network"):
                return backend.example()
        if self.shape_text is None:
            raise InputError(
                f"Asked to deploy {self.where} without the shape of its input.",
                hint="Give --input-shape C,H,W (channels, height, width), such as 1,2,2.",
            )
        shape = parse_shape(self.shape_text)
        return ExampleNetwork(load_network(self.where), shape, summary=self.where)

    def at_fault(self) -> AbstractContextManager[None]:
        """In the body, in which the network is deployed, its own file is blamed for what it raises.

        What a network's code does while it is traced is not the backend's fault.
        """
        from speckhal.runs.network_file import blamed_on_file  # noqa: PLC0415 - listing must stay light

        return contextlib.nullcontext() if self.where is None else blamed_on_file(self.where)


def network_options(command: F) -> F:
    """Give a command the options of a network, which it takes as `network: NetworkChoice`."""

    @functools.wraps(command)
    def with_network(
        *args: object, network: str | None, input_shape: str | None, **options: object
    ) -> object:
        return command(*args, network=NetworkChoice(network, input_shape), **options)

    options = (
        click.option(
            "--network",
            metavar="FILE.py:NAME",
            shell_complete=complete_network,
            help="Yours, or a function that makes it.  [default: that of sinabs' leak tutorial]",
        ),
        click.option("--input-shape", metavar="C,H,W", help="Of its input; needed with --network."),
    )
    decorated: Any = with_network
    for option in reversed(options):
        decorated = option(decorated)
    return decorated  # type: ignore[no-any-return]  # click's decorators keep what they decorate
