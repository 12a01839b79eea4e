"""Mutants of a module: its source with one small mistake each, ready to be executed.

A mistake is another comparison, operator, number or branch, or a statement that is missing. Loops
of a mutant end: after many turns they raise `EndlessLoop`.
"""

from __future__ import annotations

import ast
import copy
from typing import TYPE_CHECKING, Any, Final

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

TURNS: Final = 100_000
"""Of all loops of a mutant, before one is taken for endless."""

_COMPARISONS: Final[dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
}
_OPERATORS: Final[dict[type[ast.operator], tuple[type[ast.operator], ...]]] = {
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Add,),
    ast.FloorDiv: (ast.Mod,),
    ast.Mod: (ast.FloorDiv,),
    ast.LShift: (ast.RShift,),
    ast.RShift: (ast.LShift,),
    ast.BitAnd: (ast.BitOr,),
    ast.BitOr: (ast.BitAnd,),
    ast.BitXor: (ast.BitAnd,),
}
_CALLS: Final = {"min": "max", "max": "min", "minimum": "maximum", "maximum": "minimum"}
_STATEMENTS: Final = (ast.Assign, ast.AugAssign, ast.Expr, ast.If)


class EndlessLoop(Exception):
    """The loops of a mutant took more turns than any example needs."""


@attrs.frozen
class Mutant:
    """A module with one mistake.

    Attributes:
        function: in which function it is.
        tree: the module as it is.
        old: what is there.
        new: what the mutant has instead.
    """

    function: str
    tree: ast.Module
    old: ast.AST
    new: ast.AST

    @property
    def what(self) -> str:
        """Where the mistake is, what is there, and what it has instead."""
        line = getattr(self.old, "lineno", 0)
        before, after = (ast.unparse(each).split("\n")[0] for each in (self.old, self.new))
        return f"{self.function}, line {line}: {before} -> {after}"

    def executed(self, module: ModuleType) -> dict[str, Any]:
        """Names of the mutant of that module; nothing is compiled."""
        left = TURNS

        def turn() -> None:
            nonlocal left
            left -= 1
            if left < 0:
                raise EndlessLoop

        memo: dict[int, Any] = {id(self.old): copy.deepcopy(self.new)}
        tree = _Endings().visit(copy.deepcopy(self.tree, memo))
        code = compile(ast.fix_missing_locations(tree), str(module.__file__), "exec")
        names: dict[str, Any] = {"__name__": module.__name__, "_turn": turn}
        exec(code, names)  # noqa: S102  # it is what is tested
        return names


def unchanged(source: str) -> Mutant:
    """The module without a mistake, to be executed as its mutants are."""
    tree = ast.parse(source)
    return Mutant("nothing", tree, tree.body[0], tree.body[0])


def mutants(source: str) -> Iterator[Mutant]:
    """Every module that has one mistake in one of its functions."""
    tree = ast.parse(source)
    for function in [node for node in tree.body if isinstance(node, ast.FunctionDef)]:
        documented = ast.get_docstring(function) is not None
        for statement in function.body[documented:]:
            for node in ast.walk(statement):
                for other in _mistakes(node):
                    yield Mutant(function.name, tree, node, other)


def _mistakes(node: ast.AST) -> Iterator[ast.AST]:  # noqa: PLR0912  # it is a table
    match node:
        case ast.Compare(ops=[operator]) if type(operator) in _COMPARISONS:
            for kind in _COMPARISONS[type(operator)]:
                yield _like(node, ops=[kind()])
        case ast.Compare(ops=[first, second]):
            for kind in _COMPARISONS[type(first)]:
                yield _like(node, ops=[kind(), second])
            for kind in _COMPARISONS[type(second)]:
                yield _like(node, ops=[first, kind()])
        case ast.BinOp(op=operator) | ast.AugAssign(op=operator) if type(operator) in _OPERATORS:
            for other in _OPERATORS[type(operator)]:
                yield _like(node, op=other())
        case ast.BoolOp(op=ast.And()):
            yield _like(node, op=ast.Or())
        case ast.BoolOp(op=ast.Or()):
            yield _like(node, op=ast.And())
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield operand
        case ast.IfExp(body=body, orelse=orelse):
            yield body
            yield orelse
        case ast.Constant(value=bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(value=int(value)):
            yield ast.Constant(value + 1)
            yield ast.Constant(value - 1)
        case ast.Call(func=ast.Name(id=name)) if name in _CALLS:
            yield _like(node, func=ast.Name(_CALLS[name], ast.Load()))
        case ast.Call(func=ast.Attribute(attr=name) as function) if name in _CALLS:
            yield _like(node, func=_like(function, attr=_CALLS[name]))
    if isinstance(node, _STATEMENTS):
        yield ast.Pass()


def _like(node: ast.AST, **changes: object) -> ast.AST:
    other = copy.copy(node)
    for name, value in changes.items():
        setattr(other, name, value)
    return other


class _Endings(ast.NodeTransformer):
    """Counts the turns of loops, and takes decorators from functions."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:  # ast's name
        node.decorator_list = []
        return self.generic_visit(node)

    def visit_While(self, node: ast.While) -> ast.AST:  # ast's name
        node.body.insert(0, ast.parse("_turn()").body[0])
        return self.generic_visit(node)

    def visit_For(self, node: ast.For) -> ast.AST:  # ast's name
        node.body.insert(0, ast.parse("_turn()").body[0])
        return self.generic_visit(node)
