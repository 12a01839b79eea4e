"""The Tab key: backends, targets, files, and what a file of networks defines; fast and silent."""

from __future__ import annotations

import os
import pty
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.shell_completion import CompletionItem, get_completion_class

from speckhal.cli import main

Install = Callable[..., None]

BASH = shutil.which("bash") or ""

HOSTILE = """
import sys, warnings, os
print("hello from a plugin")
os.write(1, b"and from below Python")
warnings.warn("look at me")
{what}
"""


def offered(*before: str, begun: str = "") -> list[CompletionItem]:
    """What click offers behind these words."""
    shell = get_completion_class("fish")
    assert shell is not None
    return shell(main, {}, "speckhal", "_SPECKHAL_COMPLETE").get_completions([*before], begun)


def values(*before: str, begun: str = "") -> list[str]:
    return [item.value for item in offered(*before, begun=begun)]


@pytest.mark.parametrize(
    "before",
    [["leak", "--backend"], ["info"], ["conformance"], ["characterise"], ["emulate", "--backend"]],
    ids=lambda words: words[0],
)
def test_backends_are_offered_with_where_they_come_from(before: list[str]) -> None:
    (mock,) = offered(*before, begun="m")
    assert mock.value == "mock"
    assert (mock.help or "").startswith("of speckhal ")
    assert {"mock", "speck2e", "speck2f"} <= {*values(*before)}
    assert values(*before, begun="nobody") == []


def test_behind_a_colon_targets_are_offered_with_what_they_are() -> None:
    found = {item.value: item.help for item in offered("info", begun="mock:speck2e")}
    assert "mock:speck2e" in found
    assert all(value.startswith("mock:speck2e") and help_ for value, help_ in found.items())
    assert values("emulate", "--backend", begun="mock:") == []


def test_a_disabled_backend_is_not_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPECKHAL_DISABLE_PLUGINS", "mock")
    assert values("info", begun="mock") == []
    assert values("info", begun="mock:") == []


def test_doctor_is_offered_plugins_without_a_backend_too() -> None:
    assert values("doctor", begun="chara") == ["characterise"]


def test_measurements_are_offered_one_after_the_other() -> None:
    assert "overflow" in values("characterise", "mock", "--only")
    assert values("characterise", "mock", "--only", begun="overflow,first") == [
        "overflow,first-tick"
    ]
    assert values("characterise", "nobody", "--only") == []


@pytest.mark.parametrize(
    "before",
    [
        ["leak", "--save"],
        ["leak", "--profile"],
        ["leak", "--network"],
        ["conformance", "mock", "--json"],
        ["emulate"],
        ["characterise", "mock", "--out"],
    ],
    ids=" ".join,
)
def test_files_are_left_to_the_shell(before: list[str]) -> None:
    assert [item.type for item in offered(*before, begun="some")] == ["file"]


def test_behind_the_colon_of_a_file_its_names_are_offered_and_it_is_not_run(
    tmp_path: Path,
) -> None:
    file = tmp_path / "nets.py"
    file.write_text(
        "raise SystemExit\nimport os\nsmall = large = 1\nother: int = 2\n"
        "def make(): pass\nclass Net: pass\n_own = 3\n"
    )
    assert values("leak", "--network", begun=f"{file}:") == [
        f"{file}:{name}" for name in ("small", "large", "other", "make", "Net")
    ]
    assert values("leak", "--network", begun=f"{file}:_o") == [f"{file}:_own"]
    file.write_text("def (")
    assert values("leak", "--network", begun=f"{file}:") == []
    assert values("leak", "--network", begun=f"{tmp_path}/absent.py:") == []


@pytest.mark.parametrize("what", ["raise SystemExit(3)", "raise ValueError", "import nothing_such"])
def test_a_plugin_that_fails_offers_nothing_and_is_not_heard(
    what: str, install: Install, capfd: pytest.CaptureFixture[str]
) -> None:
    install(
        "speckhal-hostile",
        "1.0",
        backends={"hostile": "hostile_completion:backend"},
        modules={"hostile_completion": HOSTILE.format(what=what)},
    )
    assert values("info", begun="hostile") == ["hostile"]
    assert values("info", begun="hostile:") == []
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("words", "cursor", "expected"),
    [
        ("speckhal info mock : speck2et", 4, "plain,speck2etestboard\n"),
        ("speckhal leak --backend mock : speck2et", 5, "plain,speck2etestboard\n"),
        ("speckhal info moc", 2, "plain,mock\n"),
        ("speckhal info nobody :", 3, "\n"),
    ],
)
def test_bash_which_breaks_words_at_colons_gets_the_rest_of_the_word(
    words: str,
    cursor: int,
    expected: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("_SPECKHAL_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(cursor))
    with pytest.raises(SystemExit):
        main(prog_name="speckhal")
    assert capsys.readouterr() == (expected, "")


def test_completing_a_target_of_the_mock_imports_no_torch() -> None:
    program = (
        "import sys; from speckhal.cli import main\n"
        "try: main(prog_name='speckhal')\n"
        "finally: print(*{'torch', 'sinabs', 'matplotlib', 'h5py', 'rich'} & {*sys.modules},"
        " file=sys.stderr)"
    )
    asked = {
        "_SPECKHAL_COMPLETE": "bash_complete",
        "COMP_WORDS": "speckhal leak --backend mock :",
        "COMP_CWORD": "4",
    }
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, **asked},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "plain,speck2f\n" in done.stdout
    assert done.stderr == "\n"


@pytest.mark.skipif(not BASH, reason="there is no bash here")
def test_a_real_bash_completes_backend_and_target(tmp_path: Path) -> None:
    command = Path(sys.executable).with_name("speckhal")
    if not command.exists():
        pytest.skip("the command is not installed beside this Python")
    rc = tmp_path / "rc"
    rc.write_text(
        f"PATH={command.parent}:$PATH; PS1='ready> '; unset PROMPT_COMMAND\n"
        "bind 'set enable-bracketed-paste off'\n"
        'eval "$(_SPECKHAL_COMPLETE=bash_source speckhal)"\n'
    )
    process, terminal = pty.fork()
    if process == 0:
        os.environ["TERM"] = "dumb"
        os.execv(BASH, ["bash", "--noprofile", "--rcfile", str(rc), "-i"])  # noqa: S606 - a shell is the subject
    try:
        _until(terminal, "ready> ")
        os.write(terminal, b"echo speckhal; speckhal info moc\t")
        _until(terminal, "mock")
        os.write(terminal, b":speck2et\t")
        shown = _until(terminal, "estboard")
        assert "mock:mock" not in shown
    finally:
        os.close(terminal)
        os.waitpid(process, 0)


def _until(terminal: int, wanted: str) -> str:
    """What the terminal shows until this is there, which must come within a minute."""
    shown, end = "", time.monotonic() + 60
    while wanted not in shown:
        ready, _, _ = select.select([terminal], [], [], max(0.0, end - time.monotonic()))
        assert ready, f"{wanted!r} did not come, but {shown!r}"
        shown += os.read(terminal, 4096).decode(errors="replace")
    return shown
