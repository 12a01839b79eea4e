"""The options of a leak: layers to read, the clock and its times, where neurons start, a plan."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import attrs
import click

from speckhal.cli.arguments import Number, UserPath, parse_layers, parse_rate_hz
from speckhal.cli.completing_files import complete_plan
from speckhal.cli.leak_settings import LeakSettings
from speckhal.contract.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

F = TypeVar("F", bound="Callable[..., Any]")


@attrs.frozen
class SamplingChoice:
    """What stands on the command line; each is None where the user did not give it.

    Attributes:
        layer_text: layers to read, such as "0,2" or "all".
        rate_text: slow-clock ticks per second.
        every_s: time between readings.
        for_s: time to watch.
        ticks: to step the clock by instead.
        start_text: what every neuron starts from, such as "100" or "high".
        plan_file: what `speckhal plan --json` printed.
    """

    layer_text: str | None = None
    rate_text: str | None = None
    every_s: float | None = None
    for_s: float | None = None
    ticks: int | None = None
    start_text: str | None = None
    plan_file: Path | None = None

    def layers(self) -> list[int] | Literal["all"] | None:
        """Indices of the layers to read.

        Raises:
            InputError: the text names no layers.
        """
        return None if self.layer_text is None else parse_layers(self.layer_text)

    def start(self) -> int | Literal["high"] | None:
        """What every neuron starts from, in chip units, or "high".

        Raises:
            InputError: the text is neither.
        """
        if self.start_text is None:
            return None
        if self.start_text == "high":
            return "high"
        try:
            return int(self.start_text)
        except ValueError:
            raise InputError(
                f"Asked for --start {self.start_text!r}, which is not a membrane potential.",
                hint="Write --start 100, in chip units, or --start high for just below the "
                "threshold.",
            ) from None

    def settings(self) -> LeakSettings:
        """Rate and times, or those of a plan.

        Raises:
            InputError: what was given contradicts itself, or a number cannot be.
        """
        clocked = {"--rate-hz": self.rate_text, "--every": self.every_s, "--for": self.for_s}
        names = " and ".join(name for name, value in clocked.items() if value is not None)
        if self.ticks is not None and names:
            raise InputError(
                f"Asked for --ticks together with {names}, and a stepped clock has no time of its "
                "own.",
                hint=f"Leave out either --ticks or {names}.",
            )
        rate_hz = None if self.rate_text is None else parse_rate_hz(self.rate_text)
        settings = LeakSettings(rate_hz, self.every_s, self.for_s, self.ticks)
        if self.plan_file is not None:
            settings = settings.of_plan(self.plan_file)
        settings.sampling()  # which refuses times that cannot be
        return settings

    def by_option(self) -> dict[str, object]:
        """What was given, by the name of its option."""
        return {
            "--layer": self.layer_text,
            "--rate-hz": self.rate_text,
            "--every": self.every_s,
            "--for": self.for_s,
            "--ticks": self.ticks,
            "--start": self.start_text,
            "--plan": self.plan_file,
        }


def sampling_options(layers: str) -> Callable[[F], F]:
    """Give a command the options of sampling, which it takes as `sampling: SamplingChoice`.

    Args:
        layers: that the command reads where none are named, as its help says it.
    """
    options = (
        click.option(
            "--layer",
            "layer_text",
            metavar="N",
            help=f"Network layer to read; 0,2 for several, or all.  [default: {layers}]",
        ),
        click.option(
            "--rate-hz",
            "rate_text",
            metavar="HZ",
            help="Slow-clock ticks per second.  [default: 1]",
        ),
        click.option(
            "--every",
            "every_s",
            type=Number("a number of seconds", "0.5"),
            metavar="S",
            help="Seconds between readings.  [default: 0.5]",
        ),
        click.option(
            "--for",
            "for_s",
            type=Number("a number of seconds", "10"),
            metavar="S",
            help="Seconds to watch.  [default: 10]",
        ),
        click.option(
            "--ticks",
            type=Number("a whole number", "20", whole=True),
            metavar="N",
            help="Step the clock N times instead, reading after each.",
        ),
        click.option(
            "--start",
            "start_text",
            metavar="N|high",
            help="What every neuron starts from, in chip units; high: just below its layer's "
            "threshold.",
        ),
        click.option(
            "--plan",
            "plan_file",
            type=UserPath(),
            metavar="FILE.json",
            shell_complete=complete_plan,
            help="Deploy with the biases and the rate of a plan: speckhal plan --json > FILE.json.",
        ),
    )

    def decorate(command: F) -> F:
        @functools.wraps(command)
        def with_sampling(
            *args: object,
            layer_text: str | None,
            rate_text: str | None,
            every_s: float | None,
            for_s: float | None,
            ticks: int | None,
            start_text: str | None,
            plan_file: Path | None,
            **others: object,
        ) -> object:
            sampling = SamplingChoice(
                layer_text, rate_text, every_s, for_s, ticks, start_text, plan_file
            )
            return command(*args, sampling=sampling, **others)

        decorated: Any = with_sampling
        for option in reversed(options):
            decorated = option(decorated)
        return decorated  # type: ignore[no-any-return]  # click's decorators keep what they decorate

    return decorate
