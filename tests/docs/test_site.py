"""The site builds without a warning, and has every public name and every decision."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import speckhal

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site, about 8 s of processor time."""
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", DOCS, folder],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.slow
def test_every_page_is_built_and_reached_from_the_front(site: Path) -> None:
    pages = {
        str(page.relative_to(DOCS).with_suffix(".html"))
        for page in DOCS.rglob("*.md")
        if "_build" not in page.parts
    }
    assert pages <= {str(page.relative_to(site)) for page in site.rglob("*.html")}


@pytest.mark.parametrize("name", sorted(set(dir(speckhal)) - {"__version__"}))
def test_the_api_has_every_public_name(name: str) -> None:
    api = (DOCS / "reference" / "api.md").read_text(encoding="utf-8")
    assert re.search(rf"^\.\. auto\w+:: speckhal\.{name}$", api, re.MULTILINE), (
        f"docs/reference/api.md lacks {name}: put it where readers look for it."
    )


def test_the_index_of_decisions_names_each_of_them_by_its_title() -> None:
    index = (DOCS / "decisions" / "README.md").read_text(encoding="utf-8")
    for page in set((DOCS / "decisions").glob("*.md")) - {DOCS / "decisions" / "README.md"}:
        title, _, text = page.read_text(encoding="utf-8").partition("\n")
        assert f"* [{title.removeprefix('# ')}]({page.name})\n" in index
        for part in ("**Decided.** ", "**What else was considered.** ", "**Why.** "):
            assert f"\n{part}" in text
