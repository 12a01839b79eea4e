"""Holds what is asked of a chip against its facts: refused, or warned of where that is uncertain.

A limit that is known is enforced. One that is only assumed, and what is only typical, gives a
`FactWarning`: the board may do it, and nobody knows. A plugin whose device checks its arguments
with this needs no rules of its own:

    facts.limit("bias_range").check(
        min(biases), max(biases), f"Asked for the biases {biases}", InputError
    )
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from speckhal.contract.facts import Certainty
from speckhal.contract.warn import warn_user

if TYPE_CHECKING:
    from speckhal.contract.errors import SpeckhalError
    from speckhal.contract.facts import Fact, Range


class FactWarning(UserWarning):
    """What is asked for lies outside what is typical of the chip or assumed of it, or is in doubt.

    The message names the fact and its certainty. Whoever knows better turns it off:
    `warnings.simplefilter("ignore", speckhal.FactWarning)`.
    """


@attrs.frozen
class Limit:
    """A range of one chip, as a limit to what is asked of it.

    Attributes:
        chip: the chip's name.
        name: of the fact, such as "bias_range".
        fact: the range.
    """

    chip: str
    name: str
    fact: Fact[Range]

    @property
    def is_known(self) -> bool:
        """Whether what lies outside is refused, rather than warned of."""
        return self.fact.certainty is not Certainty.ASSUMED

    def check(
        self,
        lowest: int,
        highest: int,
        asked: str,
        error: type[SpeckhalError],
        *,
        hint: str | None = None,
    ) -> None:
        """Refuse values that lie outside, or warn of them where the limit is only assumed.

        Args:
            lowest: the least of them.
            highest: the greatest.
            asked: what is asked for, as the beginning of a sentence that names both.
            error: what to raise.
            hint: what would work; None for the range itself.

        Raises:
            SpeckhalError: of the kind `error`; its message names the limit.
        """
        allowed = self.fact.value
        if lowest in allowed and highest in allowed:
            return
        known = (
            f"a {self.chip} takes {allowed.in_words()} ({self.name}, {self.fact.certainty.value})"
        )
        if self.is_known:
            raise error(f"{asked}, and {known}.", hint=hint or f"Stay within {allowed}.")
        warn_user(f"{asked}, and {known}: what the board does beyond is not known.", FactWarning)
