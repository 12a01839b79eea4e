"""The leak that somebody wants: in thresholds or units, by a time constant, or by a dt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

import attrs
import numpy as np

from speckhal.contract.errors import InputError
from speckhal.leak.planning.asked_numbers import asked_real
from speckhal.leak.planning.leak_text import (
    WrittenAmount,
    WrittenStep,
    WrittenTimeConstant,
    plain_words,
    read_leak,
    unreadable,
)
from speckhal.leak.planning.time_constant import criterion

if TYPE_CHECKING:
    import numpy.typing as npt

    from speckhal.contract.deployment import DeployedLayer

Unit: TypeAlias = Literal["thresholds", "units", "own biases"]


@attrs.frozen(eq=False)
class WantedLeak:
    """The leak that is wanted of a layer, for all its channels or for each.

    A positive leak lets the membrane potential fall; a negative one lets it rise. Make one by the
    class methods, or by `WantedLeak.parse` from a text.

    Attributes:
        unit: what `per_s` counts: thresholds as deployed, the network's own units, or the
            network's own biases, each of which its sign turns into a leak.
        per_s: in each second, one for all channels, or (channels,).
        text: as it was asked for.
    """

    unit: Unit
    per_s: npt.NDArray[np.float64]
    text: str

    @classmethod
    def thresholds(cls, amount: npt.ArrayLike, per_s: float = 1.0) -> WantedLeak:
        """A part of the threshold in some time; `thresholds(0.05, per_s=0.01)` is 5 % per 10 ms.

        Args:
            amount: in thresholds, one for all channels or (channels,).
            per_s: the time that it takes, in seconds.

        Raises:
            InputError: an amount is no finite number, or the time is not above 0.
        """
        values = _in_a_second(amount, per_s)
        return cls("thresholds", values, f"{_said(values)} thresholds per s")

    @classmethod
    def units(cls, amount: npt.ArrayLike, per_s: float = 1.0) -> WantedLeak:
        """An amount in the network's own units, those of its weights, in some time.

        Args:
            amount: one for all channels or (channels,).
            per_s: the time that it takes, in seconds.

        Raises:
            InputError: an amount is no finite number, or the time is not above 0.
        """
        values = _in_a_second(amount, per_s)
        return cls("units", values, f"{_said(values)} units per s")

    @classmethod
    def time_constant(cls, tau_s: npt.ArrayLike, by: str) -> WantedLeak:
        """The linear leak that comes closest to that of a LIF neuron.

        Args:
            tau_s: time constant in seconds, one for all channels or (channels,).
            by: what is to be the same: "slope", "half-life", "1/e", "least-squares", "area",
                "minimax", or "mean V" with V in thresholds; see `speckhal.CRITERIA`.

        Raises:
            InputError: a time constant is not above 0, or there is no such criterion.
        """
        chosen, tau = criterion(by), _finite(tau_s)
        if not (tau > 0).all():
            raise InputError(
                f"Asked for a time constant of {tau.min():g} s, and only one above 0 decays.",
                hint='Give a longer one, such as "tau 20 ms slope", or tau_s=0.02.',
            )
        return cls("thresholds", _in_a_second(chosen.k, tau), f"tau {_said(tau)} s {chosen.name}")

    @classmethod
    def of_dt(cls, dt_s: float) -> WantedLeak:
        """The network's own biases, each added once per step, as it was trained with.

        Args:
            dt_s: a step of the simulation in seconds. The clock ticks once for each.

        Raises:
            InputError: the step is not above 0.
        """
        step_s = _positive(dt_s, "step")
        return cls("own biases", _in_a_second(1.0, step_s), f"dt {step_s:g} s")

    @classmethod
    def none(cls) -> WantedLeak:
        """No leak: a tick changes nothing."""
        return cls("thresholds", np.zeros(()), "none")

    @classmethod
    def parse(cls, text: str) -> WantedLeak:
        """The leak that a text describes: "5% per 10 ms", "tau 20 ms half-life", "dt 5 ms".

        An amount is a percentage of the threshold, or a number of `thresholds` or of the
        network's own `units`, per time. A time is a number of `min`, `s`, `ms` or `us`, or of
        `minutes`, `seconds`, `milliseconds` or `microseconds`. A time constant needs a criterion.
        "[5, 3]% per 10 ms" is 5 % of channel 0 and 3 % of channel 1. "none" is no leak.

        Raises:
            InputError: the text describes none.
        """
        said = plain_words(text)
        if said in {"none", "0"}:
            return cls.none()
        match read_leak(said):
            case WrittenAmount(amount, unit, time_s):
                made = (cls.units if unit == "units" else cls.thresholds)(amount, time_s)
            case WrittenTimeConstant(tau_s, by):
                made = cls.time_constant(tau_s, by)
            case WrittenStep(dt_s):
                made = cls.of_dt(dt_s)
            case _:
                raise unreadable(text)
        return attrs.evolve(made, text=said)

    def chip_units_per_s(self, layer: DeployedLayer) -> npt.NDArray[np.float64]:
        """What each channel is to lose in a second, in chip units, (channels,).

        Args:
            layer: that it is for.

        Raises:
            InputError: there are more or fewer of them than the layer has channels, or they go by
                the network's own biases, and these are not known.
        """
        channels = layer.shape[0]
        if self.per_s.shape not in {(), (channels,)}:
            raise InputError(
                f"Asked for a leak of shape {self.per_s.shape} of layer {layer.index}, which has "
                f"{channels} channel{'s' * (channels != 1)}.",
                hint="Give one for all channels, or one for each.",
            )
        unit: npt.ArrayLike
        match self.unit:
            case "thresholds":
                unit = layer.threshold_high
            case "units":
                unit = layer.scale
            case "own biases":
                if np.isnan(layer.wanted_biases).any():
                    raise InputError(
                        f"Asked for the network's own biases ({self.text}), and a record that was "
                        f"taken under another leak does not have those of layer {layer.index}.",
                        hint="Plan for the board or the mock, which know the network.",
                    )
                unit = -np.asarray(layer.wanted_biases) * layer.scale
        with np.errstate(over="ignore"):
            wanted = np.multiply(self.per_s, unit) + 0.0  # no -0.0, which would be printed as such
        if not np.isfinite(wanted).all():
            raise _too_fast()
        return np.broadcast_to(wanted, (channels,)).astype(np.float64)


def _in_a_second(amount: npt.ArrayLike, time_s: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """An amount in some time, or in the time of each channel, as the amount in a second."""
    seconds = np.asarray(time_s) if np.ndim(time_s) else _positive(time_s, "time")
    with np.errstate(over="ignore"):
        values = np.asarray(_finite(amount) / seconds, np.float64)
    if not np.isfinite(values).all():
        raise _too_fast()
    return values


def _too_fast() -> InputError:
    return InputError(
        "Asked for a leak that is more in a second than the largest number there is.",
        hint="Ask for less of it, or in a longer time.",
    )


def _finite(amount: npt.ArrayLike) -> npt.NDArray[np.float64]:
    try:
        given = np.asarray(amount)
        values = given.astype(np.float64)
        if given.dtype == np.bool_:
            values = np.array(np.nan)
    except (TypeError, ValueError, OverflowError):
        values = np.array(np.nan)
    if values.ndim > 1 or not values.size or not np.isfinite(values).all():
        raise InputError(
            f"Asked for a leak of {_shown(amount)}, which is not a finite number for all "
            "channels, or one for each.",
            hint="Give a number, or a flat list of them.",
        )
    return values


def _positive(time_s: object, what: str) -> float:
    value = asked_real(time_s)
    if value is None or value <= 0:
        raise InputError(
            f"Asked for a leak with a {what} of {_shown(time_s)} s, and only a finite one above 0 "
            "passes.",
            hint="Give a longer one, such as 10 ms; as a number, 0.01 is that in seconds.",
        )
    return value


def _shown(given: object) -> str:
    """What was given, with NumPy's numbers as plain ones."""
    return repr(given.tolist() if isinstance(given, np.ndarray | np.generic) else given)


def _said(values: npt.NDArray[np.float64]) -> str:
    lowest, highest = float(values.min()), float(values.max())
    return f"{lowest:g}" if lowest == highest else f"{lowest:g} to {highest:g}"
