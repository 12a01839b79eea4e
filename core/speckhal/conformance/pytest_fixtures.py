"""Fixtures for the tests of users: an open board for each test, closed after it.

pytest loads this module in every run of every project on the machine, so it imports nothing but
pytest until a test asks for a board.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from speckhal.opened.open_device import OpenDevice
    from speckhal.opened.opens_devices import OpensDevices

DEVICE_OPTION = "--speckhal-device"
"""Selects the board of tests that name none."""

MARK = "speckhal_device"
"""Marks a test that needs a certain board, or options of one."""


def add_device_option(group: pytest.OptionGroup) -> None:
    """Offer the option that selects a board for the fixtures."""
    group.addoption(
        DEVICE_OPTION,
        metavar="BACKEND[:TARGET]",
        help="The board of the fixtures speckhal_device and open_speckhal, for tests that name "
        "none. Default: $SPECKHAL_BACKEND, or else mock.",
    )


def check_device_option(config: pytest.Config) -> None:
    """Register the mark, and refuse a selection that is malformed before any test runs.

    Raises:
        UsageError: `--speckhal-device` is not of the form BACKEND[:TARGET].
    """
    config.addinivalue_line(
        "markers",
        f"{MARK}(selection=None, **options): the board that the fixture speckhal_device opens, "
        "and options of its backend",
    )
    selection: str | None = config.getoption(DEVICE_OPTION)
    if selection is None:
        return
    from speckhal.contract.errors import SpeckhalError
    from speckhal.discovery.selection import parse_selection

    try:
        parse_selection(selection)
    except SpeckhalError as error:
        raise pytest.UsageError(f"{DEVICE_OPTION}: {error}") from None


@pytest.fixture(scope="session")
def speckhal_selection(pytestconfig: pytest.Config) -> str:
    """The board of tests that name none, such as "mock"; for fixtures that keep one open for long.

    It is that of `--speckhal-device`, or else of `SPECKHAL_BACKEND`, or else the mock.
    """
    from speckhal.contract.errors import SpeckhalError
    from speckhal.discovery.selection import default_selection

    asked: str | None = pytestconfig.getoption(DEVICE_OPTION)
    try:
        return str(default_selection()) if asked is None else asked
    except SpeckhalError as error:
        problem = str(error)
    pytest.fail(problem, pytrace=False)


@pytest.fixture
def open_speckhal(request: pytest.FixtureRequest) -> Iterator[OpensDevices]:
    """Opens boards, as `speckhal.open_device` does; they are closed when the test ends.

    What the test names counts, then `--speckhal-device`, then `SPECKHAL_BACKEND`, then the mock.
    """
    asked: str | None = request.config.getoption(DEVICE_OPTION)
    with contextlib.ExitStack() as closing:

        def open_it(selection: str | None = None, **options: object) -> OpenDevice:
            from speckhal.discovery.opening import open_device

            device = open_device(asked if selection is None else selection, **options)
            closing.callback(device.close)
            return device

        yield open_it


@pytest.fixture
def speckhal_device(request: pytest.FixtureRequest, open_speckhal: OpensDevices) -> OpenDevice:
    """An open board, new for each test and closed after it; emulated if nothing else is asked.

    `@pytest.mark.speckhal_device("mock:speck2e", overflow="wrap")` chooses it for one test, class
    or module; of several such marks, the closest one counts. A selection that the fixture is
    parametrized with, by `indirect=True`, counts before that of the mark.
    """
    from speckhal.contract.errors import SpeckhalError

    mark = request.node.get_closest_marker(MARK)
    args, options = ((), {}) if mark is None else (mark.args, dict(mark.kwargs))
    selection = args[0] if args else options.pop("selection", None)
    parameter: object = getattr(request, "param", None)
    if len(args) > 1 or not isinstance(selection, str | None):
        problem = (
            f"The mark {MARK} takes one selection, such as 'mock:speck2e', and options by name; "
            f"it got {', '.join(map(repr, args or (selection,)))}."
        )
    elif not isinstance(parameter, str | None):
        problem = (
            f"The fixture {MARK} is parametrized with selections, such as 'mock:speck2e', and got "
            f"{parameter!r}; options are for the mark {MARK}."
        )
    else:
        try:
            return open_speckhal(selection if parameter is None else parameter, **options)
        except SpeckhalError as error:
            problem = str(error)
    pytest.fail(problem, pytrace=False)
