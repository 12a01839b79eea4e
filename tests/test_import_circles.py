"""No modules import each other in a circle, not even for the type checker or within a function."""

from __future__ import annotations

import ast
from collections import deque
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PROJECT = Path(__file__).resolve().parents[1]
PACKAGES = sorted(
    package.parent
    for root in (PROJECT / "core", PROJECT / "plugins")
    for package in root.glob("*/__init__.py")
)

Imports = dict[str, dict[str, int]]
"""For each module those that it imports, with the line."""


def imports_of(*packages: Path) -> Imports:
    """What the modules of these packages import of each other, wherever in a file that stands."""
    files = {_name(file, package): file for package in packages for file in package.rglob("*.py")}
    imports: Imports = {}
    for name, file in files.items():
        tree = ast.parse(file.read_text(encoding="utf-8"))
        imports[name] = {
            imported: node.lineno
            for node in ast.walk(tree)
            if isinstance(node, (ast.Import, ast.ImportFrom))
            for imported in _imported(node, files)
            if imported != name
        }
    return imports


def _name(file: Path, package: Path) -> str:
    parts = file.relative_to(package.parent).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


def _imported(
    statement: ast.Import | ast.ImportFrom, modules: Mapping[str, object]
) -> Iterator[str]:
    """The modules among `modules` that a statement imports; ruff refuses relative imports."""
    package = (statement.module or "") if isinstance(statement, ast.ImportFrom) else None
    for alias in statement.names:
        whole = alias.name if package is None else f"{package}.{alias.name}"
        if whole in modules:
            yield whole
        elif package is not None and package in modules:
            yield package


def circles_in(imports: Imports) -> list[str]:
    """One sentence for each knot of modules that import each other: its shortest circle."""
    sentences = []
    left = set(imports)
    while left:
        start = min(left)
        knot = _reachable(start, imports) & _reachable(start, _reversed(imports)) | {start}
        left -= knot
        if len(knot) > 1:
            sentences.append(_in_words(_shortest_circle(knot, imports), imports))
    return sentences


def _reachable(start: str, imports: Mapping[str, Mapping[str, int]]) -> set[str]:
    seen: set[str] = set()
    ahead = [start]
    while ahead:
        further = set(imports[ahead.pop()]) - seen
        seen |= further
        ahead += further
    return seen


def _reversed(imports: Imports) -> Imports:
    importers: Imports = {name: {} for name in imports}
    for name, imported in imports.items():
        for other, line in imported.items():
            importers[other][name] = line
    return importers


def _shortest_circle(knot: set[str], imports: Imports) -> list[str]:
    """The modules of a circle in order, the first one again at its end."""
    return min((_way_back(name, knot, imports) for name in sorted(knot)), key=len)


def _way_back(start: str, knot: set[str], imports: Imports) -> list[str]:
    ways = deque([[start]])
    seen: set[str] = set()
    while True:
        way = ways.popleft()
        for name in sorted(knot & set(imports[way[-1]])):
            if name == start:
                return [*way, name]
            if name not in seen:
                seen.add(name)
                ways.append([*way, name])


def _in_words(circle: list[str], imports: Imports) -> str:
    steps = [
        f"{name} imports {following} (line {imports[name][following]})"
        for name, following in pairwise(circle)
    ]
    return ", ".join(steps)


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_no_modules_of_a_package_import_each_other_in_a_circle(package: Path) -> None:
    imports = imports_of(package)

    assert len(imports) > 1
    assert circles_in(imports) == []


def test_no_packages_import_each_other_in_a_circle() -> None:
    between: Imports = {package.name: {} for package in PACKAGES}
    for name, imported in imports_of(*PACKAGES).items():
        importer = name.partition(".")[0]
        for other, line in imported.items():
            if (package := other.partition(".")[0]) != importer:
                between[importer][package] = line

    assert between["speckhal_mock"]
    assert circles_in(between) == []


def test_no_module_hides_a_circle_by_importing_another_by_its_name() -> None:
    by_name = {
        str(file.relative_to(package.parent))
        for package in PACKAGES
        for file in package.rglob("*.py")
        if "import_module(" in file.read_text(encoding="utf-8")
    }

    assert by_name == {
        "speckhal/__init__.py",  # names that are imported when somebody asks for them
        "speckhal/cli/__init__.py",
        "speckhal/conformance/__init__.py",
        "speckhal/former_paths.py",
        "speckhal_mock/samna_install/install.py",  # the emulated samna
        "speckhal_mock/scripts/virtual_time.py",  # modules of Python itself
        "speckhal_samna/network/inference_copy.py",  # torch's, as far as it has them
        "speckhal_samna/samna_import.py",  # the vendor's
    }


def test_a_circle_is_found_and_described_wherever_its_imports_stand(tmp_path: Path) -> None:
    package = tmp_path / "knot"
    (package / "inner").mkdir(parents=True)
    sources = {
        "__init__.py": "from knot.first import begin\n",
        "first.py": "from knot import second\nfrom knot import alone\n",
        "second.py": "def later():\n    from knot.inner.third import end\n",
        "inner/__init__.py": "",
        "inner/third.py": (
            "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    import knot.first\n"
        ),
        "alone.py": "import json\n\nimport knot.inner\n",
    }
    for file, source in sources.items():
        (package / file).write_text(source, encoding="utf-8")

    (circle,) = circles_in(imports_of(package))
    assert circle == (
        "knot.first imports knot.second (line 1), "
        "knot.second imports knot.inner.third (line 2), "
        "knot.inner.third imports knot.first (line 4)"
    )


def test_of_each_knot_only_the_shortest_circle_is_shown() -> None:
    imports: Imports = {
        "a": {"b": 1},
        "b": {"c": 2, "d": 3},
        "c": {"a": 4},
        "d": {"b": 5},
        "x": {"y": 6, "a": 7},
        "y": {"x": 8},
        "z": {"x": 9},
    }

    assert circles_in(imports) == [
        "b imports d (line 3), d imports b (line 5)",
        "x imports y (line 6), y imports x (line 8)",
    ]
