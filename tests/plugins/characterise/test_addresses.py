"""Whatever order the bits of an address are in, it is found; what assumes another is named."""

from __future__ import annotations

import contextlib
import random
from typing import TYPE_CHECKING, Any, Final

import attrs
import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

from speckhal.contract.address import Addresses, AddressLayout, Shape
from speckhal.contract.characterise import Comparison
from speckhal.contract.clock import VirtualClock
from speckhal.contract.facts import Certainty, Fact
from speckhal_characterise.addresses import FULL_MAPS, QUICK_MAPS
from speckhal_characterise.bit_fields import (
    NOWHERE,
    Sighting,
    locate,
    merge,
    simplest_fields,
    sinabs_addresses,
    solve,
)
from speckhal_characterise.characteriser import SamnaCharacteriser
from speckhal_mock import samna
from speckhal_mock.boards.plug_in import plug_in, unplug
from speckhal_mock.boards.targets import choose_target
from speckhal_mock.emulation.board import DEFAULT_OPTIONS
from speckhal_mock.samna_install.install import provide_samna
from speckhal_samna.board.access import BoardAccess

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Measure = Callable[..., Any]

LIMITS: Final = {"c": 10, "x": 6, "y": 6}
BITS: Final = [f"{axis}{bit}" for axis, count in LIMITS.items() for bit in range(count)]
LARGEST: Final[Shape] = (1024, 64, 64)

layouts = st.permutations(BITS).map(lambda bits: AddressLayout(tuple(bits)))


class SinabsLayout(AddressLayout):
    """Addresses by sinabs' formula, which is no permutation of bits and not even unique."""

    def addresses(self, shape: Shape) -> Addresses:
        return sinabs_addresses(shape)

    def decode(self, addresses: Any, shape: Shape) -> tuple[Addresses, Addresses, Addresses]:
        places = np.asarray(addresses)
        return np.zeros_like(places), np.zeros_like(places), np.zeros_like(places)


def seen(layout: AddressLayout, maps: Mapping[int, Shape]) -> list[Sighting]:
    return [Sighting(core, shape, layout.addresses(shape)) for core, shape in maps.items()]


@hypothesis.settings(max_examples=20, deadline=None)
@hypothesis.given(layout=layouts)
def test_the_full_maps_settle_every_permutation_of_all_bits(layout: AddressLayout) -> None:
    orders = [solve(sighting) for maps in FULL_MAPS for sighting in seen(layout, maps)]
    assert None not in orders
    merged = merge(order for order in orders if order is not None)
    assert merged == layout.fields
    found = AddressLayout(simplest_fields(merged, LIMITS))
    assert found.bit_order(LARGEST) == layout.bit_order(LARGEST)


@hypothesis.settings(max_examples=20, deadline=None)
@hypothesis.given(layout=layouts)
def test_the_quick_maps_settle_where_their_own_neurons_are(layout: AddressLayout) -> None:
    sightings = [sighting for maps in QUICK_MAPS for sighting in seen(layout, maps)]
    merged = merge(solve(sighting) or () for sighting in sightings)
    assert merged is not None
    found = AddressLayout(simplest_fields(merged, LIMITS))
    for sighting in sightings:
        assert np.array_equal(found.addresses(sighting.shape), sighting.addresses)


@pytest.mark.parametrize("fields", ["cxy", "cyx", "xcy", "xyc", "ycx", "yxc"])
def test_whole_coordinates_are_reported_as_such(fields: str) -> None:
    layout = AddressLayout(tuple(fields))
    merged = merge(solve(s) or () for maps in QUICK_MAPS for s in seen(layout, maps))
    assert merged is not None
    assert simplest_fields(merged, LIMITS) == tuple(fields)


def test_orders_that_contradict_each_other_are_not_merged() -> None:
    assert merge([("c0", "x0"), ("x0", "y0"), ("y0", "c0")]) is None
    assert merge([("c0", "x0"), ("x0", "y0")]) == ("c0", "x0", "y0")


