"""What `import samna` gives while the emulation stands in for it."""

from __future__ import annotations

import importlib
import importlib.util
import pickle
import sys
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import speckhal_mock
from python_process import run_python
from speckhal_mock import samna as behind
from speckhal_mock.samna_install.install import FINDER, VendorModule, emulated_samna, replace_samna

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

STUBS = Path(__file__).resolve().parents[4] / "typings" / "samna"

BOOTSTRAP = """
PYPI_SAMNA = True
from pathlib import Path
Path({marker!r}).touch()
raise RuntimeError("the bootstrap ran")
"""


def modules_in(package: Path, suffix: str) -> set[str]:
    """Names of the modules whose files are there; nothing is imported."""
    paths = [path.relative_to(package.parent) for path in package.rglob(f"*{suffix}")]
    return {".".join(path.with_suffix("").parts).removesuffix(".__init__") for path in paths}


def stubbed_modules() -> list[str]:
    """Names of the modules that the stubs of the vendor's samna describe."""
    return sorted(name for name in modules_in(STUBS, ".pyi") if "._" not in name)


NOT_EMULATED = {
    "samna.unifirm.modules.edgeDetection",
    "samna.unifirm.modules.ioControl",
}
INTERNALS = ["emulation", "sdk", "pybind", "model"]


@pytest.fixture
def samna() -> Iterator[ModuleType]:
    """The emulated samna, in its place as long as the test runs."""
    before = {name: module for name, module in sys.modules.items() if name.startswith("samna")}
    replace_samna()
    yield sys.modules["samna"]
    for name in [name for name in sys.modules if name.startswith("samna")]:
        del sys.modules[name]
    sys.modules.update(before)


@pytest.mark.parametrize("name", stubbed_modules())
def test_each_module_of_the_vendor_is_there_or_said_not_to_be(samna: ModuleType, name: str) -> None:
    if name in NOT_EMULATED:
        with pytest.raises(ModuleNotFoundError, match=f"{name} is not emulated"):
            importlib.import_module(name)
        return
    module = importlib.import_module(name)

    assert module.__name__ == name
    parent, _, child = name.rpartition(".")
    if parent:
        assert getattr(importlib.import_module(parent), child) is module


def test_no_module_is_there_that_the_vendor_has_not() -> None:
    vendors = set(stubbed_modules()) - NOT_EMULATED

    assert modules_in(Path(behind.__path__[0]), ".py") <= vendors
    assert {module.__name__ for module in emulated_samna().family()} == vendors


@pytest.mark.parametrize("name", INTERNALS)
def test_what_the_emulation_is_made_of_is_out_of_reach(samna: ModuleType, name: str) -> None:
    with pytest.raises(ModuleNotFoundError, match=f"samna.{name} is not emulated, or not samna's"):
        importlib.import_module(f"samna.{name}")
    assert not hasattr(samna, name)
    with pytest.raises(AttributeError, match=f"samna.{name} is not emulated"):
        getattr(samna, name)


def test_modules_show_nothing_but_the_vendors_names(samna: ModuleType) -> None:
    # that they are the vendor's, and all of them, stubtest checks
    for module in emulated_samna().family():
        assert "annotations" not in dir(module)
        assert dir(module) == sorted(module.__all__)


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("samna", "util"),
        ("samna.device", "current_bus"),
        ("samna.unifirm.modules.events", "EdgeSync"),
    ],
)
def test_what_is_not_emulated_says_so_however_it_is_asked_for(
    samna: ModuleType, module: str, name: str
) -> None:
    sentence = rf"{module}.{name} is not emulated, or not samna's. dir\({module}\) shows what is"
    with pytest.raises(AttributeError, match=f"{sentence}$"):  # where Python appends its own hint
        getattr(importlib.import_module(module), name)
    with pytest.raises(ImportError, match=sentence):
        importlib.import_module(f"{module}.{name}")
    with pytest.raises(ImportError, match=sentence):
        exec(f"from {module} import {name}")  # noqa: S102  # the very statement is under test


def test_scripts_and_the_driver_see_the_same_classes(samna: ModuleType) -> None:
    for module in emulated_samna().family():
        twin = attrgetter(module.__name__)(speckhal_mock)
        for name in module.__all__:
            value = getattr(module, name)
            assert isinstance(value, VendorModule) or value is getattr(twin, name)


