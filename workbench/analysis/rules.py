"""Rules that choose rows of a table, such as `norm < .5 and dead`: compared and combined, never run as a program.

A rule is a comparison (`<`, `<=`, `>`, `>=`, `==`, `!=`) of a column with a number or, where the column holds words,
with a word; the name of a column of yes and no; `in NAME`, or `in "a name"`, for a named set of rows; or rules joined
by `and`, `or`, `not` and brackets. `10 %` is a tenth
of what a column can be at most, where the table says what that is. A number that is not known is neither smaller nor
larger than another, so neither a rule nor its `not` chooses it.
"""

from __future__ import annotations

import operator
import re
from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]
    Columns = Mapping[str, Sequence[str] | NDArray[Any]]
    Wholes = Mapping[str, float | NDArray[np.float64]]

LONGEST = 2_000  # characters
DEEPEST = 50  # brackets and nots within each other
_TOKEN = re.compile(
    r'\s*(?:(?P<text>"[^"]*")|(?P<number>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)(?![\w.])|(?P<word>[^\W\d]\w*)|(?P<sign><=|>=|==|!=|[<>()%]))'
)
_JOINTS = ("and", "or", "not")
SET = "in"  # before the name of a set; its column is "in NAME"
_COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq, "!=": operator.ne,
}  # fmt: skip


class RuleError(ValueError):
    """A rule that cannot be understood, and where."""


@dataclass(frozen=True)
class _Answer:
    """The rows for which a rule holds, and those for which it does not; neither: it is not known."""

    yes: Bools
    no: Bools


def chosen(rule: str, columns: Columns, wholes: Wholes = MappingProxyType({})) -> Bools:
    """The rows that a rule chooses, (rows,) bool. RuleError: it is no rule, or names no column.

    Columns hold numbers (NaN: not known), yes and no, or words. `wholes` says what 100 % of a column is, of all rows
    or of each.
    """
    parser = _Parser(_tokens(rule), columns, wholes)
    answer = parser.any_of(0)
    if parser.left:
        raise RuleError(f"“{parser.left[0][1]}” is not expected there: join rules with and, or, not")
    return answer.yes


def words_in(rule: str) -> frozenset[str]:
    """The columns that a rule may name, sets as "in NAME", as far as it can be read at all. RuleError: it cannot."""
    found, tokens = set(), iter(_tokens(rule))
    for kind, text in tokens:
        if (kind, text) == ("word", SET):
            found.add(f"{SET} {next(tokens, ('', ''))[1].strip(chr(34))}")
        elif kind == "word" and text not in _JOINTS:
            found.add(text)
    return frozenset(found)


def _tokens(rule: str) -> list[tuple[str, str]]:
    if len(rule) > LONGEST:
        raise RuleError(f"a rule has at most {LONGEST:,} characters, not {len(rule):,}")
    found, at = [], 0
    text = rule.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise RuleError(f"“{text[at:].split()[0]}” cannot be read: write a rule such as norm < 0.5 and dead")
        found.append((str(match.lastgroup), str(match.group(str(match.lastgroup)))))
        at = match.end()
    return found


@dataclass
class _Parser:
    left: list[tuple[str, str]]  # kind and text of what is not read yet
    columns: Columns
    wholes: Wholes

    def any_of(self, depth: int) -> _Answer:
        answer = self._all_of(depth)
        while self._takes("or"):
            other = self._all_of(depth)
            answer = _Answer(answer.yes | other.yes, answer.no & other.no)
        return answer

    def _all_of(self, depth: int) -> _Answer:
        answer = self._one(depth)
        while self._takes("and"):
            other = self._one(depth)
            answer = _Answer(answer.yes & other.yes, answer.no | other.no)
        return answer

    def _one(self, depth: int) -> _Answer:
        if depth > DEEPEST:
            raise RuleError(f"a rule has at most {DEEPEST} brackets and nots within each other")
        if self._takes("not"):
            inner = self._one(depth + 1)
            return _Answer(inner.no, inner.yes)
        if self._takes("("):
            inner = self.any_of(depth + 1)
            if not self._takes(")"):
                raise RuleError("a bracket is not closed: add )")
            return inner
        return self._comparison()

    def _comparison(self) -> _Answer:
        name = self._next("the name of a column", "word")
        if name == SET:
            return self._in_set()
        if name not in self.columns:
            near = get_close_matches(name, self.columns, n=1)
            names = (each for each in self.columns if not each.startswith(f"{SET} "))
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(names)}"
            raise RuleError(f"there is no column “{name}”: {hint}")
        values = np.asarray(self.columns[name])
        if values.dtype == bool:
            return _Answer(values, ~values)
        sign = self._next(f"one of {' '.join(_COMPARISONS)} after {name}", "sign")
        if sign not in _COMPARISONS:
            raise RuleError(f"after {name} one of {' '.join(_COMPARISONS)} is expected, not “{sign}”")
        if values.dtype.kind in "UO":
            return self._of_words(name, values, sign)
        number = self._amount(name, float(self._next(f"a number after {name} {sign}", "number")))
        holds = _COMPARISONS[sign](values, number)
        known = ~np.isnan(values.astype(np.float64)) & ~np.isnan(number)
        return _Answer(holds & known, ~holds & known)

    def _in_set(self) -> _Answer:
        """The rows of a named set, whose column is called "in NAME"."""
        if self.left and self.left[0][0] == "text":
            name = self.left.pop(0)[1][1:-1]
        else:
            name = self._next(f"the name of a set after {SET}", "word")
        values = self.columns.get(f"{SET} {name}")
        if values is None:
            known = [each.partition(" ")[2] for each in self.columns if each.startswith(f"{SET} ")]
            raise RuleError(
                f"there is no set “{name}”: " + (f"there are {', '.join(known)}" if known else "none is named")
            )
        members = np.asarray(values, np.bool_)
        return _Answer(members, ~members)

    def _amount(self, name: str, number: float) -> float | NDArray[np.float64]:
        """The number that a column is compared with: as it is written, or as a percentage of the whole."""
        if not self._takes("%"):
            return number
        if name not in self.wholes:
            raise RuleError(f"a percentage of {name} means nothing: write a number without %")
        return number / 100.0 * self.wholes[name]

    def _of_words(self, name: str, values: NDArray[Any], sign: str) -> _Answer:
        if sign not in ("==", "!="):
            raise RuleError(f"{name} is a word: compare it with == or !=")
        holds = _COMPARISONS[sign](values, self._next(f"a word after {name} {sign}", "word"))
        return _Answer(holds, ~holds)

    def _takes(self, text: str) -> bool:
        """Whether the next word or sign is this one, which then is read."""
        if self.left and self.left[0][0] != "number" and self.left[0][1] == text:
            del self.left[0]
            return True
        return False

    def _next(self, wanted: str, kind: str) -> str:
        if not self.left:
            raise RuleError(f"the rule ends where {wanted} is expected")
        found = self.left.pop(0)
        if found[0] != kind:
            raise RuleError(f"{wanted} is expected, not “{found[1]}”")
        return found[1]
