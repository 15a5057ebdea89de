"""All layers at low rank together, in a run or in each run of a group, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.analysis.intervals import over_repeats
from workbench.figures.groups.trainings import interval_words
from workbench.figures.low_rank.picture import accuracy_words
from workbench.runs.saying import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.evaluation.ranks.joint import JointLowRank
    from workbench.figures.low_rank.costs import Cost
    from workbench.runs.collection.groups import RunGroup


@dataclass(frozen=True, eq=False)
class GroupJoint:
    """What all layers cost together in the runs of a group that are measured so far, at one tolerance."""

    group: RunGroup
    runs: tuple[JointLowRank, ...]


def joint_costs(asked: tuple[Cost, float]) -> Iterator[JointLowRank | GroupJoint]:
    """Ever better: what all layers within a tolerance of energy, in percent, cost together; of a group run by run."""
    from workbench.evaluation.ranks.joint import joint_low_ranks

    cost, percent = asked
    place = cost.about.place
    found: list[JointLowRank] = []
    for run in place.runs:
        for latest in joint_low_ranks(run, percent / 100.0, place.snapshot, cost.part):
            if place.group is None:
                yield latest
        found.append(latest)
        if place.group is not None:
            yield GroupJoint(place.group, tuple(found))


def joint_sentence(found: JointLowRank | GroupJoint) -> str:
    """The ranks of all layers, and what they cost and save together; of a group the means over its runs."""
    if isinstance(found, GroupJoint):
        return _mean_sentence(found)
    ranks = ", ".join(f"{layer} {rank}" for layer, rank in found.ranks)
    cost = accuracy_words(found.accuracy, found.stored, found.part)
    warned = "".join(f"{warning} " for warning in found.warnings)
    return f"{warned}{_tolerance(found)}: ranks {ranks}: {cost}, {_left(found.weights)}"


def _mean_sentence(found: GroupJoint) -> str:
    runs, first = found.runs, found.runs[0]
    known, every = len(runs), len(found.group.runs)
    if known < every:
        return f"{_tolerance(first)}: {known} of {counted(every, 'training')} measured…"
    means = np.array([[rank for _, rank in each.ranks] for each in runs]).mean(axis=0)
    ranks = ", ".join(f"{layer} {mean:.1f}" for (layer, _), mean in zip(first.ranks, means, strict=True))
    accuracy = np.array([each.accuracy.accuracy for each in runs])
    stored = np.array([each.stored for each in runs])
    name = "accuracy" if first.part == "test" else f"{first.part} accuracy"
    change = f", {interval_words(over_repeats(accuracy - stored), 1)} points" if np.isfinite(stored).all() else ""
    cost = f"{name} {interval_words(over_repeats(accuracy), 1, ' %')}{change}".replace("-", "−")
    warned = "".join(dict.fromkeys(f"{warning} " for each in runs for warning in each.warnings))
    left = _left(float(np.mean([each.weights for each in runs])))
    return f"{warned}{_tolerance(first)}, mean of {found.group.trainings}: {cost}, {left}; ranks {ranks}"


def _tolerance(found: JointLowRank) -> str:
    return f"all layers at tolerance {100 * found.tolerance:.4g} %"


def _left(weights: float) -> str:
    return f"{100 * weights:.0f} % of the weights as factors"
