"""The options by which commands take a network: `--network` and what belongs to it."""

from __future__ import annotations

import contextlib
import functools
from typing import TYPE_CHECKING, Any, TypeVar

import attrs
import click

from speckhal.cli.arguments import UserPath, parse_shape
from speckhal.cli.completing_files import complete_network, complete_weights
from speckhal.contract.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from speckhal.contract.backend import Backend
    from speckhal.contract.network_spec import ExampleNetwork
    from speckhal.discovery.entry_points import Offer

F = TypeVar("F", bound="Callable[..., Any]")


@attrs.frozen
class NetworkChoice:
    """Which network a command was asked for; nothing is read or checked before `load`.

    Attributes:
        where: "FILE.py:NAME" or "FILE.nir"; None for the example of the backend.
        shape_text: "C,H,W", the shape of its input; None where the user gave none.
        weights: a file of its weights; None where the user gave none.
    """

    where: str | None = None
    shape_text: str | None = None
    weights: Path | None = None

    def load(
        self,
        backend: Backend,
        offer: Offer,
        *,
        example: Callable[[], ExampleNetwork] | None = None,
    ) -> ExampleNetwork:
        """The user's network, or else an example.

        Args:
            backend: that is to take it.
            offer: of the backend, which is blamed for what its example network raises.
            example: makes the example; None for the one that the backend brings.

        Raises:
            InputError: the options do not go together, or the network cannot be read.
            BackendBroken: the backend failed when it was asked for its example.
        """
        from speckhal.discovery.guarded_loading import blamed_on  # noqa: PLC0415 - it needs pluggy
        from speckhal.runs.network_reading import network_for  # noqa: PLC0415 - it needs numpy

        shape = None if self.shape_text is None else parse_shape(self.shape_text)
        if self.where is not None:
            return network_for(backend, offer, self.where, input_shape=shape, weights=self.weights)
        for what, given in (("an input shape", shape), ("weights", self.weights)):
            if given is not None:
                raise InputError(
                    f"Asked for {what} without a network, and the example network has its own.",
                    hint="Give --network FILE.py:NAME as well, or leave that out.",
                )
        if example is not None:
            return example()
        with blamed_on(offer, "failed when it was asked for its example network"):
            return backend.example()

    def by_option(self) -> dict[str, object]:
        """What was given, by the name of its option."""
        return {
            "--network": self.where,
            "--input-shape": self.shape_text,
            "--weights": self.weights,
        }

    def at_fault(self) -> AbstractContextManager[None]:
        """In the body, in which the network is deployed, its own file is blamed for what it raises.

        What a network's code does while it is traced is not the backend's fault.
        """
        from speckhal.runs.network_file import blamed_on_file  # noqa: PLC0415 - listing must stay light

        is_code = self.where is not None and not self.where.lower().endswith(".nir")
        return blamed_on_file(self.where or "") if is_code else contextlib.nullcontext()


def network_options(command: F, *, default: str = "that of sinabs' leak tutorial") -> F:
    """Give a command the options of a network, which it takes as `network: NetworkChoice`.

    Args:
        command: that gets them.
        default: which network it takes where none is named, as its help says it.
    """

    @functools.wraps(command)
    def with_network(
        *args: object,
        network: str | None,
        input_shape: str | None,
        weights: Path | None,
        **options: object,
    ) -> object:
        return command(*args, network=NetworkChoice(network, input_shape, weights), **options)

    options = (
        click.option(
            "--network",
            metavar="FILE.py:NAME|FILE.nir",
            shell_complete=complete_network,
            help=f"Yours, a function that makes it, or a NIR graph.  [default: {default}]",
        ),
        click.option(
            "--input-shape", metavar="C,H,W", help="Of its input, where the file does not say it."
        ),
        click.option(
            "--weights",
            type=UserPath(),
            metavar="FILE",
            shell_complete=complete_weights,
            help="Saved weights for it: safetensors, or of torch.save.",
        ),
    )
    decorated: Any = with_network
    for option in reversed(options):
        decorated = option(decorated)
    return decorated  # type: ignore[no-any-return]  # click's decorators keep what they decorate
