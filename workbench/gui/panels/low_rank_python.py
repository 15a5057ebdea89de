"""A program that computes what the low-rank panel shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_OF_WEIGHTS = """\
import workbench
from workbench.evaluation.questions import low_rank

with workbench.open_run({path}) as run:
    found = low_rank(run, {layer}, snapshot={snapshot}, part={part})
curve = found.curve
print(f"norm {{found.spectrum.norm_percent[{rank}]:.1f}} %")
"""

_OF_ANOTHER = """\
import workbench
from workbench.evaluation.evaluator import exact
from workbench.evaluation.factors import factors_of
from workbench.evaluation.of_run import evaluator

with workbench.open_run({path}) as run:
    layer = run.layer({layer})
    factors = factors_of(layer.weights({snapshot}), {of})
    curve = exact(evaluator(run, {layer}, {snapshot}, {part}).rank_curve(factors=factors))
"""

_READING = 'print(f"accuracy {{curve.at({rank}).accuracy:.2f}} %, loss {{curve.at({rank}).loss:.4g}}")\n'


def as_python(
    path: Path, layer: str, snapshot: int, part: str, rank: int, moved: bool = False, units: Sequence[int] = ()
) -> str:
    """The program for W, for W − W₀ (`moved`) or for the rows of `units`; it prints the reading at `rank`."""
    of = "base=layer.weights(0)" if moved else f"units={list(units)}"
    text = (_OF_ANOTHER if moved or units else _OF_WEIGHTS) + _READING
    return text.format(
        path=repr(str(path.resolve())), layer=repr(layer), snapshot=snapshot, part=repr(part), rank=rank, of=of
    )
