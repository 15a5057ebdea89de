"""See where a trained neural network is redundant.

`open_run` reads a run file and loads neither Qt nor torch. `prune`, `low_rank`, `ablate` and `merge` ask the network
itself, `record` writes any PyTorch training into a run; torch is loaded when they are first used. `LightningRecorder`
and `TransformersRecorder` do so for trainers of these libraries, which are loaded then. `figure`
makes a figure for print. `name` says which network and data a run is of that does not say it itself; `confirm` says
that those of an imported run were guessed right.
"""

from __future__ import annotations

import sys

# `python -m workbench` puts the working folder first, where a stranger's modules may lie beside his runs. This comes
# before all other imports. Whoever imports the workbench keeps the path as it is.
if sys.argv[:1] == ["-m"] and "-m workbench" in " ".join(sys.orig_argv) and not sys.flags.safe_path:
    del sys.path[0]

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"
__all__ = [
    "LightningRecorder",
    "Run",
    "RunSpec",
    "TransformersRecorder",
    "__version__",
    "ablate",
    "confirm",
    "figure",
    "low_rank",
    "merge",
    "name",
    "open_run",
    "prune",
    "record",
]

if TYPE_CHECKING:
    from workbench.evaluation.identity import confirm
    from workbench.evaluation.named import name
    from workbench.evaluation.questions import ablate, low_rank, merge, prune
    from workbench.figures.of_run import figure
    from workbench.runs.run import Run, open_run
    from workbench.runs.spec import RunSpec
    from workbench.training.any_loop import record
    from workbench.training.lightning import LightningRecorder
    from workbench.training.transformers import TransformersRecorder

_LATER = {  # name -> the module it is in, loaded when it is first used
    **dict.fromkeys(("Run", "open_run"), "runs.run"),
    "RunSpec": "runs.spec",
    **dict.fromkeys(("ablate", "low_rank", "merge", "prune"), "evaluation.questions"),
    "figure": "figures.of_run",
    "confirm": "evaluation.identity",
    "name": "evaluation.named",
    "record": "training.any_loop",
    "LightningRecorder": "training.lightning",
    "TransformersRecorder": "training.transformers",
}


def __getattr__(name: str) -> object:
    if name in _LATER:
        return getattr(import_module(f"workbench.{_LATER[name]}"), name)
    raise AttributeError(f"module 'workbench' has no attribute {name!r}")
