"""What a backend says of the options that its boards can be opened with, if it says it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from speckhal.contract.backend import Backend, Emulator
    from speckhal.contract.facts import Certainty


@attrs.frozen(kw_only=True)
class OptionDescription:
    """One option of a backend, as `open_device(selection, NAME=VALUE)` takes it.

    Attributes:
        name: as users write it.
        type: of its values, as a Python annotation, such as "int | None".
        default: the value that it has where nobody gives another.
        allowed: the values that it can have, with their unit, as the end of "it must be".
        summary: what it decides, in one sentence.
        unit: of its values, such as "s" or "Hz"; empty where they have none.
        certainty: how surely real boards are like the default; None where it is not about them.
        why: what the default rests on; empty where that needs no words.
        choices: the texts that it can be, where those are all; empty where it can be others.
    """

    name: str
    type: str
    default: object
    allowed: str
    summary: str
    unit: str = ""
    certainty: Certainty | None = None
    why: str = ""
    choices: tuple[str, ...] = ()


class DescribesOptions(Protocol):
    """A backend that says which options it takes. It may leave this out; ask by `options_of`.

    `speckhal info NAME --options` shows them, and shells complete them. An emulator may describe
    those of its `desk` by the same method.
    """

    def describe_options(self, target: str | None = None) -> Sequence[OptionDescription]:
        """Every option that opening that board takes; none where it takes none.

        Args:
            target: the part behind the colon in `backend:target`; None for the first one.

        Raises:
            DeviceNotFound: there is no such target.
        """


def options_of(
    backend: Backend | Emulator, target: str | None = None
) -> tuple[OptionDescription, ...] | None:
    """The options of a board, in the backend's order; None where the backend does not say.

    Args:
        backend: any.
        target: the part behind the colon in `backend:target`; None for the first one.

    Raises:
        DeviceNotFound: there is no such target.
    """
    describe: Callable[[str | None], Sequence[OptionDescription]] | None = getattr(
        backend, "describe_options", None
    )
    return None if describe is None else tuple(describe(target))
