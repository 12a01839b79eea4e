"""What is Python in a cell stays as it is; what only IPython knows is run, or left out and said."""

from __future__ import annotations

import ast
import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speckhal.system.programs.cells import cell_of

PYTHON = (
    "x = 17 % 5\ny = (17\n% 5)\n",
    'text = """\n%matplotlib inline\n!ls\nwhat?\n"""\nx != 3',
    "value = f'''\n{1\n}\n! no shell\n'''",
    "total = 1 + \\\n  2 # why?\nprint('really?')",
    "# is this Python?\nx = [\n    1,  # %time\n]",
    "'''\n%%time\n'''",
    "def f():\n    return 'a' '%s' % 3\n",
)

STATEMENTS = (
    "x = 1",
    "if x:\n    y = [\n  2,\n ]",
    "s = '''\n%no\n!no\n'''",
    "print(x %\n 2)",
    "# why?",
)
MAGICS = (
    "%matplotlib inline",
    "!ls -l",
    "?print",
    "x?",
    "%cd /tmp",
    "files = !ls",
    "pip install x",
)


@pytest.mark.parametrize("source", PYTHON)
def test_python_is_left_alone(source: str) -> None:
    cell = cell_of(source)

    assert cell.code.rstrip("\n") == source.rstrip("\n")
    assert cell.passed_over == ()


@given(st.lists(st.sampled_from(STATEMENTS + MAGICS)))
def test_what_is_left_is_python_with_each_statement_on_its_line(pieces: list[str]) -> None:
    source = "\n".join(pieces)

    cell = cell_of(source)

    assert [*cell.passed_over] == [piece for piece in pieces if piece in MAGICS]
    lines, left = source.splitlines(), cell.code.splitlines()
    assert len(left) == len(lines)
    ast.parse(cell.code)
    for before, after in zip(lines, left, strict=True):
        assert after in {before, "pass"}


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("%%time\nx = 1", "\nx = 1"),
        ("%%time\n%%capture out\nx = 1", "\n\nx = 1"),
        ("# a remark\n%%prun -s cumulative\nx = 1", "# a remark\n\nx = 1"),
        ("%time x = f()", "x = f()"),
        ("%timeit -n 10 -r3 f(x)", "f(x)"),
        ("%%timeit x = 1\nf(x)", "x = 1\nf(x)"),
        ("for n in a:\n    %time f(n)", "for n in a:\n    f(n)"),
    ],
)
def test_python_that_is_timed_or_captured_is_run(source: str, code: str) -> None:
    cell = cell_of(source)

    assert cell.code == code
    assert cell.passed_over == ()


def test_a_cell_says_where_its_output_is_kept() -> None:
    assert cell_of("%%capture out --no-stderr\n1").captures == "out"
    assert cell_of("%%capture\n1").captures == ""
    assert cell_of("1").captures is None


@pytest.mark.parametrize(
    "name", ["bash", "html", "writefile model.py", "javascript", "script sh", "! ls"]
)
def test_a_cell_in_another_language_is_left_out_as_a_whole(name: str) -> None:
    cell = cell_of(f"%%{name}\nfor x in 1 2 3; do echo $x; done\n%cd x\n")

    assert cell.code.strip() == ""
    assert cell.passed_over == (f"%%{name}",)


def test_a_line_that_goes_on_is_left_out_to_its_end() -> None:
    cell = cell_of(
        textwrap.dedent(r"""
        if True:
            !pip install \
                sinabs \
                samna
        print("on")
        """)
    )

    assert cell.passed_over == ("!pip install \\",)
    compile(cell.code, "cell", "exec")
    assert cell.code.splitlines()[5] == 'print("on")'
