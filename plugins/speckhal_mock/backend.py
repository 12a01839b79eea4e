"""The mock: emulated Speck boards as a backend."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speckhal.backend import Target
from speckhal.errors import InputError
from speckhal.hooks import hookimpl
from speckhal_mock.chips import CHIPS, KITS, choose_target
from speckhal_samna.backend import CAPABILITIES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from speckhal.backend import Backend, Emulator, ExampleNetwork
    from speckhal.chip import ChipFacts
    from speckhal.device import Device
    from speckhal.health import HealthCheck
    from speckhal_mock.emulation.options import EmulationOptions


class MockBackend:
    """Opens emulated boards: the driver for real ones, on an emulated samna, in virtual time.

    Options of `open`: every field of `EmulationOptions`, and `realtime=True` to let emulated time
    keep to the wall's.
    """

    name = "mock"
    api_version = 1
    summary = "emulated Speck boards; no hardware and no vendor SDK needed"
    emulated = True
    capabilities = CAPABILITIES
    targets = (
        *(Target(chip.facts.name, f"an emulated {chip.kits[0].summary}") for chip in CHIPS),
        *(Target(kit.target, f"an emulated {kit.summary}") for kit in KITS),
    )

    @hookimpl
    def speckhal_backend(self) -> Backend:
        """Offer this backend."""
        return self

    @hookimpl
    def speckhal_emulator(self) -> Emulator:
        """Offer to run the vendor's scripts."""
        from speckhal_mock.script import ScriptEmulator  # noqa: PLC0415  # listing must stay light

        return ScriptEmulator()

    @hookimpl
    def speckhal_health_checks(self) -> Iterable[HealthCheck]:
        """Offer to try an emulated board of each chip."""
        from speckhal_mock.health import CHECKS  # noqa: PLC0415  # listing must stay light

        return CHECKS

    def chip(self, target: str | None = None) -> ChipFacts:
        """Facts of the chip on the emulated board."""
        return choose_target(target).chip.facts

    def open(
        self, target: str | None = None, options: Mapping[str, object] | None = None
    ) -> Device:
        """Plug in an emulated board and open it."""
        from speckhal.clock import VirtualClock  # noqa: PLC0415  # listing must stay light
        from speckhal_mock import samna  # noqa: PLC0415  # likewise
        from speckhal_mock.desk import plug_in, unplug  # noqa: PLC0415  # likewise
        from speckhal_mock.emulation.clock import RealTimeClock  # noqa: PLC0415  # likewise
        from speckhal_mock.install import provide_samna  # noqa: PLC0415  # likewise
        from speckhal_samna.device import SamnaDevice  # noqa: PLC0415  # likewise

        wanted = choose_target(target)
        emulation, realtime = _options(options or {})
        provide_samna()
        clock = RealTimeClock() if realtime else VirtualClock()
        board = plug_in(wanted, clock=clock, options=emulation)
        return SamnaDevice(
            samna,
            wanted.chip,
            (wanted.kit,),
            index=wanted.index,
            backend=self.name,
            clock=clock,
            emulated=True,
            on_close=lambda: None if board is None else unplug(board),
        )

    def example(self) -> ExampleNetwork:
        """The network of the published leak experiment."""
        from speckhal_samna.example import published_network  # noqa: PLC0415  # imports torch

        return published_network()


def _options(given: Mapping[str, object]) -> tuple[EmulationOptions, bool]:
    """The emulation's options, and whether time is to be the wall's.

    Raises:
        InputError: an option is unknown, or has a value that it cannot have.
    """
    import attrs  # noqa: PLC0415  # listing must stay light

    from speckhal_mock.emulation.options import EmulationOptions  # noqa: PLC0415  # likewise

    known = [field.name for field in attrs.fields(EmulationOptions)]
    unknown = sorted(given.keys() - {*known, "realtime"})
    if unknown:
        raise InputError(
            f"Asked for a mock with {', '.join(unknown)}, and it has no such option.",
            hint=f"Its options are: realtime, {', '.join(known)}.",
        )
    realtime = given.get("realtime", False)
    if not isinstance(realtime, bool):
        raise InputError(f"The option realtime is {realtime!r}; it must be True or False.")
    rest = {name: value for name, value in given.items() if name != "realtime"}
    try:
        # attrs checks each value; mypy cannot, since they come by name
        return EmulationOptions(**rest), realtime  # type: ignore[arg-type]
    except ValueError as error:
        raise InputError(str(error)) from error
