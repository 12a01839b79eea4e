"""Telling the vendor's samna from what only looks like it, without importing either."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from python_process import run_python

if TYPE_CHECKING:
    from pathlib import Path

BOOTSTRAP = """
from pathlib import Path
Path(__file__).with_name("IMPORTED").touch()
PYPI_SAMNA = True  # a mark
raise RuntimeError("the bootstrap was imported")
"""
ASK = "from speckhal_samna.samna_import import samna_presence; print(samna_presence().name)"
# an import hook that finds nothing stands for an environment without the package
HIDE = (
    "import importlib.util as u; find = u.find_spec\n"
    "u.find_spec = lambda name, *a: None if name == 'samna' else find(name, *a)\n"
)
# folders count only where there is no package of the name on the whole path
WITHOUT_ANOTHER_SAMNA = """
import importlib.machinery
class Finder(importlib.machinery.PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name == "samna":
            path = sys.path[:1]
        return super().find_spec(name, path, target)
sys.meta_path[sys.meta_path.index(importlib.machinery.PathFinder)] = Finder
"""
LOAD = """
from speckhal_samna.samna_import import load_real_samna
from speckhal import VendorUnavailable
try:
    print(load_real_samna().__name__)
except VendorUnavailable as error:
    print(error)
"""


def _python(code: str, *, path: Path) -> str:
    """What `code` prints, with `path` searched for modules first."""
    done = run_python("-c", f"import sys; sys.path.insert(0, {str(path)!r})\n{code}")
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture
def bootstrap(tmp_path: Path) -> Path:
    """A folder with a samna like PyPI's, which says when it is imported."""
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
    assert _python(HIDE + ASK, path=tmp_path) == "ABSENT"
    assert "not installed" in _python(HIDE + LOAD, path=tmp_path)


def test_the_emulation_is_not_taken_for_the_real_one(tmp_path: Path) -> None:
    emulate = "from speckhal_mock.samna_install.install import replace_samna; replace_samna()\n"
    assert _python(emulate + ASK, path=tmp_path) == "EMULATED"
    assert "cannot talk to real boards" in _python(emulate + LOAD, path=tmp_path)


def test_a_samna_that_fails_to_import_is_told_with_its_cause(tmp_path: Path) -> None:
    package = tmp_path / "samna"
    package.mkdir()
    (package / "__init__.py").write_text("raise OSError('libusb is missing')\n")
    said = _python(LOAD, path=tmp_path)
    assert "importing it failed: OSError: libusb is missing" in said


@pytest.mark.parametrize(
    ("raised", "words"),
    [
        ("SystemExit(3)", "SystemExit: 3"),
        ("type('Panic', (BaseException,), {})('no libusb')", "Panic: no libusb"),
        ("subprocess.CalledProcessError(1, ['pip'])", "CalledProcessError: Command '['pip']'"),
    ],
)
def test_whatever_the_import_raises_makes_samna_unavailable(
    tmp_path: Path, raised: str, words: str
) -> None:
    package = tmp_path / "samna"
    package.mkdir()
    (package / "__init__.py").write_text(f"import subprocess\nraise {raised}\n")
    said = _python(LOAD, path=tmp_path)
    assert f"importing it failed: {words}" in said
    assert "Reinstall samna" in said


def test_interrupting_the_import_interrupts(tmp_path: Path) -> None:
    package = tmp_path / "samna"
    package.mkdir()
    (package / "__init__.py").write_text("raise KeyboardInterrupt\n")
    load = (
        "from speckhal_samna.samna_import import load_real_samna\n"
        "try:\n    load_real_samna()\n"
        "except KeyboardInterrupt:\n    print('interrupted')\n"
    )
    assert _python(load, path=tmp_path) == "interrupted"


@pytest.mark.parametrize("imported", ["", "import samna\n"])
def test_a_folder_of_the_name_is_no_samna_and_is_told_of(tmp_path: Path, imported: str) -> None:
    (tmp_path / "samna").mkdir()
    (tmp_path / "samna" / "notes.txt").touch()
    assert _python(WITHOUT_ANOTHER_SAMNA + imported + ASK, path=tmp_path) == "ABSENT"
    said = _python(WITHOUT_ANOTHER_SAMNA + imported + LOAD, path=tmp_path)
    assert "is not installed" in said
    assert f"A folder named samna, which is not it, is in the way: {tmp_path / 'samna'}." in said
    assert "Rename that folder" in said


def test_only_a_mere_folder_is_in_the_way(tmp_path: Path, real: Path) -> None:
    ask = "from speckhal_samna.samna_import import folder_in_the_way; print(folder_in_the_way())"
    assert _python(ask, path=real) == "None"
    assert _python(HIDE + ask, path=tmp_path / "empty") == "None"


def test_a_hardware_backend_says_why_the_emulation_stands_in(tmp_path: Path) -> None:
    package = tmp_path / "samna"
    package.mkdir()
    (package / "__init__.py").write_text("raise OSError('libusb is missing')\n")
    mock = "from speckhal_mock.samna_install.install import provide_samna; provide_samna()\n"
    assert _python(mock + ASK, path=tmp_path) == "EMULATED"
    said = _python(mock + LOAD, path=tmp_path)
    assert "OSError: libusb is missing; this process uses speckhal's emulated samna" in said


def test_a_hardware_backend_refuses_the_emulation(tmp_path: Path) -> None:
    said = _python(
        "from speckhal_mock.samna_install.install import replace_samna; replace_samna()\n"
        "import speckhal\n"
        "try:\n    speckhal.open_device('speck2f')\n"
        "except speckhal.VendorUnavailable as error:\n    print(error)\n",
        path=tmp_path,
    )
    assert "cannot talk to real boards" in said
