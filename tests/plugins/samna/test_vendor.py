"""Telling the vendor's samna from what only looks like it, without importing either."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

BOOTSTRAP = """
from pathlib import Path
Path(__file__).with_name("IMPORTED").touch()
PYPI_SAMNA = True  # a mark
raise RuntimeError("the bootstrap was imported")
"""
ASK = "from speckhal_samna.vendor import samna_presence; print(samna_presence().name)"
LOAD = """
from speckhal_samna.vendor import load_real_samna
from speckhal import VendorUnavailable
try:
    print(load_real_samna().__name__)
except VendorUnavailable as error:
    print(error)
"""


def _python(code: str, *, path: Path) -> str:
    """What `code` prints, with `path` searched for modules first."""
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(path)!r})\n{code}"],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@pytest.fixture
def bootstrap(tmp_path: Path) -> Path:
    """A folder with a samna like PyPI's, which tells when it is imported."""
    package = tmp_path / "samna"
    package.mkdir()
    (package / "__init__.py").write_text(BOOTSTRAP)
    return tmp_path


@pytest.fixture
def real(tmp_path: Path) -> Path:
    """A folder with a samna that has no mark of a bootstrap."""
    package = tmp_path / "samna"
    package.mkdir()
    (package / "__init__.py").write_text("__version__ = '0.48.6.0'\n")
    return tmp_path


def test_the_bootstrap_is_recognised_and_not_imported(bootstrap: Path) -> None:
    assert _python(ASK, path=bootstrap) == "BOOTSTRAP"
    assert "only the bootstrap" in _python(LOAD, path=bootstrap)
    assert not (bootstrap / "samna" / "IMPORTED").exists()


def test_a_samna_without_the_mark_is_real(real: Path) -> None:
    assert _python(ASK, path=real) == "REAL"
    assert _python(LOAD, path=real) == "samna"


def test_no_samna_is_absent(tmp_path: Path) -> None:
    # an import hook that finds nothing stands for an environment without the package
    hide = (
        "import importlib.util as u; find = u.find_spec\n"
        "u.find_spec = lambda name, *a: None if name == 'samna' else find(name, *a)\n"
    )
    assert _python(hide + ASK, path=tmp_path) == "ABSENT"
    assert "not installed" in _python(hide + LOAD, path=tmp_path)


def test_the_emulation_is_not_taken_for_the_real_one(tmp_path: Path) -> None:
    emulate = "from speckhal_mock.install import replace_samna; replace_samna()\n"
    assert _python(emulate + ASK, path=tmp_path) == "EMULATED"
    assert "cannot talk to real boards" in _python(emulate + LOAD, path=tmp_path)


def test_a_samna_that_fails_to_import_is_told_with_its_cause(tmp_path: Path) -> None:
    package = tmp_path / "samna"
    package.mkdir()
    (package / "__init__.py").write_text("raise OSError('libusb is missing')\n")
    said = _python(LOAD, path=tmp_path)
    assert "importing it failed: OSError: libusb is missing" in said


def test_a_hardware_backend_refuses_the_emulation(tmp_path: Path) -> None:
    said = _python(
        "from speckhal_mock.install import replace_samna; replace_samna()\n"
        "import speckhal\n"
        "try:\n    speckhal.open_device('speck2f')\n"
        "except speckhal.VendorUnavailable as error:\n    print(error)\n",
        path=tmp_path,
    )
    assert "cannot talk to real boards" in said
