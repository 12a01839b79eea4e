"""What the scaffold writes is green at once: style, and the conformance suite.

`test_contributing_page` does the same, and checks types, for a chip and for a board without samna.
"""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from python_process import run_python

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

Write = Callable[..., Path]

# names as short and as long as they may be: formatting must not depend on them
VARIETIES = [
    {"name": "q9", "like": "speck2f", "license_name": "Apache-2.0", "author": ""},
    {"name": "q9", "like": "speck2e", "license_name": "MIT", "author": 'Ada "the Countess" \\ Q'},
    {"name": "abcdefghi-jklmnopq-9", "like": "speck2e", "license_name": "MIT", "author": "É"},
    {"name": "q9", "like": "device", "license_name": "MIT", "author": ""},
    {"name": "abcdefghi-jklmnopq-9", "like": "device", "license_name": "MIT", "author": ""},
]
LIKES = ["speck2e", "device"]
SUPPORT = Path(__file__).parents[1] / "support"
TESTS = ("-m", "pytest", "--assert=plain", "-p", "no:cacheprovider")


def python(folder: Path, *arguments: str) -> None:
    path = os.pathsep.join([str(folder / "src"), str(SUPPORT)])
    environment = {**os.environ, "PYTHONPATH": path}
    done = run_python(*arguments, cwd=folder, env=environment, timeout=900)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"


@pytest.mark.parametrize("variety", VARIETIES, ids=lambda each: f"{each['name']} {each['like']}")
def test_it_passes_its_own_ruff(write: Write, variety: dict[str, str]) -> None:
    folder = write(**variety)
    python(folder, "-m", "ruff", "check", "--no-cache", ".")
    python(folder, "-m", "ruff", "format", "--no-cache", "--check", ".")


def code(path: Path) -> str:
    """What a file does, whatever its texts and its chip are called."""
    tree = ast.parse(path.read_text(encoding="utf-8").lower().replace("speck2e", "speck2f"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
    return ast.dump(tree)


def test_its_code_is_the_same_whichever_chip_it_is_like(write: Write) -> None:
    """So mypy need check one of them, which it does in `test_contributing_page`."""
    one, other = (write(f"q{like[-1]}", like=like) for like in ("speck2e", "speck2f"))
    files = sorted(
        path.relative_to(one / "src" / "speckhal_qe") for path in one.rglob("src/*/*.py")
    )
    assert len(files) == 3
    for file in files:
        there = code(other / "src" / "speckhal_qf" / file)
        assert code(one / "src" / "speckhal_qe" / file) == there.replace("qf", "qe")


@pytest.mark.slow
@pytest.mark.parametrize("like", LIKES)
def test_its_own_tests_run_both_halves_of_the_suite_and_pass(like: str, write: Write) -> None:
    folder = write("q9", like=like)
    python(folder, *TESTS, *(() if like == "device" else ("-p", "placing_once")))


def test_it_has_the_files_that_a_distribution_needs(write: Write) -> None:
    folder = write("speck-9")
    assert sorted(
        str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()
    ) == [
        ".github/workflows/ci.yml",
        ".gitignore",
        "LICENSE",
        "README.md",
        "pyproject.toml",
        "src/speckhal_speck_9/__init__.py",
        "src/speckhal_speck_9/chip.py",
        "src/speckhal_speck_9/facts.py",
        "src/speckhal_speck_9/py.typed",
        "tests/test_conformance.py",
    ]


def test_a_skeleton_has_a_board_in_place_of_a_chip(write: Write) -> None:
    package = write("board12", like="device") / "src" / "speckhal_board12"
    assert sorted(path.name for path in package.iterdir()) == [
        "__init__.py",
        "board.py",
        "device.py",
        "facts.py",
        "py.typed",
        "simulated.py",
    ]


def test_the_licence_is_the_one_that_was_chosen(write: Write) -> None:
    mit = write("speck9", license_name="MIT", author="Ada")
    apache = write("speck8", license_name="Apache-2.0")
    assert "Ada" in (mit / "LICENSE").read_text()
    assert "MIT License" in (mit / "LICENSE").read_text()
    # a copy and no link, which would be lost where a checkout has none
    assert (apache / "LICENSE").read_text() == (Path(__file__).parents[2] / "LICENSE").read_text()
    assert 'license = "Apache-2.0"' in (apache / "pyproject.toml").read_text()


def test_the_workflow_keeps_its_own_variables(write: Write) -> None:
    workflow = (write("speck9") / ".github" / "workflows" / "ci.yml").read_text()
    assert "python-version: ${{ matrix.python }}" in workflow
    assert "speckhal conformance speck9-mock" in workflow


@pytest.mark.parametrize("author", ['Ada "the Countess" \\ Q', "É\N{GRINNING FACE}", "O'Hara"])
def test_an_author_of_any_name_is_named_as_he_is(write: Write, author: str) -> None:
    project = (write("speck9", author=author) / "pyproject.toml").read_text(encoding="utf-8")
    assert tomllib.loads(project)["project"]["authors"] == [{"name": author}]
