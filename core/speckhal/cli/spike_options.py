"""The options by which `speckhal run` gets its spikes: of a file, or made at random."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar

import attrs
import click

from speckhal.cli.arguments import Number, parse_layers
from speckhal.contract.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from speckhal.contract.address import Shape
    from speckhal.contract.spikes import Spikes

F = TypeVar("F", bound="Callable[..., Any]")

_RATE_HZ: Final = 20.0
_FOR_S: Final = 0.5
_SEED: Final = 0


@attrs.frozen
class SpikeChoice:
    """Which spikes a command was asked for; nothing is read or made before `load`.

    Attributes:
        file: of events; None to make some.
        layer_text: whose input they are for: an index, or "sensor"; None where none was given.
        rate_hz: mean rate of each neuron of the input; None where none was given.
        for_s: until when; None where none was given.
        seed: of those that are made; None where none was given.
    """

    file: Path | None = None
    layer_text: str | None = None
    rate_hz: float | None = None
    for_s: float | None = None
    seed: int | None = None

    def check(self) -> None:
        """Refuse what does not go together, before anything is opened.

        Raises:
            InputError: there is a file, and spikes are to be made; or the layer is no layer, or not
                one that spikes are made for; or the file cannot be read.
        """
        from speckhal.system.paths import readable_file  # noqa: PLC0415 - --help must stay light

        layer = self.layer()
        if self.file is None and (layer or 0) > 0:
            raise InputError(
                f"Asked to make spikes for layer {layer}, and they are made for the input of the "
                "network.",
                hint="Give a file of events for that layer.",
            )
        if self.file is not None:
            readable_file(self.file, "Asked for the events in")
        made = {"--input-hz": self.rate_hz, "--for": self.for_s, "--seed": self.seed}
        for option, value in made.items():
            if self.file is not None and value is not None:
                raise InputError(
                    f"Asked for {option} with the events in {self.file}, and it is for spikes that "
                    "are made.",
                    hint=f"Leave out {option} or the file.",
                )

    def layer(self) -> int | None:
        """Index of the layer, or that of the sensor's input; None where none was given.

        Raises:
            InputError: the text is something else.
        """
        from speckhal.contract.spikes import SENSOR_INPUT  # noqa: PLC0415 - it needs numpy

        if self.layer_text is None:
            return None
        if self.layer_text == "sensor":
            return SENSOR_INPUT
        if self.layer_text.isdecimal() and len(self.layer_text) < 10:
            return int(self.layer_text)
        raise InputError(
            f"Asked for spikes into layer {self.layer_text!r}, which is not the index of a layer.",
            hint="Write --layer 0, or --layer sensor for the input of the vision sensor.",
        )

    def load(self, network: object, input_shape: Shape) -> Spikes:
        """The spikes of the file, or some that are made for the input of the network.

        Args:
            network: that gets them; one that begins with sinabs' `DVSLayer` gets them as events of
                the sensor where no layer was given.
            input_shape: (channels, height, width) of its input.

        Raises:
            InputError: the file cannot be read, or no such spikes can be made.
        """
        from speckhal.runs.spiking.event_files import read_events  # noqa: PLC0415 - it needs numpy
        from speckhal.runs.spiking.random_spikes import random_spikes  # noqa: PLC0415 - it needs numpy

        layer = self.layer()
        if self.file is not None:
            into = _input_of(network)
            # of a layer behind the input, nobody knows the map here
            shape = input_shape if layer in {None, into} else None
            return read_events(self.file, layer=layer, default=into, shape=shape)
        made = random_spikes(
            input_shape,
            rate_hz=_RATE_HZ if self.rate_hz is None else self.rate_hz,
            for_s=_FOR_S if self.for_s is None else self.for_s,
            layer=_input_of(network) if layer is None else layer,
            seed=self.made_with,
        )
        if not len(made):
            raise InputError(
                "Asked to make spikes at a rate or for a time so small that there is no spike.",
                hint="Give a higher --input-hz or a longer --for.",
            )
        return made

    @property
    def made_with(self) -> int:
        """The seed of spikes that are made."""
        return _SEED if self.seed is None else self.seed

    @property
    def said(self) -> str:
        """Where they are from, in a few words."""
        if self.file is not None:
            return f"of {self.file}"
        rate_hz = _RATE_HZ if self.rate_hz is None else self.rate_hz
        return f"made at random, {rate_hz:g} Hz for each neuron of the input, seed {self.made_with}"


def parse_monitor(text: str) -> list[int] | Literal["all"]:
    """Indices of layers from "0,2", "all", or with "sensor" the events of the sensor's path.

    Raises:
        InputError: the text is something else, or names a layer twice.
    """
    from speckhal.contract.spikes import SENSOR_INPUT  # noqa: PLC0415 - it needs numpy

    parts = text.split(",")
    others = [part for part in parts if part != "sensor"]
    if len(others) == len(parts):
        return parse_layers(text)
    layers = parse_layers(",".join(others)) if others else []
    if layers == "all" or len(parts) - len(others) > 1:
        raise InputError(
            f"Asked to monitor {text!r}, which is not a list of different layers.",
            hint="Write --monitor all, --monitor 0,2 or --monitor sensor,0.",
        )
    return [SENSOR_INPUT, *layers]


def _input_of(network: object) -> int:
    """The input of a network: that of the sensor, or of layer 0."""
    from speckhal.contract.spikes import SENSOR_INPUT  # noqa: PLC0415 - it needs numpy

    modules = getattr(network, "modules", None)
    names = {type(module).__name__ for module in modules()} if callable(modules) else set()
    return SENSOR_INPUT if "DVSLayer" in names else 0


def spike_options(command: F) -> F:
    """Give a command options of its spikes, which it takes as `spikes: SpikeChoice`.

    The file is `None` then: the command knows which of its arguments it is.
    """

    @functools.wraps(command)
    def with_spikes(
        *args: object,
        layer: str | None,
        input_hz: float | None,
        for_s: float | None,
        seed: int | None,
        **options: object,
    ) -> object:
        spikes = SpikeChoice(None, layer, input_hz, for_s, seed)
        return command(*args, spikes=spikes, **options)

    options = (
        click.option(
            "--layer",
            metavar="N|sensor",
            help="Whose input the events are for.  [default: the network's input]",
        ),
        click.option(
            "--input-hz",
            type=Number("a rate in Hz", "20"),
            metavar="HZ",
            help=f"Without EVENTS: mean rate of each neuron of the input.  [default: {_RATE_HZ:g}]",
        ),
        click.option(
            "--for",
            "for_s",
            type=Number("a number of seconds", "0.5"),
            metavar="S",
            help=f"Without EVENTS: for how long.  [default: {_FOR_S:g}]",
        ),
        click.option(
            "--seed",
            type=Number("a whole number", "1", whole=True, least=0),
            metavar="N",
            help=f"Without EVENTS: the same for the same spikes.  [default: {_SEED}]",
        ),
    )
    decorated: Any = with_spikes
    for option in reversed(options):
        decorated = option(decorated)
    return decorated  # type: ignore[no-any-return]  # click's decorators keep what they decorate
