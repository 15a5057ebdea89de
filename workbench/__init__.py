"""See where a trained neural network is redundant.

`open_run` reads a run file and loads neither Qt nor torch. `prune`, `low_rank`, `ablate` and `merge` ask the network
itself; torch is loaded when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"
__all__ = ["Run", "RunSpec", "__version__", "ablate", "low_rank", "merge", "open_run", "prune"]

from workbench.runs.run import Run, open_run
from workbench.runs.spec import RunSpec

if TYPE_CHECKING:
    from workbench.evaluation.questions import ablate, low_rank, merge, prune

_QUESTIONS = ("ablate", "low_rank", "merge", "prune")


def __getattr__(name: str) -> object:
    if name in _QUESTIONS:
        return getattr(import_module("workbench.evaluation.questions"), name)
    raise AttributeError(f"module 'workbench' has no attribute {name!r}")
