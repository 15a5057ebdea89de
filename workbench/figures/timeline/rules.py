"""Rules about a layer over its snapshots, such as `dead > 10 %`: for the timeline, and for recorders that call back."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.analysis.rules import chosen, words_in
from workbench.figures.overview.history import ACCURACY, OF_ROWS, UPDATE, track
from workbench.runs.layout import HISTORY_FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from workbench.figures.overview.layer import LayerOverview
    from workbench.runs.run import Run

    Float64 = NDArray[np.float64]
    Bools = NDArray[np.bool_]

# 100 % is the largest possible rank
OF_RANK = ("outliers", "stable_rank", "elbow", "entropy_rank", "participation_ratio")
OF_NOTHING = ("spectral_norm", "frobenius_norm", "nuclear_norm", "tail_exponent")  # no percentages
OF_UNITS = tuple(name for name in OF_ROWS if name not in (*OF_RANK, *OF_NOTHING))  # 100 % are all units
SIZES = ("units", "inputs")
COLUMNS = (*OF_ROWS, *SIZES, UPDATE, ACCURACY, "snapshot", *HISTORY_FIELDS)
# `accuracy > 90 %` and `accuracy > 90` are one: accuracies are percentages already.
_PERCENTAGES = (ACCURACY, *(name for name in HISTORY_FIELDS if name.endswith("_accuracy")))


@dataclass(frozen=True)
class Named:
    """What a rule that can be understood is about."""

    rows: bool  # numbers of the overview
    updates: bool  # the update size
    dead: bool  # which units are dead: a run says so only if it stores activity


def check(rule: str) -> Named:
    """What a rule needs. RuleError: it is no rule about a layer."""
    names = words_in(rule)
    empty = np.zeros(0)
    chosen(rule, dict.fromkeys(COLUMNS, empty), dict.fromkeys((*OF_UNITS, *OF_RANK, UPDATE, *_PERCENTAGES), empty))
    return Named(not names.isdisjoint((*OF_ROWS, *SIZES)), UPDATE in names, "dead" in names)


def holds(rule: str, run: Run, rows: Iterable[LayerOverview], updates: Float64) -> Bools:
    """The snapshots at which a rule holds, (T,) bool; not where a number that it needs is not known.

    `rows` are of one layer, as far as they are known; `updates` are its update sizes, (T,), NaN where not known.
    RuleError: it is no rule about a layer.
    """
    known = list(rows)
    unknown = np.full(run.snapshots, np.nan)
    columns = {name: track(known, name, run.snapshots) if known else unknown for name in OF_ROWS}
    columns |= {name: _numbers(run, known, name) for name in SIZES}
    columns |= {name: np.asarray(run.history(name), np.float64) for name in HISTORY_FIELDS}
    columns |= {UPDATE: updates, ACCURACY: columns["test_accuracy"], "snapshot": np.arange(run.snapshots, dtype=float)}
    return chosen(rule, columns, _wholes(columns["units"], np.minimum(columns["units"], columns["inputs"])))


def _numbers(run: Run, rows: Iterable[LayerOverview], name: str) -> Float64:
    numbers = np.full(run.snapshots, np.nan)
    for row in rows:
        if row.snapshot < len(numbers):
            numbers[row.snapshot] = getattr(row, name)
    return numbers


def _wholes(units: Float64, rank: Float64) -> Mapping[str, Any]:
    """What 100 % of each column is: all units, the largest possible rank, all of the norm, or 100 points."""
    return MappingProxyType(
        dict.fromkeys(OF_UNITS, units)
        | dict.fromkeys(OF_RANK, rank)
        | {UPDATE: 1.0}
        | dict.fromkeys(_PERCENTAGES, 100.0)
    )
