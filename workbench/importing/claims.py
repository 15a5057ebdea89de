"""The accuracy that a checkpoint says it has, whose data it does not name. Loads no torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.runs.spec import Claim

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Where several are there, the first counts.
ACCURACY_NAMES = (
    *("test_accuracy", "test_acc", "test_acc1", "accuracy", "acc", "acc1", "top1"),
    *("best_accuracy", "best_acc", "best_acc1", "best_top1", "best_prec1"),
    *("val_accuracy", "val_acc", "val_acc1", "validation_accuracy"),
)
MOST_CLAIMS = 500  # that a run's specification keeps


def claims_of(snapshots: Sequence[Mapping[str, float]]) -> tuple[Claim | None, ...]:
    """What each snapshot's file says of its accuracy; () where none says anything, or there are too many."""
    found = [
        next((Claim(name, facts[name]) for name in ACCURACY_NAMES if 0 <= facts.get(name, -1) <= 100), None)
        for facts in snapshots
    ]
    return tuple(found) if any(found) and len(found) <= MOST_CLAIMS else ()
