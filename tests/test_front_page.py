"""What the front page and the pages behind it promise of set-up, outputs and durations is so."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from packaging.requirements import Requirement
from packaging.version import Version

from speckhal.cli import main
from speckhal.cli.commands.leak import command as leak

PROJECT = Path(__file__).resolve().parents[1]
README = (PROJECT / "README.md").read_text(encoding="utf-8")
HOW_TO = PROJECT / "docs" / "how-to"
INSTALL = (HOW_TO / "install.md").read_text(encoding="utf-8")
CHARACTERISE = (HOW_TO / "characterise-a-kit.md").read_text(encoding="utf-8")
CHECKLIST = (HOW_TO / "first-kit-checklist.md").read_text(encoding="utf-8")

LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")

COMPLETE = """
import sys
from speckhal.cli import main
sys.argv = ["speckhal"]
try:
    main()
finally:
    heavy = {"torch", "sinabs", "numpy", "matplotlib"} & set(sys.modules)
    print(*heavy, file=sys.stderr)
"""


def test_the_front_page_stays_a_front_page() -> None:
    assert len(README.splitlines()) <= 150


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "docs/contributing-a-chip.md"])
def test_links_lead_somewhere(page: str) -> None:
    links = LINK.findall((PROJECT / page).read_text(encoding="utf-8"))
    assert links
    assert [link for link in links if not ((PROJECT / page).parent / link).exists()] == []


@pytest.mark.parametrize(
    ("system", "machine", "pins"),
    [
        ("linux", "x86_64", 1),
        ("linux", "aarch64", 1),
        ("darwin", "arm64", 1),
        ("darwin", "x86_64", 0),
    ],
)
def test_torch_is_pinned_where_there_is_such_a_release_whoever_built_it(
    system: str, machine: str, pins: int
) -> None:
    lines = (PROJECT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    constraints = [Requirement(line) for line in lines if not line.startswith("#")]
    here = {"sys_platform": system, "platform_machine": machine}
    holding = [each for each in constraints if each.marker is None or each.marker.evaluate(here)]

    assert [pin.name for pin in holding] == ["torch", "numba", "llvmlite"] * pins
    for pin in holding[:1]:
        assert all(pin.specifier.contains(Version(f"2.13.0{build}")) for build in ("", "+cpu"))


def test_the_time_that_characterising_takes_is_the_one_that_the_command_says() -> None:
    promised = re.search(r"# about (\d+) min; --quick: about (\d+);", CHARACTERISE)
    assert promised
    for minutes, options in zip(promised.groups(), ([], ["--quick"]), strict=True):
        printed = CliRunner().invoke(main, ["characterise", "speck2f", *options]).stdout
        assert printed.splitlines()[0].endswith(f": about {minutes} min.")
    assert f"About {promised.group(1)} minutes," in CHECKLIST


def test_every_output_of_leak_is_named() -> None:
    names = {name for option in leak.params for name in option.opts if name.startswith("--")}
    assert {"--save", "--csv", "--plot", "--json", "--network"} <= names
    for name in ("--save", "--csv", "--plot", "--json", "--network"):
        assert name in README


def test_a_page_names_every_command_with_what_it_does() -> None:
    page = (PROJECT / "docs" / "reference" / "commands.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `speckhal ([\w-]+)", page, re.MULTILINE)) == set(
        main.list_commands(click.Context(main))
    )


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_commands_are_completed_in_a_moment(shell: str) -> None:
    words = {"COMP_WORDS": "speckhal le", "COMP_CWORD": "le" if shell == "fish" else "1"}
    done = subprocess.run(
        [sys.executable, "-c", COMPLETE],
        env={**os.environ, **words, "_SPECKHAL_COMPLETE": f"{shell}_complete"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert "leak" in done.stdout
    assert "list" not in done.stdout
    assert done.stderr == "\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_help_and_a_page_say_how_to_complete(shell: str) -> None:
    printed = CliRunner().invoke(main, ["--help"]).stdout

    assert f"{shell}_source" in INSTALL
    assert '  eval "$(_SPECKHAL_COMPLETE=bash_source speckhal)"\n' in printed
