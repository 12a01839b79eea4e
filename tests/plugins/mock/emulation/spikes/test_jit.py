"""A cache of numba that fails, and a numba that is broken, cost time and nothing else."""

from __future__ import annotations

import errno
import os
import runpy
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numba
import pytest
from numba.core.caching import IndexDataCacheFile

from python_process import run_python
from speckhal_mock.emulation.spikes import jit
from spikes_compiled import ROOM

if TYPE_CHECKING:
    from collections.abc import Callable


def _one_more() -> Any:
    """A function as another process would have it: compiled anew, or taken from the cache."""
    more = jit.SOURCES and 1

    @jit.kept
    def one_more(number: int) -> int:
        return number + more

    return one_more


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))
    return tmp_path


@pytest.mark.usefixtures("cache")
@pytest.mark.parametrize("step", ["save", "_save_index", "_save_data"])
def test_a_disk_without_room_for_the_cache_makes_each_process_compile(
    step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(IndexDataCacheFile, step, full)
    for _ in range(2):
        one_more = _one_more()
        assert one_more(1) == 2
        assert not one_more.stats.cache_hits


def _truncated(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-9])


def _emptied(file: Path) -> None:
    file.write_bytes(b"")


@pytest.mark.parametrize("suffix", ["nbi", "nbc"])
@pytest.mark.parametrize("damaged", [_truncated, _emptied])
def test_a_damaged_file_of_the_cache_is_replaced(
    suffix: str, damaged: Callable[[Path], None], cache: Path
) -> None:
    _one_more()(1)
    (file,) = cache.rglob(f"*.{suffix}")
    damaged(file)

    assert _one_more()(1) == 2
    later = _one_more()
    assert later(1) == 2
    assert later.stats.cache_hits


@pytest.mark.parametrize("raised", ["OSError('no libllvmlite.so')", "ImportError('NumPy 9')"])
def test_a_numba_that_cannot_be_imported_is_done_without_after_one_warning(
    raised: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "numba.py").write_text(f"raise {raised}", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "numba")

    with pytest.warns(RuntimeWarning, match="numba is installed but cannot be imported") as seen:
        found = runpy.run_path(str(Path(jit.__file__)))

    assert len(seen) == 1
    assert not found["IS_COMPILED"]
    assert found["kept"](abs)(-1) == 1


def test_a_numba_that_is_not_installed_is_done_without_and_without_a_word(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "numba", None)

    assert not runpy.run_path(str(Path(jit.__file__)))["IS_COMPILED"]


LEFT = """
import importlib, sys
from spikes_compiled import ROOM, compile_spikes

compile_spikes()
for path in ROOM.glob("[a-z]*.py"):
    module = importlib.import_module(f"speckhal_mock.emulation.spikes.{path.stem}")
    for name, one in vars(module).items():
        if type(getattr(one, "_cache", None)).__name__ == "_SpareCache":
            print(name, len(one.signatures))
"""


def test_what_compiles_before_many_processes_test_leaves_nothing_that_is_kept() -> None:
    support = str(Path(__file__).parents[4] / "support")
    done = run_python("-c", LEFT, env={**os.environ, "PYTHONPATH": support})

    assert done.returncode == 0, done.stderr
    found = dict(line.split() for line in done.stdout.splitlines())
    assert len(found) == sum(path.read_text().count("@kept") for path in ROOM.glob("*.py")) > 0
    assert set(found.values()) == {"1"}
