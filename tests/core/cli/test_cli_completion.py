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
from speckhal.cli.completing_shells import take_completions

Install = Callable[..., None]

HOSTILE = """
import sys, warnings, os
print("hello from a plugin")
os.write(1, b"and from below Python")
warnings.warn("look at me")
{what}
"""


def offered(*before: str, begun: str = "") -> list[CompletionItem]:
    """What click offers behind these words."""
    take_completions()
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
        ["leak", "--weights"],
        ["conformance", "mock", "--json"],
        ["emulate"],
        ["show"],
        ["verify"],
        ["export"],
        ["report"],
        ["characterise", "mock", "--out"],
    ],
    ids=" ".join,
)
def test_files_are_left_to_the_shell_where_there_is_none_of_a_kind(before: list[str]) -> None:
    assert [item.type for item in offered(*before, begun="some")] == ["file"]
    assert [item.type for item in offered(*before, begun="~/some")] == ["file"]


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        (["leak", "--network"], ["a.nir", "a.py:"]),
        (["leak", "--weights"], ["a.pt", "a.safetensors"]),
        (["leak", "--profile"], ["a.toml"]),
        (["leak", "--plan"], ["a.json"]),
        (["sweep", "--file"], ["a.sqlite"]),
        (["emulate", "--profile"], ["a.toml"]),
        (["characterise", "mock", "--profile"], ["a.toml"]),
        (["emulate"], ["a.ipynb", "a.py"]),
        (["emulate", "--realtime"], ["a.ipynb", "a.py"]),
        (["show"], ["a b.h5", "a.h5", "a.h5.partial", "a.npz"]),
        (["export"], ["a b.h5", "a.h5", "a.h5.partial", "a.npz"]),
        (["report"], ["a b.h5", "a.h5", "a.h5.partial", "a.npz"]),
        (["verify"], ["a b.h5", "a.h5", "a.h5.partial", "a.npz"]),
    ],
    ids=" ".join,
)
def test_files_of_the_kind_that_is_wanted_are_offered_with_folders(
    before: list[str], expected: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    suffixes = ["nir", "py", "pt", "safetensors", "toml", "ipynb", "h5", "h5.partial", "npz"]
    suffixes += ["json", "sqlite"]
    for name in [*(f"a.{suffix}" for suffix in suffixes), "a b.h5", ".hidden.py", "b.txt"]:
        (tmp_path / name).touch()
    (tmp_path / "a.folder").mkdir()
    (tmp_path / ".git").mkdir()
    folders = ["a.folder/"]
    assert values(*before) == [*expected, *folders]
    assert values(*before, begun="a") == [*expected, *folders]
    assert values(*before, begun=f"{tmp_path}/a") == [
        f"{tmp_path}/{name}" for name in [*expected, *folders]
    ]
    assert [item.type for item in offered(*before, begun="b.")] == ["file"]


def test_a_module_to_emulate_is_no_file() -> None:
    assert values("emulate", "-m") == []


@pytest.mark.parametrize("command", [["leak", "--backend", "mock"], ["leak"], ["emulate"]])
def test_options_of_the_board_are_offered_and_behind_the_equals_sign_their_words(
    command: list[str],
) -> None:
    found = {item.value: item.help or "" for item in offered(*command, "--option", begun="o")}
    assert [*found] == ["overflow=", "open_s=", "order_seed=", "out_of_range_event="]
    assert found["open_s="] == "What opening a board costs."
    assert values(*command, "--option", begun="overflow=w") == ["overflow=wrap"]
    assert values(*command, "--option", begun="errata=") == ["errata=true", "errata=false"]
    assert values(*command, "--option", begun="max_updates_per_s=") == ["max_updates_per_s=none"]
    assert values(*command, "--option", begun="nothing=") == []
    given = [*command, "--option", "overflow=wrap", "--option"]
    assert "overflow=" not in values(*given)
    # which has an option of the command to itself
    assert values(*command, "--option", begun="profile") == []


def test_options_are_those_that_the_command_takes() -> None:
    assert "breakage=no-leak" in values("leak", "--option", begun="breakage=")
    assert values("emulate", "--option", begun="breakage") == []
    assert values("leak", "--backend", "speck2f", "--option") == []
    assert values("leak", "--backend", "nobody", "--option") == []


def test_boards_to_emulate_and_what_a_plugin_can_be_like_are_offered() -> None:
    assert values("emulate", "--board", begun="speck2fm") == ["speck2fmodule"]
    assert {"device", "speck2e", "speck2f"} <= {*values("new-plugin", "x", "--like")}
    assert values("new-plugin", "x", "--like", begun="de") == ["device"]


def test_settings_of_a_sweep_are_offered_with_backends_and_options() -> None:
    assert values("sweep", "--over", begun="b") == ["backend=", "bias="]
    assert values("sweep", "--over", begun="backend=mock:speck2et") == [
        "backend=mock:speck2etestboard"
    ]
    assert values("sweep", "--over", begun="backend=speck2f,moc") == ["backend=speck2f,mock"]
    assert "option.overflow=" in values("sweep", "--over")
    assert values("sweep", "--over", begun="option.overflow=saturate,w") == [
        "option.overflow=saturate,wrap"
    ]


def test_what_is_compared_is_a_board_or_a_record_and_each_side_has_its_options(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mock.h5").touch()
    assert values("compare", begun="moc") == ["mock", "mock.h5"]
    assert values("compare", "mock", begun="moc") == ["mock", "mock.h5"]
    assert values("compare", "mock", "speck2f", "--option-a", begun="overf") == ["overflow="]
    assert values("compare", "mock", "speck2f", "--option-b", begun="overf") == []
    assert values("compare", "speck2f", "mock", "--option-b", begun="overf") == ["overflow="]
    assert values("compare", "mock.h5", "--option-b", begun="overf") == []


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
        ("speckhal leak --option overflow = w", 5, "plain,wrap\n"),
        ("speckhal leak --option = overflow = w", 6, "plain,wrap\n"),
        ("speckhal leak --option = overf", 4, "plain,overflow=\n"),
        ("speckhal leak --backend = moc", 4, "plain,mock\n"),
        ("speckhal leak --backend = mock : speck2et", 6, "plain,speck2etestboard\n"),
        ("speckhal sweep --over option.overflow = w", 5, "plain,wrap\n"),
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


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("speckhal leak --backend mock :", "plain,speck2f\n"),
        ("speckhal emulate --option overflow =", "plain,wrap\n"),
    ],
)
def test_completing_imports_no_torch(words: str, expected: str) -> None:
    program = (
        "import sys; from speckhal.cli import main\n"
        "try: main(prog_name='speckhal')\n"
        "finally: print(*{'torch', 'sinabs', 'samna', 'matplotlib', 'h5py'} & {*sys.modules},"
        " file=sys.stderr)"
    )
    asked = {
        "_SPECKHAL_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": "4",
    }
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, **asked},
        capture_output=True,
        text=True,
        check=False,
    )
    assert expected in f"{done.stdout}\n"
    assert done.stderr == "\n"


