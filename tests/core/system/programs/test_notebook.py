"""Notebooks run as in Jupyter: cell after cell, each with the value of its last expression."""

from __future__ import annotations

import json
import os
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from speckhal.contract.errors import InputError
from speckhal.system.programs import program_of, run_as_python

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[..., tuple[int, str, str]]


def _cell(source: str | list[str], kind: str = "code", **metadata: object) -> dict[str, object]:
    cell = {"cell_type": kind, "metadata": metadata, "source": source}
    return cell | ({"outputs": [], "execution_count": None} if kind == "code" else {})


def _notebook(*cells: str | dict[str, object], **metadata: object) -> dict[str, object]:
    return {
        "cells": [_cell(cell) if isinstance(cell, str) else cell for cell in cells],
        "metadata": metadata,
        "nbformat": 4,
        "nbformat_minor": 5,
    }


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a notebook; gives its exit code, its output and its errors."""

    def run(*cells: str | dict[str, object], arguments: tuple[str, ...] = ()) -> Any:
        path = tmp_path / "leak.ipynb"
        path.write_text(json.dumps(_notebook(*cells)), encoding="utf-8")
        code = run_as_python(program_of(str(path)), arguments)
        return code, *capsys.readouterr()

    return run


def test_cells_share_their_names_and_show_their_last_expression(run: Run) -> None:
    code, out, err = run(
        _cell("# Leak", "markdown"),
        "import math\nx = 6",
        "x * 7",
        _cell(["x + 1\n", "_ + 1"]),
        "None",
        "x;",
        "'text'",
        "for n in range(2):\n    n",
        "print(__name__); math.floor(2.5)",
    )

    assert out.splitlines() == ["42", "43", "'text'", "__main__", "2"]
    assert (code, err) == (0, "")


def test_what_only_ipython_knows_is_reported_once_and_passed_over(run: Run) -> None:
    code, out, err = run(
        "%matplotlib inline\n!pip install sinabs\nprint(1)",
        "%matplotlib inline\nprint(2)",
        "%%bash\necho no",
        "%%time\nprint(3)",
        "for n in range(2):\n    get_ipython().run_line_magic('reset', '-f')\nprint(4)",
        "get_ipython().system('ls')\nget_ipython().run_cell_magic('time', '', 'print(5)')",
    )

    assert (code, out.split()) == (0, ["1", "2", "3", "4", "5"])
    assert err.splitlines() == [
        "Passed over, since only IPython knows it:",
        "  cell 1: %matplotlib inline",
        "  cell 1: !pip install sinabs",
        "  cell 3: %%bash",
        "Passed over, since only IPython knows it: %reset -f",
        "Passed over, since only IPython knows it: !ls",
    ]


def test_an_error_names_the_cell_and_its_line_and_shows_it(run: Run) -> None:
    code, out, err = run(
        "def fail(x):\n    # why\n    return 1 / x",
        _cell("not code", "markdown"),
        "%cd /\nprint('before')\nfail(0)",
        "print('after')",
    )

    assert (code, out) == (1, "before\n")
    assert "\n".join(line for line in err.splitlines()[2:] if "^" not in line) == (
        "Traceback (most recent call last):\n"
        '  File "leak.ipynb, cell 2", line 3, in <module>\n'
        "    fail(0)\n"
        '  File "leak.ipynb, cell 1", line 3, in fail\n'
        "    return 1 / x\n"
        "ZeroDivisionError: division by zero"
    )


@pytest.mark.parametrize(
    "source", ["x = (1,\ny = = 2", "\nreturn 5", "await = 3", "x = 1\n  y = 2"]
)
def test_a_cell_that_is_not_python_is_shown_as_python_shows_it(run: Run, source: str) -> None:
    code, out, err = run("print(1)", source)

    assert (code, out) == (1, "1\n")
    assert err.startswith('  File "leak.ipynb, cell 2", line ')
    assert any(line.strip() and line.strip() in source for line in err.splitlines()[1:2])
    assert "Error: " in err.splitlines()[-1]


def test_cells_may_await(run: Run) -> None:
    code, out, _ = run(
        "import asyncio\nqueue = asyncio.Queue()\nasync def put(): await queue.put(7)",
        "task = asyncio.create_task(put()); await asyncio.sleep(0)",
        "await queue.get()",
        "async def f(): return [x async for x in g()]\nasync def g():\n    yield 1\nawait f()",
        "async with asyncio.Lock(): print('held')",
        "waiting = asyncio.ensure_future(asyncio.sleep(1e6)); await asyncio.sleep(0)",
    )

    assert (code, out.split()) == (0, ["7", "[1]", "held"])


def test_cells_of_a_notebook_that_never_awaits_may_start_an_event_loop(run: Run) -> None:
    code, out, _ = run("import asyncio\nasync def f(): return 7", "asyncio.run(f())")

    assert (code, out) == (0, "7\n")


def test_output_can_be_captured(run: Run) -> None:
    code, out, err = run(
        "%%capture kept\nimport sys\nprint('inside'); print('wrong', file=sys.stderr)\n7",
        "%%capture\nprint('lost')",
        "kept.stdout, kept.stderr",
        "kept.show()",
    )

    assert (code, err) == (0, "wrong\n")
    assert out.splitlines() == [r"('inside\n7\n', 'wrong\n')", "inside", "7"]


def test_what_notebooks_import_from_ipython_is_there(run: Run) -> None:
    code, out, err = run(
        "from IPython.display import HTML, Image, clear_output, display\n"
        "from IPython import get_ipython\nclear_output(wait=True)\n"
        "display(1, 'two')\nHTML('<b>')",
        "import matplotlib.pyplot as plt\nplt.figure(); plt.show()\nplt.get_backend()",
    )

    assert (code, err) == (0, "")
    assert out.splitlines() == ["1", "'two'", "<HTML: not shown on a terminal>", "'agg'"]
    assert "IPython" not in sys.modules


def test_a_notebook_runs_in_its_own_folder_with_its_neighbours(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "neighbour.py").write_text("VALUE = 7\n")
    (tmp_path / "data.txt").write_text("data")
    monkeypatch.chdir(tmp_path.parent)

    code, out, _ = run(
        "import sys, neighbour\nfrom pathlib import Path\n"
        "print(neighbour.VALUE, Path('data.txt').read_text(), sys.argv[1:])",
        arguments=("--epochs", "3"),
    )

    assert (code, out) == (0, "7 data ['--epochs', '3']\n")
    assert Path.cwd() == tmp_path.parent
    assert "MPLBACKEND" not in os.environ


def test_classes_of_a_notebook_are_those_of_main(run: Run) -> None:
    code, out, _ = run(
        "from __future__ import annotations\nimport dataclasses, inspect, pickle, typing",
        "@dataclasses.dataclass\nclass Layer:\n    size: Size\nclass Size: ...\n"
        "def rate_hz():\n    return 1",
        "pickle.loads(pickle.dumps(Layer(3)))",
        "typing.get_type_hints(Layer)['size'] is Size",
        "print(inspect.getsource(rate_hz).splitlines()[-1])",
    )

    assert (code, out) == (0, "Layer(size=3)\nTrue\n    return 1\n")


def test_tags_that_jupyter_knows_count(run: Run) -> None:
    code, out, err = run(
        _cell("1 / 0", tags=["raises-exception"]),
        _cell("print('no')", tags=["skip-execution"]),
        "print('on')",
    )

    assert (code, out) == (0, "on\n")
    assert err.splitlines()[1] == '  File "leak.ipynb, cell 1", line 1, in <module>'


def test_a_notebook_can_choose_its_exit_code(run: Run) -> None:
    assert run("import sys\nsys.exit(4)", "print('no')") == (4, "", "")


def test_a_warning_names_its_cell(run: Run) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        run("import warnings", "\nwarnings.warn('careful')")

    (warning,) = caught
    assert (warning.filename, warning.lineno) == ("leak.ipynb, cell 2", 2)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is no notebook: it is empty"),
        ("print(1)", "is no notebook"),
        ("[]", "is no notebook"),
        ("{}", "is no notebook"),
        ('{"nbformat": 4, "nbformat_minor": 5}', "is no notebook"),
        ('{"nbformat": 9, "nbformat_minor": 0, "metadata": {}, "cells": []}', "is no notebook"),
        (json.dumps(_notebook({"cell_type": "code", "metadata": {}})), "is no notebook"),
        (json.dumps(_notebook({"cell_type": "code", "source": 3})), "is no notebook"),
        (json.dumps(_notebook()), "has no code"),
        (json.dumps(_notebook(_cell("text", "markdown"), "")), "has no code"),
        (
            json.dumps(_notebook("1", kernelspec={"language": "R", "name": "ir"})),
            "is a notebook for R",
        ),
        (json.dumps(_notebook("1", language_info={"name": "julia"})), "is a notebook for julia"),
    ],
)
def test_what_cannot_be_run_is_a_sentence(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "leak.ipynb"
    path.write_text(content)

    with pytest.raises(InputError, match=said) as refused:
        program_of(str(path))

    assert str(path) in str(refused.value)
    assert refused.value.hint is not None


def test_a_notebook_of_bytes_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "leak.ipynb"
    path.write_bytes(b"\xff\xfe\x00")

    with pytest.raises(InputError, match="is no notebook"):
        program_of(str(path))


def test_an_old_notebook_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "old.ipynb"
    cell = {"cell_type": "code", "input": ["print(3)"], "language": "python", "outputs": []}
    sheet = {"worksheets": [{"cells": [cell]}], "metadata": {"name": ""}}
    path.write_text(json.dumps({**sheet, "nbformat": 3, "nbformat_minor": 0}))

    assert run_as_python(program_of(str(path)), ()) == 0
    assert capsys.readouterr().out == "3\n"