def test_a_change_of_the_emulation_is_seen_through(
    samna: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(behind, "_speckhal_emulated", False)
    assert samna._speckhal_emulated is False
    monkeypatch.setattr(behind.device, "get_all_devices", lambda: ["changed"])
    assert importlib.import_module("samna.device").get_all_devices() == ["changed"]


def test_putting_it_in_place_twice_changes_nothing(samna: ModuleType) -> None:
    before = {name: module for name, module in sys.modules.items() if name.startswith("samna")}

    replace_samna()

    after = {name: module for name, module in sys.modules.items() if name.startswith("samna")}
    assert after == before
    assert sys.meta_path.count(FINDER) == 1


def test_events_can_be_pickled(samna: ModuleType) -> None:
    spike = behind.speck2f.event.Spike(1, 2, 3, 4, 5)

    assert pickle.loads(pickle.dumps(spike)) == spike  # noqa: S301  # made in the same line


def test_a_reload_gives_the_emulation_again(samna: ModuleType) -> None:
    assert importlib.reload(samna) is samna
    device = importlib.import_module("samna.device")
    assert importlib.reload(device) is device
    assert importlib.util.find_spec("samna") is samna.__spec__


def test_nothing_else_is_kept_from_being_found(samna: ModuleType) -> None:
    assert FINDER.find_spec("json") is None
    assert FINDER.find_spec("json.samna") is None


@pytest.mark.parametrize(
    "text",
    [
        "import samna",
        "import sinabs.backend.dynapcnn",
        "import samna, importlib; importlib.reload(samna)",
        "import samna.util",
    ],
)
def test_the_bootstrap_in_site_packages_is_never_imported(tmp_path: Path, text: str) -> None:
    marker, package = tmp_path / "the bootstrap ran", tmp_path / "site" / "samna"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(BOOTSTRAP.format(marker=str(marker)))
    (package / "util.py").write_text(BOOTSTRAP.format(marker=str(marker)))
    script = tmp_path / "script.py"
    script.write_text(f"import sys\nsys.path.insert(0, {str(package.parent)!r})\n{text}\n")

    done = run_python("-c", "from speckhal.cli import main; main()", "emulate", script)

    assert not marker.exists()
    assert ("samna.util is not emulated" in done.stderr) == ("samna.util" in text)
    assert done.returncode == int("samna.util" in text)


ONLY_THE_FIRST = """
import importlib.machinery
class Finder(importlib.machinery.PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return super().find_spec(name, sys.path[:1] if name == "samna" else path, target)
sys.meta_path[sys.meta_path.index(importlib.machinery.PathFinder)] = Finder
"""
"""Import hook: samna is looked for in the first folder alone, as if no other were installed."""

DEPLOY = """
import speckhal
from speckhal.discovery.registry import registry
example = registry().backend("mock").example()
for _ in range(2):
    with speckhal.open_device("mock") as device:
        leak = device.leak_config(rate_hz=1)
        device.deploy(example.network, input_shape=example.input_shape, leak=leak)
import samna
print("emulated" if getattr(samna, "_speckhal_emulated", False) else "vendor")
print(*sorted(name for name in sys.modules if name.startswith("samna.left")))
try:
    import samna.left_behind
except ModuleNotFoundError as error:
    print(error)
"""


def run(code: str, path: Path) -> list[str]:
    """Lines that `code` prints in a process of its own, with `path` searched first."""
    done = run_python("-c", f"import sys; sys.path.insert(0, {str(path)!r})\n{code}")
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize(
    "raised", ["ImportError('no libusb')", "SystemExit(3)", "type('Panic', (BaseException,), {})()"]
)
def test_a_vendor_that_cannot_be_imported_is_tried_once_and_then_emulated(
    tmp_path: Path, raised: str
) -> None:
    package = tmp_path / "samna"
    package.mkdir()
    (package / "left_behind.py").touch()
    (package / "__init__.py").write_text(
        "from pathlib import Path\n"
        "import samna.left_behind\n"
        f"Path({str(tmp_path / 'tries')!r}).open('a').write('x')\n"
        f"raise {raised}\n"
    )

    which, left, missing = run(DEPLOY, tmp_path)

    assert (which, left) == ("emulated", "")
    assert "samna.left_behind is not emulated" in missing
    assert (tmp_path / "tries").read_text() == "x"


def test_a_folder_of_the_name_is_no_vendor(tmp_path: Path) -> None:
    (tmp_path / "samna").mkdir()
    (tmp_path / "samna" / "notes.txt").touch()
    for before in ("", "import samna\n"):
        assert run(ONLY_THE_FIRST + before + DEPLOY, tmp_path)[0] == "emulated"


def test_a_vendor_that_can_be_imported_is_not_shadowed(tmp_path: Path) -> None:
    (tmp_path / "samna").mkdir()
    (tmp_path / "samna" / "__init__.py").write_text("WHOSE = 'the vendor'\n")
    code = (
        "from speckhal_mock.samna_install.install import provide_samna; provide_samna(); "
        "import samna"
    )
    assert run(f"{code}; print(samna.WHOSE)", tmp_path) == ["the vendor"]


def test_listing_backends_imports_no_vendor(tmp_path: Path) -> None:
    (tmp_path / "samna").mkdir()
    (tmp_path / "samna" / "__init__.py").write_text("raise AssertionError\n")
    code = "from speckhal.cli import main\ntry:\n    main(['list'])\nexcept SystemExit:\n    pass\n"
    assert run(f"{code}print('samna' in sys.modules)", tmp_path)[-1] == "False"
