"""Single mutations of a module: each is one small fault that a test should notice."""

from __future__ import annotations

import ast
import copy
import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from random import Random

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
    lines: range  # one of these runs where the fault does
    what: str
    source: str

    @property
    def diff(self) -> str:
        """The fault in unified form, against the module as `ast` writes it."""
        sound = ast.unparse(ast.parse(self.path.read_text(encoding="utf-8"))).splitlines()
        return "\n".join(list(difflib.unified_diff(sound, self.source.splitlines(), lineterm="", n=1))[2:])

    @property
    def key(self) -> str:
        """What an explanation is filed under; it survives other changes of the module."""
        return f"{self.path.stem}:{self.place}: {self.what}"


def mutant(path: Path, seeded: Random) -> Mutant | None:
    """A random mutation of the module at `path`, if there is any."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = list(_nodes(tree))
    places = [(at, which) for at, (node, _) in enumerate(nodes) for which in range(len(list(_changes(node))))]
    names = [(place, what) for node, place in nodes for what, *_ in _changes(node)]
    named = dict(zip(places, names, strict=True))
    while places:
        at, which = places.pop(seeded.randrange(len(places)))
        changed = copy.deepcopy(tree)
        node, place = list(_nodes(changed))[at]
        what, apply, *where = list(_changes(node))[which]
        same = [key for key, name in named.items() if name == (place, what)]
        what += f" ({same.index((at, which)) + 1} of {len(same)})" if len(same) > 1 else ""
        line = getattr(where[0] if where else node, "lineno", 0)
        lines = next((run for run in statements(path.read_text(encoding="utf-8")) if line in run), range(0))
        apply()
        sound, source = ast.unparse(tree), ast.unparse(ast.fix_missing_locations(changed))
        if source != sound:
            return Mutant(path, place, line, lines, what, source)
    return None


def statements(source: str) -> list[range]:
    """The lines of each statement that is in a function, without the statements inside it; the innermost first.

    The head of a function runs when it is made: where that is wrong, the lines of its body show it.
    """
    found = []
    for function in ast.walk(ast.parse(source)):
        if not isinstance(function, ast.FunctionDef):
            continue
        found.append(range(function.lineno, (function.end_lineno or 0) + 1))
        for node in ast.walk(function):
            if isinstance(node, ast.stmt) and node is not function and not _is_docstring(node):
                inner = [each for each in ast.iter_child_nodes(node) if isinstance(each, ast.stmt)]
                end = inner[0].lineno if inner else (node.end_lineno or node.lineno) + 1
                found.append(range(node.lineno, max(end, node.lineno + 1)))
    return sorted(found, key=len)


def _nodes(tree: ast.AST, place: str = "") -> Iterator[tuple[ast.AST, str]]:
    """All nodes that run, with the function that they are in; no annotations, decorators or type-checking imports."""
    if isinstance(tree, ast.If) and isinstance(tree.test, ast.Name) and tree.test.id == "TYPE_CHECKING":
        return
    if isinstance(tree, ast.keyword) and tree.arg in UNSEEN:
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


def _changes(node: ast.AST) -> Iterator[tuple[Any, ...]]:
    """What can be made wrong about a node: in words, a call that does it, and the statement if it is another node."""
    for kind, changes in KINDS.items():
        if isinstance(node, kind):
            yield from changes(node)


def _compared(node: ast.Compare) -> Iterator[tuple[Any, ...]]:
    for number, operator in enumerate(node.ops):
        other = SWAPS[type(operator)]
        yield f"{ast.unparse(node)} with {other.__name__}", _setting(node.ops, number, other())


def _operated(node: ast.BinOp | ast.AugAssign | ast.BoolOp) -> Iterator[tuple[Any, ...]]:
    other = SWAPS.get(type(node.op))
    if other is not None:
        yield f"{ast.unparse(node)} with {other.__name__}", lambda: setattr(node, "op", other())


def _constant(node: ast.Constant) -> Iterator[tuple[Any, ...]]:
    value = node.value
    if isinstance(value, bool):
        yield f"{value} inverted", lambda: setattr(node, "value", not value)
    elif isinstance(value, int):
        yield f"{value} plus 1", lambda: setattr(node, "value", value + 1)
    elif isinstance(value, float):
        yield f"{value} doubled and 1", lambda: setattr(node, "value", 2 * value + 1)


def _condition(node: ast.If | ast.While | ast.IfExp) -> Iterator[tuple[Any, ...]]:
    negated = ast.UnaryOp(ast.Not(), node.test)
    yield f"not {ast.unparse(node.test)}", lambda: setattr(node, "test", negated)


def _body(node: ast.FunctionDef | ast.If | ast.For | ast.While | ast.With) -> Iterator[tuple[Any, ...]]:
    for number, statement in enumerate(node.body):
        changing = isinstance(statement, (ast.Expr, ast.AugAssign, ast.Raise, ast.If, ast.For))
        if changing and not _is_docstring(statement):
            text = ast.unparse(statement).splitlines()[0][:60]
            yield f"without {text}", _setting(node.body, number, ast.Pass()), statement


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _called(node: ast.Call) -> Iterator[tuple[Any, ...]]:
    name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
    if name in NAMES:
        attribute = "id" if isinstance(node.func, ast.Name) else "attr"
        yield f"{NAMES[name]} for {name}", lambda: setattr(node.func, attribute, NAMES[name])
    for number, keyword in enumerate(node.keywords):
        if keyword.arg not in (None, *UNSEEN):
            yield f"{name}() without {ast.unparse(keyword)}", lambda number=number: node.keywords.pop(number)


def _sliced(node: ast.Slice) -> Iterator[tuple[Any, ...]]:
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
