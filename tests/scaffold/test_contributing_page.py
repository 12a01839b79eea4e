"""docs/contributing-a-chip.md, carried out from its first command to its last.

Then the style and the types of the distributions in `examples/` are checked, with what mypy knows
by then of the libraries.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    class Environment(Protocol):
        """What the fixture `make_environment` makes."""

        folder: Path
        work: Path

        def fork(self, *arguments: str, cwd: Path, **variables: str) -> str: ...
        def lend_compiled(self) -> None: ...
        def must(self, command: str, **variables: str) -> str: ...


PROJECT = Path(__file__).resolve().parents[2]
PAGE = PROJECT / "docs" / "contributing-a-chip.md"
EXAMPLES = sorted(PROJECT.glob("examples/speckhal-*"))


@pytest.fixture(scope="module")
def fresh(make_environment: Callable[[], Environment]) -> Environment:
    """An environment in which nobody has installed anything."""
    return make_environment()


def commands() -> list[str]:
    """Every line of every block of shell commands."""
    blocks = re.findall(r"^```sh\n(.*?)^```$", PAGE.read_text(), flags=re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


@pytest.mark.slow
def test_every_command_of_the_page_works_in_a_fresh_environment(fresh: Environment) -> None:
    """Its `pytest` runs, of the cases for a board, only those for which nothing is deployed.

    The command before it runs all of them, and `test_green` has pytest run all on another plugin.
    """
    said: dict[str, str] = {}
    here = Path()
    for command in commands():
        if torch_needed := re.fullmatch(r"((?:\w+=\w+ )*)speckhal (.* speck2x-mock.*)", command):
            variables = dict(word.split("=") for word in torch_needed[1].split())
            script = str(fresh.folder / "bin" / "speckhal")  # as pip wrote it
            arguments = shlex.split(torch_needed[2])
            said[command] = fresh.fork(script, *arguments, cwd=fresh.work / here, **variables)
            continue
        said[command] = fresh.must(
            f"cd {fresh.work / here}; {command}",
            PYTEST_ADDOPTS="-k 'TestDescription or opens'",
            MYPY_CACHE_DIR=str(fresh.folder / "mypy"),  # all plugins use the same libraries
        )
        if command == "pip install speckhal":
            fresh.lend_compiled()
        if command.startswith("cd "):
            here /= command.removeprefix("cd ")
    assert "0 failed" in said["speckhal conformance speck2x-mock"]
    assert "0 failed" in said["speckhal conformance speck2x --static"]
    assert "inherited from speck2f, check:" in said['grep -rn "check" src']
    assert re.search(r"\b\d+ passed", said["pytest"])
    assert [path.name for path in fresh.work.glob("*/dist/*")] == [
        "speckhal_speck2x-0.1.0-py3-none-any.whl"
    ]
    assert "0 failed" in said["speckhal conformance board12-mock"]
    assert "0 failed" in said["speckhal conformance board12 --static"]
    assert "The leak of layer 0 agrees" in said["speckhal leak --backend board12-mock --ticks 12"]


@pytest.mark.slow
def test_every_distribution_in_examples_passes_its_own_checks(fresh: Environment) -> None:
    fresh.must("pip install speckhal")  # as the page says first
    assert len(EXAMPLES) == 3
    for source in EXAMPLES:
        fresh.must(
            f"cd {source}; ruff check --no-cache . && ruff format --no-cache --check . && mypy",
            MYPY_CACHE_DIR=str(fresh.folder / "mypy"),
        )
