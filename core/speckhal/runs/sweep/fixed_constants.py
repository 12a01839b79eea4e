"""The constants that a function reads: what the text of its module says, and it never sets anew."""

from __future__ import annotations

import ast
import functools
import linecache
from typing import TYPE_CHECKING, Any, Final

from speckhal.runs.sweep.global_data import names_read_by

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import FunctionType

_PLAIN: Final = (type(None), bool, int, float, complex, str, bytes)

_LITERAL: Final = (
    *(ast.Constant, ast.Tuple, ast.UnaryOp, ast.BinOp),
    *(ast.operator, ast.unaryop, ast.expr_context),
)
"""Of what the value of a constant consists that is the same in every process."""

_SET_BY_NAME: Final = frozenset({"globals", "setattr", "vars"})
"""Calls that can set a global name given as a string, as `globals()["COUNT"] = 1` does.

A function that mentions one of them may set each name that it holds as a string.
"""


def fixed_constants(functions: Sequence[FunctionType]) -> list[dict[str, str]]:
    """The constants of its module that each function reads, by name, each as its `repr`.

    Those are the same in every process that imports the same text: it gives each once, at its top
    level and literally. Left out is what a process computes, such as a time or its number; what can
    be filled, such as a list; and each name that one of the functions, or what it calls by name in
    the same text, may set anew, such as a counter.
    """
    modules = [_module_of(one) for one in functions]
    anew = {
        name
        for one, module in zip(functions, modules, strict=True)
        for name in _set_anew(module, one.__code__.co_firstlineno)
    }
    return [
        constants_of(one, ({*names_read_by(one.__code__)} & _said_once(module)) - anew)
        for one, module in zip(functions, modules, strict=True)
    ]


def _module_of(function: FunctionType) -> ast.Module:
    """What its file says now; nothing where that cannot be read."""
    file = function.__code__.co_filename
    linecache.checkcache(file)
    return _parsed("".join(linecache.getlines(file, function.__globals__)))


@functools.lru_cache(maxsize=8)
def _parsed(text: str) -> ast.Module:
    """The syntax of a module, which nobody changes: a sweep asks for the same ones again."""
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):  # it was edited, and is not finished yet
        return ast.Module(body=[], type_ignores=[])


def constants_of(function: FunctionType, names: set[str]) -> dict[str, str]:
    """What now stands behind these global names, each as its `repr`; only of what is constant."""
    found = function.__globals__
    return {
        name: repr(found[name])
        for name in sorted(names & found.keys())
        if _is_constant(found[name])
    }


def _is_constant(value: Any) -> bool:
    return type(value) in _PLAIN or (type(value) is tuple and all(map(_is_constant, value)))


def _said_once(module: ast.Module) -> set[str]:
    """Names that a text gives once, at its top level, a literal value."""
    given = [name for name, _ in _bindings(module.body, of_script=False)]
    literal = {
        name
        for statement in module.body
        if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None
        if all(isinstance(node, _LITERAL) for node in ast.walk(statement.value))
        for name in _bound_by(statement)
    }
    return {name for name in literal if given.count(name) == 1}


def _set_anew(module: ast.Module, line: int) -> set[str]:
    """Names that the function of that line may set, or whatever it mentions, or what that does."""
    by_name: dict[str, list[ast.stmt]] = {}
    for name, statement in _bindings(module.body):
        by_name.setdefault(name, []).append(statement)
    waiting = [one for one in module.body if _first_line_of(one) <= line <= (one.end_lineno or 0)]
    reached, anew = set[str](), set[str]()
    while waiting:
        mentioned, set_there = _names_within(waiting.pop())
        anew |= set_there
        waiting += [one for name in mentioned - reached for one in by_name.get(name, ())]
        reached |= mentioned
    return anew


def _first_line_of(statement: ast.stmt) -> int:
    lines: list[int] = [one.lineno for one in getattr(statement, "decorator_list", [])]
    return min([*lines, statement.lineno])


def _names_within(statement: ast.stmt) -> tuple[set[str], set[str]]:
    """What a statement mentions, and what of the module's own names it may set as it runs."""
    mentioned, anew, texts = set[str](), set[str](), set[str]()
    for node in ast.walk(statement):
        match node:
            case ast.Name(id=name):
                mentioned.add(name)
            case ast.Attribute(attr=name, ctx=how):
                mentioned.add(name)
                anew |= set() if isinstance(how, ast.Load) else {name}
            case ast.Global(names=names):
                anew.update(names)
            case ast.Constant(value=str(text)):
                texts.add(text)
    return mentioned, anew | texts if mentioned & _SET_BY_NAME else anew


def _bindings(body: Sequence[ast.AST], *, of_script: bool = True) -> Iterator[tuple[str, ast.stmt]]:
    """Names that the statements of a module give, and those below its `if`, `try` and the like.

    Args:
        body: the statements.
        of_script: whether those below `if __name__ == "__main__"` count.
    """
    for statement in body:
        if isinstance(statement, ast.stmt):
            yield from ((name, statement) for name in _bound_by(statement))
        is_scope = isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        is_of_script = isinstance(statement, ast.If) and "__name__" in ast.unparse(statement.test)
        if not is_scope and (of_script or not is_of_script):
            within = [node for node in ast.iter_child_nodes(statement) if _has_statements(node)]
            yield from _bindings(within, of_script=of_script)


def _has_statements(node: ast.AST) -> bool:
    return isinstance(node, ast.stmt | ast.ExceptHandler | ast.match_case)


def _bound_by(statement: ast.stmt) -> set[str]:
    """Names that a statement gives by itself."""
    match statement:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return {name}
        case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
            return {one.asname or one.name.partition(".")[0] for one in aliases}
    own = [one for one in ast.iter_child_nodes(statement) if not _has_statements(one)]
    return {
        node.id
        for one in own
        for node in ast.walk(one)
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)
    }
