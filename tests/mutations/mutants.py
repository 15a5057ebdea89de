"""Single mutations of a module: each is one small fault that a test should notice."""

from __future__ import annotations

import ast
import copy
import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SWAPS: dict[type, type] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv, ast.Pow: ast.Mult, ast.And: ast.Or, ast.Or: ast.And,
}  # fmt: skip
NAMES = {"min": "max", "max": "min", "minimum": "maximum", "maximum": "minimum", "any": "all", "all": "any"}
UNSEEN = {"strict", "frozen", "eq", "repr", "order", "stacklevel"}  # keywords that say what must not happen anyway


@dataclass(frozen=True)
class Mutant:
    """A module with one fault."""

    path: Path
    place: str  # the function, as "Class.method"
    line: int
    what: str
    source: str
    diff: str

    @property
    def key(self) -> str:
        """What an explanation is filed under; it survives other changes of the module."""
        return f"{self.path.stem}:{self.place}: {self.what}"


def mutants(path: Path) -> list[Mutant]:
    """Every single mutation of the module at `path`, in the order of its lines."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    sound = ast.unparse(tree)
    found = []
    for number, (node, place) in enumerate(_nodes(tree)):
        for which in range(len(list(_changes(copy.deepcopy(node))))):
            changed = copy.deepcopy(tree)
            target = next(each for at, (each, _) in enumerate(_nodes(changed)) if at == number)
            what, apply = list(_changes(target))[which]
            apply()
            source = ast.unparse(ast.fix_missing_locations(changed))
            if source != sound:
                lines = difflib.unified_diff(sound.splitlines(), source.splitlines(), lineterm="", n=1)
                found.append(Mutant(path, place, getattr(node, "lineno", 0), what, source, "\n".join(list(lines)[2:])))
    return found


def _nodes(tree: ast.AST, place: str = "") -> Iterator[tuple[ast.AST, str]]:
    """All nodes that run, with the function that they are in; no annotations, decorators or type-checking imports."""
    if isinstance(tree, ast.If) and isinstance(tree.test, ast.Name) and tree.test.id == "TYPE_CHECKING":
        return
    if isinstance(tree, (ast.FunctionDef, ast.ClassDef)):
        place = f"{place}.{tree.name}".lstrip(".")
    yield tree, place
    for name, value in ast.iter_fields(tree):
        if name in ("annotation", "returns", "decorator_list", "type_params"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from _nodes(child, place)


def _changes(node: ast.AST) -> Iterator[tuple[str, object]]:
    """What can be made wrong about a node: in words, and a call that does it."""
    for kind, changes in KINDS.items():
        if isinstance(node, kind):
            yield from changes(node)


def _compared(node: ast.Compare) -> Iterator[tuple[str, object]]:
    for number, operator in enumerate(node.ops):
        other = SWAPS[type(operator)]
        yield f"{ast.unparse(node)} with {other.__name__}", _setting(node.ops, number, other())


def _operated(node: ast.BinOp | ast.AugAssign | ast.BoolOp) -> Iterator[tuple[str, object]]:
    other = SWAPS.get(type(node.op))
    if other is not None:
        yield f"{ast.unparse(node)} with {other.__name__}", lambda: setattr(node, "op", other())


def _constant(node: ast.Constant) -> Iterator[tuple[str, object]]:
    value = node.value
    if isinstance(value, bool):
        yield f"{value} inverted", lambda: setattr(node, "value", not value)
    elif isinstance(value, int):
        yield f"{value} plus 1", lambda: setattr(node, "value", value + 1)
    elif isinstance(value, float):
        yield f"{value} doubled and 1", lambda: setattr(node, "value", 2 * value + 1)


def _condition(node: ast.If | ast.While | ast.IfExp) -> Iterator[tuple[str, object]]:
    negated = ast.UnaryOp(ast.Not(), node.test)
    yield f"not {ast.unparse(node.test)}", lambda: setattr(node, "test", negated)


def _body(node: ast.FunctionDef | ast.If | ast.For | ast.While | ast.With) -> Iterator[tuple[str, object]]:
    for number, statement in enumerate(node.body):
        docstring = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        if isinstance(statement, (ast.Expr, ast.AugAssign, ast.Raise, ast.If, ast.For)) and not docstring:
            text = ast.unparse(statement).splitlines()[0][:60]
            yield f"without {text}", _setting(node.body, number, ast.Pass())


def _called(node: ast.Call) -> Iterator[tuple[str, object]]:
    name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
    if name in NAMES:
        attribute = "id" if isinstance(node.func, ast.Name) else "attr"
        yield f"{NAMES[name]} for {name}", lambda: setattr(node.func, attribute, NAMES[name])
    for number, keyword in enumerate(node.keywords):
        if keyword.arg not in (None, *UNSEEN):
            yield f"{name}() without {ast.unparse(keyword)}", lambda number=number: node.keywords.pop(number)


def _sliced(node: ast.Slice) -> Iterator[tuple[str, object]]:
    for end, operator in (("lower", ast.Add()), ("upper", ast.Sub())):
        bound = getattr(node, end)
        if bound is not None:
            moved = ast.BinOp(bound, operator, ast.Constant(1))
            text = f"[{ast.unparse(node)}] with another {end} end"
            yield text, lambda end=end, moved=moved: setattr(node, end, moved)


def _setting(items: list[object], number: int, value: object) -> object:
    def apply() -> None:
        items[number] = value

    return apply


KINDS: dict[type | tuple[type, ...], object] = {
    ast.Compare: _compared,
    (ast.BinOp, ast.AugAssign, ast.BoolOp): _operated,
    ast.Constant: _constant,
    (ast.If, ast.While, ast.IfExp): _condition,
    (ast.FunctionDef, ast.If, ast.For, ast.While, ast.With): _body,
    ast.Call: _called,
    ast.Slice: _sliced,
}