@pytest.fixture
def command() -> Path:
    """The command as it is installed beside this Python."""
    path = Path(sys.executable).with_name("speckhal")
    if not path.exists():
        pytest.skip("the command is not installed beside this Python")
    return path


START = {
    "bash": (
        ["--noprofile", "--rcfile"],
        "unset PROMPT_COMMAND; bind 'set enable-bracketed-paste off'\n",
    ),
    "zsh": (["-d"], "autoload -U compinit; compinit -u -D; bindkey -e\n"),
}


KEYS = {
    "speckhal info moc\t": "speckhal info mock",
    "speckhal info mock:speck2et\t": "speckhal info mock:speck2etestboard",
    "speckhal leak --option=overf\twr\t": "speckhal leak --option=overflow=wrap",
    "speckhal leak --network so\ts\t": "speckhal leak --network some nets.py:snn",
    "speckhal leak --plot=oth\t": "speckhal leak --plot=other.txt",
}
"""What is typed, and what stands on the line then."""


@pytest.mark.parametrize("shell", START)
def test_a_real_shell_completes_words_that_go_on_and_words_with_blanks(
    shell: str, command: Path, tmp_path: Path
) -> None:
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"there is no {shell} here")
    (tmp_path / "some nets.py").write_text("snn = 1\n")
    (tmp_path / "other.txt").touch()
    options, setup = START[shell]
    rc = tmp_path / ".zshrc"  # which zsh finds in ZDOTDIR
    rc.write_text(
        f"PATH={command.parent}:$PATH; PS1='ready> '\n{setup}"
        f'eval "$(_SPECKHAL_COMPLETE={shell}_source speckhal)"\ncd {tmp_path}\n'
    )
    arguments = [*options, str(rc)] if shell == "bash" else options
    process, terminal = pty.fork()
    if process == 0:
        os.environ.update(TERM="dumb", ZDOTDIR=str(tmp_path))
        os.execv(program, [shell, *arguments, "-i"])  # noqa: S606 - a shell is the subject
    try:
        _until(terminal, "ready> ")
        for keys, typed in KEYS.items():
            # back to the start of the line, which is then printed instead of run
            os.write(terminal, keys.encode() + b"\x01echo is: \r")
            _until(terminal, f"is: {typed}\r\n")
    finally:
        os.close(terminal)
        os.waitpid(process, 0)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("info mock:speck2et", ["mock:speck2etestboard\tan emulated Speck2e test board"]),
        ("leak --option=overflow=w", ["--option=overflow=wrap"]),
        ("leak --backend=moc", ["--backend=mock\tof speckhal"]),
        ("leak --network so", ["some nets.py:"]),
        ("leak --plot=oth", ["--plot=other.txt"]),
    ],
)
def test_a_real_fish_completes(
    words: str, expected: list[str], command: Path, tmp_path: Path
) -> None:
    fish = shutil.which("fish")
    if fish is None:
        pytest.skip("there is no fish here")
    (tmp_path / "some nets.py").touch()
    (tmp_path / "other.txt").touch()
    program = f"_SPECKHAL_COMPLETE=fish_source speckhal | source; complete -C'speckhal {words}'"
    path = f"{command.parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [fish, "--no-config", "-c", program],
        env={**os.environ, "PATH": path},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert [line.partition(" 0.")[0] for line in done.stdout.splitlines()] == expected


def _until(terminal: int, wanted: str) -> str:
    """What the terminal shows until this is there, which must come within a minute."""
    shown, end = "", time.monotonic() + 60
    while wanted not in shown:
        ready, _, _ = select.select([terminal], [], [], max(0.0, end - time.monotonic()))
        assert ready, f"{wanted!r} did not come, but {shown!r}"
        shown += os.read(terminal, 4096).decode(errors="replace")
    return shown