@hypothesis.settings(deadline=None)
@hypothesis.given(
    shape=st.tuples(st.integers(2, 6), *(st.integers(1, 6) for _ in "yx")),
    junk=st.integers(-(2**15), 2**15 - 1),
)
def test_words_that_belong_to_no_neuron_are_not_taken_for_one(shape: Shape, junk: int) -> None:
    addresses = AddressLayout().addresses(shape)
    numbers = np.arange(addresses.size, dtype=np.int16)
    first = np.full(1024, junk, dtype=np.int16)
    second = first.copy()
    first[addresses.ravel()], second[addresses.ravel()] = numbers, ~numbers
    assert np.array_equal(locate(shape, first, second), addresses)
    # a neuron of which there are two, and one that is nowhere
    first[1000], second[1000] = 0, ~np.int16(0)
    first[addresses.flat[-1]] = second[addresses.flat[-1]]
    lost = locate(shape, first, second)
    assert (lost.flat[0], lost.flat[-1]) == (NOWHERE, NOWHERE)


def test_a_random_permutation_of_all_bits_is_found_on_a_board(measure: Measure) -> None:
    # one, since what any board's maps settle is the law above, and reading them all takes a second
    layout = AddressLayout(tuple(random.Random(0).sample(BITS, len(BITS))))
    result = measure("addresses", quick=False, neuron_address=layout).results["neuron_address"]
    assert AddressLayout(tuple(result.value)).bit_order(LARGEST) == layout.bit_order(LARGEST)
    assert result.verdict is Comparison.DIFFERS


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_all_bits_is_found_quickly_too(measure: Measure, seed: int) -> None:
    fields = random.Random(seed).sample(BITS, len(BITS))
    if not seed:  # bits that only the largest maps have
        fields = [*BITS]
        fields[9], fields[15] = "x5", "c9"
    result = measure("addresses", neuron_address=AddressLayout(tuple(fields))).results[
        "neuron_address"
    ]
    assert AddressLayout(tuple(result.value)).bit_order(LARGEST) == tuple(fields)
    assert result.verdict is Comparison.DIFFERS


def test_a_driver_that_uses_the_formula_of_sinabs_is_named(measure: Measure) -> None:
    notes = measure("addresses", by=a_driver_that_assumes(SinabsLayout()))
    result = notes.results["neuron_address"]
    assert result.verdict is Comparison.DIFFERS
    assert (result.value, result.assumed) == (["c", "x", "y"], "sinabs' address formula")
    assert "The driver uses sinabs' address formula, which is wrong here." in result.how


def test_a_driver_with_other_fields_is_named(measure: Measure) -> None:
    driver = a_driver_that_assumes(AddressLayout(("x", "c", "y")))
    result = measure("addresses", by=driver).results["neuron_address"]
    assert result.verdict is Comparison.DIFFERS
    assert (result.value, result.assumed) == (["c", "x", "y"], ["x", "c", "y"])


def test_a_board_that_follows_the_formula_of_sinabs_is_named(measure: Measure) -> None:
    notes = measure("addresses", neuron_address=SinabsLayout())
    result = notes.results["neuron_address"]
    assert (result.verdict, result.value) == (Comparison.DIFFERS, "sinabs' address formula")
    assert "The board follows sinabs' address formula, y << (cb + yb)." in result.how


def test_a_board_that_mixes_up_neurons_is_reported_so(measure: Measure) -> None:
    class Mixed(AddressLayout):
        """The last two neurons have changed places."""

        def addresses(self, shape: Shape) -> Addresses:
            addresses = super().addresses(shape)
            addresses[-1, -1, -2:] = addresses[-1, -1, :-3:-1].copy()
            return addresses

    result = measure("addresses", neuron_address=Mixed()).results["neuron_address"]
    assert (result.verdict, result.value) == (
        Comparison.DIFFERS,
        "no permutation of coordinate bits",
    )


def a_driver_that_assumes(layout: AddressLayout) -> SamnaCharacteriser:
    """Measures plain emulated boards, and takes their neurons to be elsewhere."""
    wanted = choose_target(None)
    wrong = Fact(layout, source="a wrong assumption", certainty=Certainty.ASSUMED)
    chip = attrs.evolve(wanted.chip, facts=attrs.evolve(wanted.chip.facts, neuron_address=wrong))

    @contextlib.contextmanager
    def access(_target: str | None, _options: Mapping[str, object]) -> Iterator[BoardAccess]:
        clock = VirtualClock()
        provide_samna()
        board = plug_in(wanted, clock=clock, options=DEFAULT_OPTIONS)
        assert board is not None
        try:
            yield BoardAccess(samna, chip, (wanted.kit,), 0, clock, emulated=True)
        finally:
            unplug(board)

    return SamnaCharacteriser(access, virtual=True)
