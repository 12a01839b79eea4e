"""Boards on the desk, for the tests that need them.

    pytest tests/hardware -m hardware --board speck2f

runs them on the first Speck2f board; `speckhal doctor` prints what to give for each that is
plugged in. Give `--board` twice for the tests that need two. They take the boards for themselves
and leave them closed, with the slow clock off.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pytest

import speckhal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy.typing as npt
    from torch import nn

    from speckhal import Device

COMMAND: Final = "pytest tests/hardware -m hardware --board speck2f"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--board",
        action="append",
        default=[],
        metavar="BACKEND[:TARGET]",
        help="a board on the desk for the hardware tests, as open_device takes it; may be repeated",
    )


def pytest_report_header(config: pytest.Config) -> str:
    if "not hardware" in config.getoption("markexpr"):
        return f"hardware: not tested; with a board on the desk: {COMMAND}"
    return f"hardware: {', '.join(config.getoption('board')) or 'no --board was given'}"


@pytest.fixture
def boards(request: pytest.FixtureRequest) -> list[str]:
    """What selects each board on the desk."""
    selections: list[str] = request.config.getoption("board")
    if not selections:
        pytest.fail(f"These tests need a board, and none was named. Try: {COMMAND}", pytrace=False)
    return selections


@pytest.fixture
def board(boards: list[str]) -> str:
    """What selects the first board."""
    return boards[0]


@pytest.fixture
def device(board: str) -> Iterator[Device]:
    """The first board, open."""
    with speckhal.open_device(board) as device:
        yield device


@pytest.fixture
def make_network() -> Callable[..., nn.Sequential]:
    """Makes a 1x1 convolution whose neurons start at `v_mem`, (channels, height, width).

    Weights and thresholds of 1 are 127 on the chip, and whole numbers up to 127 stay as they are;
    `weight` divides all of the chip's numbers but the weight itself: 0.01 gives thresholds of
    12,700.
    """
    import torch
    from sinabs.layers import IAFSqueeze
    from torch import nn

    def make(v_mem: npt.ArrayLike, weight: float = 1.0) -> nn.Sequential:
        states = torch.tensor(np.asarray(v_mem)) / 127
        channels, height, width = states.shape
        convolution = nn.Conv2d(1, channels, kernel_size=1)
        neurons = IAFSqueeze(batch_size=1, min_v_mem=-1.0)
        network = nn.Sequential(convolution, neurons)
        with torch.no_grad():
            convolution.weight.fill_(weight)
            convolution.get_parameter("bias").zero_()
            network(torch.zeros(1, 1, height, width))
            neurons.v_mem.copy_(states)
        return network

    return make
