"""A network file does what it does as a script, and whatever it raises is a sentence."""

from __future__ import annotations

import json
import os
import pickle
import signal
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from speckhal import InputError
from speckhal.cli.stopping.stop_signals import Stopped, stoppable
from speckhal.runs.network_file import load_network


class _Write:
    """Writes files beside each other, and loads one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, text: str, name: str = "net.py") -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def load(self, text: str, name: str = "net") -> Any:
        return load_network(f"{self(text)}:{name}")


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> _Write:
    monkeypatch.setattr(sys, "path", list(sys.path))
    return _Write(tmp_path)


def _refusal(write: _Write, text: str, name: str = "net") -> str:
    with pytest.raises(InputError) as refused:
        write.load(text, name)
    return str(refused.value)


def test_a_name_and_what_a_function_returns_are_networks(write: _Write) -> None:
    text = "net = 5\ndef make(): return net + 1\nclass Lab:\n    best = 7\n"

    assert write.load(text) == 5
    assert write.load(text, "make") == 6
    assert write.load(text, "Lab.best") == 7


@pytest.mark.parametrize(
    "text",
    [
        "from beside import net",
        "def net():\n    from beside import net\n    return net",
        (
            "import sys\nfrom pathlib import Path\nsys.path.remove(str(Path(__file__).parent))\n"
            "sys.path.insert(0, str(Path(__file__).parent / 'lib'))\nfrom inside import net"
        ),
        (
            "import sys\nsys.path[:] = [*sys.path, 'new']\ndef net():\n    import beside\n"
            "    return beside.net"
        ),
    ],
)
def test_neighbours_are_found_and_the_path_may_be_changed(write: _Write, text: str) -> None:
    write("net = 'beside'", "beside.py")
    write("net = 'beside'", "lib/inside.py")

    assert write.load(text) == "beside"


def test_a_neighbour_is_found_when_the_network_is_used(write: _Write) -> None:
    write("value = 3", "needed_later.py")
    text = (
        "class Net:\n    def forward(self):\n        import needed_later\n"
        "        return needed_later.value\nnet = Net()"
    )

    assert write.load(text).forward() == 3


def test_neighbours_of_one_name_are_those_of_the_file_at_hand(write: _Write) -> None:
    for folder in ("one", "two"):
        write(f"net = {folder!r}", f"{folder}/beside.py")
        write("from beside import net", f"{folder}/net.py")

    loaded = [load_network(f"{write.folder / name / 'net.py'}:net") for name in ("one", "two")]

    assert loaded == ["one", "two"]


def test_libraries_below_the_folder_of_the_file_are_not_imported_twice(write: _Write) -> None:
    write("", "one/.venv/lib/deep_library.py")
    text = (
        "import sys\nfrom pathlib import Path\n"
        "sys.path.insert(0, str(Path(__file__).parent / '.venv' / 'lib'))\n"
        "import deep_library as net"
    )
    first = load_network(f"{write(text, 'one/net.py')}:net")
    write.load("net = 5")

    assert sys.modules["deep_library"] is first


def test_two_files_of_one_name_are_two_modules(write: _Write) -> None:
    text = "class Net:\n    pass\nnet = Net()"
    write(text, "one/net.py")
    write(text, "two/net.py")

    one, two = (load_network(f"{write.folder / name / 'net.py'}:net") for name in ("one", "two"))

    assert type(one) is not type(two)
    for net in (one, two):
        again = pickle.loads(pickle.dumps(net))  # noqa: S301  # of this test's own
        assert type(again) is type(net)


@pytest.mark.parametrize(
    "text",
    [
        ("from __future__ import annotations\nfrom dataclasses import dataclass, field\n"
        "@dataclass\nclass Net:\n    sizes: list[int] = field(default_factory=lambda: [5])\n"
        "net = Net().sizes[0]"),
        ("from __future__ import annotations\nimport typing\n"
        "class Net:\n    size: Size\nclass Size:\n    value = 5\n"
        "net = typing.get_type_hints(Net)['size'].value"),
        ("import pickle\nclass Net:\n    value = 5\n"
        "net = pickle.loads(pickle.dumps(Net())).value"),
        # as a file has it that was written when this one was a script
        ("import pickle\nclass Net:\n    value = 5\n"
        "net = pickle.loads(b'c__main__\\nNet\\n)R.').value"),
        "import sys\nnet = 5 * len(sys.argv)",
        "if __name__ == '__main__':\n    raise SystemExit\nnet = 5",
        "from pathlib import Path\nnet = int(Path(__file__).is_absolute()) * 5",
    ],
)  # fmt: skip
def test_what_works_in_a_script_works_here(write: _Write, text: str) -> None:
    assert write.load(text) == 5


def test_the_working_directory_changes_for_the_file_alone(write: _Write) -> None:
    write("5", "lab/weights.txt")
    text = (
        "import os, pathlib\nos.chdir(pathlib.Path(__file__).parent / 'lab')\n"
        "def net():\n    return pathlib.Path('weights.txt').read_text()"
    )
    before, main, argv = Path.cwd(), sys.modules["__main__"], sys.argv

    assert write.load(text) == "5"
    assert (Path.cwd(), sys.modules["__main__"], sys.argv) == (before, main, argv)


def test_a_file_may_be_called_like_any_module(write: _Write) -> None:
    for name in ("json", "speckhal", "sinabs", "my net-1"):
        path = write("import json\nnet = json.dumps(5)", f"{name}.py")
        assert load_network(f"{path}:net") == "5"
    assert sys.modules["json"] is json


def test_a_file_that_was_changed_is_read_anew(write: _Write) -> None:
    # of the same size, within a second
    assert write.load("net = 5") == 5
    assert write.load("net = 6") == 6
    assert not (write.folder / "__pycache__").exists()


@pytest.mark.parametrize(
    ("raised", "said"),
    [
        ("__import__('sys').exit()", "SystemExit."),
        ("exit(0)", "SystemExit: 0."),
        ("__import__('sys').exit('no weights.')", "SystemExit: no weights."),
        ("throw(KeyboardInterrupt)", "KeyboardInterrupt."),
        ("throw(GeneratorExit)", "GeneratorExit."),
        ("throw(StopIteration)", "StopIteration."),
        ("throw(Odd)", "Odd: strange."),
        ("throw(Broken)", "Broken: its text cannot be read, for RuntimeError."),
        ("throw(Exits)", "Exits: its text cannot be read, for SystemExit."),
        ("throw(NoText)", "NoText: its text cannot be read, for TypeError."),
        ("1 / 0", "ZeroDivisionError: division by zero."),
        ("recurse()", "RecursionError: maximum recursion depth exceeded"),
    ],
)
@pytest.mark.parametrize("place", ["file", "function", "name"])
def test_whatever_the_file_raises_is_a_sentence(
    write: _Write, raised: str, said: str, place: str
) -> None:
    errors = (
        "def throw(kind):\n    raise kind\n"
        "def recurse():\n    return recurse()\n"
        "class Odd(BaseException):\n    def __str__(self): return 'strange'\n"
        "class Broken(Exception):\n    def __str__(self): raise RuntimeError\n"
        "class Exits(Exception):\n    def __str__(self): raise SystemExit(0)\n"
        "class NoText(Exception):\n    def __str__(self): return 5\n"
    )
    body, failure = {
        "file": (raised, "failed while it was read: "),
        "function": (f"def net():\n    {raised}", "calling the function failed: "),
        "name": (f"def __getattr__(name):\n    {raised}", "looking for it failed: "),
    }[place]

    assert f"{failure}{said}" in _refusal(write, errors + body)


def test_an_exit_gets_the_hint_where_it_belongs(write: _Write) -> None:
    assert 'belongs below if __name__ == "__main__".' in _refusal(write, "raise SystemExit")
    assert _refusal(write, "1 / 0").endswith(
        "by zero. See where it failed, with: speckhal --traceback COMMAND"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("net = (", "failed while it was read: SyntaxError"),
        ("net = '\\0'\0", "failed while it was read: "),
        ("import nothing_of_that_name", "ModuleNotFoundError: No module named 'nothing_of"),
        ("", "the file defines no 'net'. It defines: nothing."),
        (
            "from math import sqrt\nfrom os import PathLike, path\n_hidden = 1\nsnn = 2",
            "the file defines no 'net'. It defines: snn.",
        ),
        (
            "from __future__ import annotations\nclass Own: ...\ndef net_of(): ...",
            "the file defines no 'net'. It defines: Own, net_of.",
        ),
        (
            "class net:\n    def named_modules(self): ...",
            "net is a class of networks, not a network. Let the file make one, as in net = net()",
        ),
        ("def net(size): ...", "calling the function failed: TypeError: net() missing 1 required"),
    ],
)
def test_what_is_no_network_is_a_sentence(write: _Write, text: str, said: str) -> None:
    assert said in _refusal(write, text)


@pytest.mark.parametrize(
    "where", ["", ":", "net.py", "net.py:", ":net", "net.py:a b", "net.py:a..b"]
)
def test_what_names_no_network_of_a_file_is_a_sentence(where: str) -> None:
    with pytest.raises(InputError, match=r"names no file\. Write FILE.py:NAME"):
        load_network(where)


@pytest.mark.parametrize("name", ["w.pt", "w.safetensors:net"])
def test_weights_alone_are_no_network_and_none_of_them_is_run(tmp_path: Path, name: str) -> None:
    for file in ("w.pt", "w.safetensors"):
        (tmp_path / file).write_text("1 / 0")
    with pytest.raises(InputError, match="holds weights alone") as refused:
        load_network(str(tmp_path / name))
    assert "--network FILE.py:NAME --weights" in str(refused.value.hint)


@pytest.mark.parametrize(
    ("after", "said"),
    [("", ":NAME is missing"), (":", ":NAME is missing"), (":a b", "'a b' is no name")],
)
def test_a_file_that_exists_without_a_name_is_a_sentence_with_that_file(
    write: _Write, after: str, said: str
) -> None:
    path = write("net = 5")
    with pytest.raises(InputError) as refused:
        load_network(f"{path}{after}")
    assert refused.value.message.endswith(f"which names a file and no network in it: {said}.")
    assert f"--network {path}:snn" in (refused.value.hint or "")


@pytest.mark.parametrize(
    "catching",
    ["", "except BaseException:\n    raise SystemExit(0)", "except BaseException as e:\n    1 / 0"],
)
@pytest.mark.parametrize(
    ("number", "ends"), [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, Stopped)]
)
def test_a_signal_ends_the_command_whatever_the_file_makes_of_it(
    write: _Write, number: signal.Signals, ends: type[BaseException], catching: str
) -> None:
    send = f"import os\nos.kill(os.getpid(), {int(number)})\nfor _ in range(1000): pass"
    body = send.replace("\n", "\n    ")
    text = f"try:\n    {body}\n{catching}\n" if catching else send
    before = signal.getsignal(number)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)

    with pytest.raises(ends), stoppable():
        write.load(f"{text}\nnet = 5")

    assert signal.getsignal(number) == before


def test_a_file_is_read_outside_the_main_thread(write: _Write) -> None:
    loaded: list[object] = []
    path = write("net = 5")
    thread = threading.Thread(target=lambda: loaded.append(load_network(f"{path}:net")))
    thread.start()
    thread.join()

    assert loaded == [5]


def test_a_working_directory_that_is_gone_is_no_hindrance(
    write: _Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, gone = write("net = 5"), write.folder / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()

    assert load_network(f"{path}:net") == 5
    os.chdir(write.folder)
