"""What is assumed of the readout block."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

import attrs

from speckhal.contract.facts import Certainty
from speckhal_mock.emulation.option_kinds import FLAG, one_of, option

ReadoutAverage: TypeAlias = Literal["floor", "nearest"]
ReadoutBetween: TypeAlias = Literal["counted", "ignored"]
ReadoutBits: TypeAlias = Literal["index", "index_minus_1"]
ReadoutInterrupt: TypeAlias = Literal["each_period", "on_change"]
ReadoutOverflow: TypeAlias = Literal["saturate", "wrap"]
ReadoutPins: TypeAlias = Literal["largest", "by_mode"]
ReadoutStart: TypeAlias = Literal["zeros", "shorter"]
ReadoutTies: TypeAlias = Literal["lowest", "highest"]

_STATED: Final = Certainty.STATED
_INFERRED: Final = Certainty.INFERRED
_ASSUMED: Final = Certainty.ASSUMED


@attrs.frozen(kw_only=True, slots=False)  # it has sisters
class ReadoutOptions:
    """What is not known for sure of the readout block."""

    readout_erratum: bool = option(
        FLAG,
        True,
        _STATED,
        "Whether channel 4 (k - 1) drives class k of the readout, and not channel k - 1.",
        "It is on the vendor's list of faults for both chips, and users spread their channels.",
    )
    readout_between: ReadoutBetween = option(
        one_of(ReadoutBetween, "ReadoutBetween"),
        "counted",
        _INFERRED,
        "What becomes of spikes of the three channels in between, with that fault: they count for "
        "the class of the channel below, or for none.",
        "The fault is one of shifted bits, and the lowest two are those that fall out.",
    )
    readout_manual_addressing: bool = option(
        FLAG,
        False,
        _INFERRED,
        "Whether `readout_configuration_sel` 1 is 4 x 4 pixels with 1 feature and 2 is 2 x 4 with "
        "2, and not the other way round.",
        "The vendor's reference has the default, and its page on Speck2f the other.",
    )
    readout_average: ReadoutAverage = option(
        one_of(ReadoutAverage, "ReadoutAverage"),
        "floor",
        _ASSUMED,
        "How the average over periods of the slow clock becomes a whole number.",
        "A sum of 16 or 32 counts only needs to be shifted.",
    )
    readout_start: ReadoutStart = option(
        one_of(ReadoutStart, "ReadoutStart"),
        "zeros",
        _ASSUMED,
        "What is averaged before the window is full: zeros for what was before the configuration, "
        "or only the periods that there were.",
    )
    readout_ties: ReadoutTies = option(
        one_of(ReadoutTies, "ReadoutTies"),
        "lowest",
        _ASSUMED,
        "Which of several classes with the largest average the readout names.",
    )
    readout_bits: ReadoutBits = option(
        one_of(ReadoutBits, "ReadoutBits"),
        "index",
        _ASSUMED,
        "Which of the 16 bits in output mode 1 says that the average of class k is above the "
        "threshold: bit k, or bit k - 1.",
        "There are 16 bits, 15 classes, and a class has an index of 4 bits that begins at 1.",
    )
    readout_overflow: ReadoutOverflow = option(
        one_of(ReadoutOverflow, "ReadoutOverflow"),
        "saturate",
        _ASSUMED,
        "What more than 65,535 spikes of a class in one period count.",
    )
    readout_pins: ReadoutPins = option(
        one_of(ReadoutPins, "ReadoutPins"),
        "largest",
        _INFERRED,
        "What the pins follow: the class with the largest average, in every output mode; or what "
        "the mode gives, which is nothing in mode 0 and the selected class in mode 2.",
        "The vendor's reference calls the pins' value the index of the largest average.",
    )
    readout_interrupt: ReadoutInterrupt = option(
        one_of(ReadoutInterrupt, "ReadoutInterrupt"),
        "each_period",
        _INFERRED,
        "Whether an average above the threshold raises the interrupt in each period of the slow "
        "clock, or only where the pins change.",
        "A published run of 60 periods gave 60 events of the pins.",
    )
