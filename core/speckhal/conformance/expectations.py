"""What cases demand, and the sentences that say how it was not met."""

from __future__ import annotations

import contextlib
import re
import warnings
from typing import TYPE_CHECKING

import numpy as np

from speckhal.contract.errors import CapabilityUnsupported, DeviceFailed, SpeckhalError
from speckhal.contract.limits import FactWarning
from speckhal.system.error_text import cause_of
from speckhal.system.interrupts import is_interrupt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import numpy.typing as npt

    from speckhal.contract.limits import Limit


class Violation(AssertionError):
    """A backend is not what it says; the sentence says what it did, and what it should have."""


FEW = 12
"""Up to this number of values, arrays are shown whole."""


def demand(holds: object, otherwise: str) -> None:
    """Raise Violation with that sentence unless `holds` is true."""
    if not holds:
        raise Violation(otherwise)


@contextlib.contextmanager
def demand_no_error(said: str) -> Iterator[None]:
    """Demand that the body raises nothing; `said` goes before what it raised, in the sentence."""
    try:
        yield
    except BaseException as error:
        if is_interrupt(error):
            raise
        raise Violation(f"{said} {cause_of(error)}") from error


def demand_equal(got: object, expected: object, what: str) -> None:
    """Demand that a value, or an array with its shape, is as expected.

    Args:
        got: the value.
        expected: what it must be.
        what: the value is, as the beginning of a sentence.
    """
    if not isinstance(expected, np.ndarray):
        demand(got == expected, f"{what} is {got!r} instead of {expected!r}.")
        return
    array = np.asarray(got)
    demand(
        array.shape == expected.shape,
        f"{what} has shape {array.shape} instead of {expected.shape}.",
    )
    wrong = np.argwhere(array != expected)
    if len(wrong) and expected.size <= FEW:
        raise Violation(f"{what} is {array.tolist()} instead of {expected.tolist()}.")
    if len(wrong):
        place = tuple(wrong[0].tolist())
        raise Violation(
            f"{what} is {array[place]} instead of {expected[place]} at {place}; {len(wrong)} of "
            f"{expected.size} values are wrong."
        )


def after_ticks(
    v_mem: npt.ArrayLike, biases: npt.ArrayLike, ticks: int, threshold_low: float
) -> npt.NDArray[np.int64]:
    """Membrane potentials after ticks that make nothing fire, (channels, height, width).

    Args:
        v_mem: potentials before, (channels, height, width).
        biases: what a tick adds in each channel, in chip units.
        ticks: how many.
        threshold_low: at which leak stops.
    """
    steps = ticks * np.asarray(biases, np.int64)[:, None, None]
    after: npt.NDArray[np.int64] = np.asarray(v_mem, np.int64) + steps
    return after.clip(min=int(threshold_low))


def demand_potentials(
    got: npt.NDArray[np.int64], expected: npt.NDArray[np.int64], when: str
) -> None:
    """Demand that all neurons of a layer are where they should be.

    Args:
        got: membrane potentials, (channels, height, width).
        expected: what they must be, (channels, height, width).
        when: this must be so, as the end of a sentence.
    """
    demand(
        got.shape == expected.shape,
        f"Membrane potentials have shape {got.shape} instead of {expected.shape} (channels, "
        f"height, width) {when}.",
    )
    wrong = np.argwhere(got != expected)
    if not len(wrong):
        return
    c, y, x = wrong[0].tolist()
    text = (
        f"Neuron (c {c}, y {y}, x {x}) holds {got[c, y, x]} instead of {expected[c, y, x]} {when}; "
        f"{len(wrong)} of {expected.size} neurons are wrong."
    )
    owners = np.argwhere(expected == got[c, y, x])
    if len(owners) == 1:
        other_c, other_y, other_x = owners[0].tolist()
        text += f" That is what neuron (c {other_c}, y {other_y}, x {other_x}) should hold."
        if (other_c, other_y, other_x) == (c, x, y):
            text += " x and y are swapped."
    raise Violation(text)


@contextlib.contextmanager
def refusal(
    kind: type[SpeckhalError],
    asked: str,
    *,
    lacking: Callable[[str], None],
    names: Mapping[str, object],
    limit: Limit | None = None,
) -> Iterator[None]:
    """Demand that the body is refused with an error of that kind, which says what would work.

    Args:
        kind: of the error.
        asked: what the body asks for, as the subject of a sentence.
        lacking: is given the sentence that says which of `names` the error does not name.
        names: what the error must name, by what it is, such as "the limit".
        limit: that the body is beyond. Where it is only assumed, a FactWarning that names it will
            do, whatever the board then makes of it.
    """
    if limit is None or limit.is_known:
        with _refusal(kind, asked, lacking, names):
            yield
        return
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            with _refusal(kind, asked, lacking, names):
                yield
        except _LeftToTheBoard as left:
            texts = [
                cause_of(one.message) for one in caught if isinstance(one.message, FactWarning)
            ]
            if any(limit.name in one for one in texts):
                return
            seen = "".join(f" {one.category.__name__}: {one.message}" for one in caught)
            raise Violation(
                f"{left} {limit.name} is only assumed, so a FactWarning that names it would do"
                f"{f', and what it warned of was{seen}' if seen else '.'}"
            ) from None


class _LeftToTheBoard(Violation):
    """What must be refused was taken, or failed on the board only, as it may beyond a guess."""


@contextlib.contextmanager
def _refusal(
    kind: type[SpeckhalError],
    asked: str,
    lacking: Callable[[str], None],
    names: Mapping[str, object],
) -> Iterator[None]:
    wanted = f"must be refused with {kind.__name__}"
    try:
        yield
    except kind as error:
        demand(str(error.message).strip(), f"{asked} is refused without a message.")
        demand(error.hint, f"{asked} is refused without a hint at what would work: {error.message}")
        unnamed = [f"{value} ({what})" for what, value in names.items() if not _names(error, value)]
        if unnamed:
            lacking(f"{asked} is refused without naming {' or '.join(unnamed)}: {error}")
    except (CapabilityUnsupported, Violation):
        raise  # whether the first is right depends on what is declared; the other is no refusal
    except DeviceFailed as error:
        raise _LeftToTheBoard(f"{asked} {wanted}, and raised {cause_of(error)}") from error
    except BaseException as error:
        if is_interrupt(error):
            raise
        raise Violation(f"{asked} {wanted}, and raised {cause_of(error)}") from error
    else:
        raise _LeftToTheBoard(f"{asked} {wanted}, and was taken.")


def _names(error: SpeckhalError, value: object) -> bool:
    """Whether what the error says has the value in it; a number may be in groups of three."""
    text = re.sub(r"(?<=\d)[,_](?=\d{3}(?!\d))", "", str(error))
    if not isinstance(value, int):
        return str(value) in text
    return re.search(rf"(?<![\w.]){value}(?![\w]|\.\d)", text) is not None
