"""`import speckhal` costs nothing, and every public name is there all the same."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

import speckhal as package

Python = Callable[..., subprocess.CompletedProcess[str]]

HEAVY = ("numpy", "torch", "sinabs", "samna", "matplotlib", "rich", "pluggy", "attrs")


def names_for_the_type_checker() -> set[str]:
    """What `speckhal/__init__.py` imports under TYPE_CHECKING, as it stands in the file."""
    assert package.__file__ is not None
    tree = ast.parse(Path(package.__file__).read_text())
    imported = {
        (alias.name, node.module)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("speckhal.")
        # the one module that the package itself needs
        if node.module != "speckhal.former_paths"
        for alias in node.names
    }
    return {f"{module}.{name}" for name, module in imported}


def test_import_speckhal_imports_nothing_heavy(python: Python) -> None:
    done = python("-c", "import sys, speckhal; print(*sys.modules)")
    assert done.returncode == 0, done.stderr
    assert not set(HEAVY) & set(done.stdout.split())


def test_opening_a_device_by_name_needs_no_numpy_in_the_core(python: Python) -> None:
    done = python("-c", "import sys; from speckhal import open_device; print(*sys.modules)")
    assert not {"numpy", "pluggy"} & set(done.stdout.split())


@pytest.mark.parametrize("name", dir(package))
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(package, name) is not None
    assert name in dir(package)


def test_a_type_checker_sees_the_names_that_python_sees() -> None:
    lazily = {
        f"speckhal.{module}.{name}"
        for module, names in package._NAMES_OF_MODULE.items()
        for name in names.split()
    }
    assert names_for_the_type_checker() == lazily
    names = {path.rpartition(".")[2] for path in lazily} | {"__version__"}
    assert {*dir(package)} == {*vars(package)["__all__"]} == names


def test_a_name_that_does_not_exist_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="'speckhal' has no attribute 'open_devcie'"):
        getattr(package, "open_devcie")  # noqa: B009 - mypy would refuse the attribute itself


def test_every_error_is_public() -> None:
    from speckhal.contract import errors

    named = {name for name, value in vars(errors).items() if isinstance(value, type)}
    assert named <= set(dir(package))


def test_the_version_is_that_of_the_distribution() -> None:
    from importlib.metadata import version

    assert package.__version__ == version("speckhal")
