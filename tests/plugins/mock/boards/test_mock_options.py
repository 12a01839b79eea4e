"""The type of the mock's options has just the options that the mock takes."""

from __future__ import annotations

import inspect

import speckhal
from speckhal_mock import MockOptions
from speckhal_mock.boards.open_options import _OWN
from speckhal_mock.emulation.options import EmulationOptions


def test_the_type_has_the_options_of_the_mock_with_their_types_in_their_order() -> None:
    written = inspect.get_annotations(MockOptions)
    typed = {name: getattr(kind, "__forward_arg__", kind) for name, kind in written.items()}
    taken = inspect.get_annotations(EmulationOptions)
    assert list(typed) == [*_OWN, *taken]
    assert {name: typed[name] for name in taken} == taken
    assert not MockOptions.__required_keys__


def test_the_mock_takes_them() -> None:
    options: MockOptions = {"open_s": 3.0, "overflow": "wrap"}
    with speckhal.open_device("mock", **options) as device:
        assert device.clock.now_s() >= 3
