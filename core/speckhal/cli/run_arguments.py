"""Which of the arguments of `speckhal run` is the network, and which the events."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import attrs

from speckhal.cli.arguments import UserPath
from speckhal.contract.errors import InputError

if TYPE_CHECKING:
    from speckhal.cli.network_options import NetworkChoice
    from speckhal.cli.spike_options import SpikeChoice


def assigned(
    files: tuple[str, ...], network: NetworkChoice, spikes: SpikeChoice
) -> tuple[NetworkChoice, SpikeChoice]:
    """Which of the arguments is the network, and which the events.

    Args:
        files: the arguments, a network first.
        network: as options say it.
        spikes: as options say them.

    Raises:
        InputError: one is neither, or there are more.
    """
    from speckhal.runs.spiking.event_files import ENDINGS  # noqa: PLC0415 - it needs numpy

    left = list(files)
    if left and network.where is None and Path(left[0]).suffix.lower() not in ENDINGS:
        _refuse_neither(left[0], ENDINGS)
        network = attrs.evolve(network, where=left.pop(0))
    if left:
        spikes = attrs.evolve(spikes, file=UserPath().convert(left.pop(0), None, None))
    if left:
        hint = "The network comes first, then the events: speckhal run net.py:snn events.npy"
        raise InputError(f"Asked to run {left[0]!r} besides a network and events.", hint=hint)
    return network, spikes


def _refuse_neither(name: str, endings: tuple[str, ...]) -> None:
    """Refuse what is by its name neither a network nor a file of events.

    Raises:
        InputError: it is such a file.
    """
    other = Path(name).suffix.lower()
    if other in _OTHER_EVENTS and ":" not in name:
        raise InputError(
            f"Asked to run {name!r}, which by its name is neither a network nor a file of events "
            "that is read.",
            hint="A network is FILE.py:NAME or FILE.nir; the name of a file of events ends in "
            f"{', '.join(endings)}.",
        )


_OTHER_EVENTS: Final = frozenset(
    (".aedat", ".aedat4", ".dat", ".es", ".json", ".mat", ".pickle", ".pkl", ".raw", ".tsv", ".txt")
)
"""Endings of files in which others keep events, and that no network has."""
