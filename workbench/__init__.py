"""See where a trained neural network is redundant.

All that the guide uses is here, and nothing else is public. `open_run` reads a run file and loads neither Qt nor torch.
`prune`, `low_rank`, `ablate` and `merge` evaluate the network, `record` writes any PyTorch training into a run;
torch is loaded when they are first used. `LightningRecorder` and `TransformersRecorder` record the trainers of these
libraries. `compare` and `principal_angles` set two networks side by side. `figure` makes a figure for print. `name`
says which network and data a run is of that does not say it itself; `confirm` says that those of an imported run were
guessed right.
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
    "Data",
    "DataSpec",
    "Evaluator",
    "IterativeSpec",
    "LightningRecorder",
    "NetSpec",
    "OptimiserSpec",
    "Order",
    "Run",
    "RunSpec",
    "Style",
    "SurgerySpec",
    "TransformersRecorder",
    "Wanted",
    "__version__",
    "ablate",
    "band",
    "barrier",
    "cka",
    "compare",
    "confirm",
    "directions",
    "exact",
    "figure",
    "group_curves",
    "group_overview",
    "import_run",
    "initialisation_audit",
    "joint_low_rank",
    "joint_svd",
    "layer_graph",
    "layer_spectrum",
    "low_rank",
    "main",
    "merge",
    "merging",
    "name",
    "open_run",
    "overview",
    "plan_of",
    "principal_angles",
    "product",
    "prune",
    "prune_group",
    "recipe",
    "record",
    "record_run",
    "resample",
    "resume",
    "run_trials",
    "save",
    "spectral_direction",
    "stack",
    "subspace",
    "this_machine",
    "train",
    "units",
    "weight_graph",
]

if TYPE_CHECKING:
    from workbench.analysis.graph import weight_graph
    from workbench.analysis.orders import Order
    from workbench.cli import main
    from workbench.comparing.angles import principal_angles
    from workbench.comparing.barrier import barrier
    from workbench.comparing.cka import cka
    from workbench.comparing.layers import compare
    from workbench.comparing.subspaces import joint_svd, subspace
    from workbench.evaluation.evaluator import Evaluator, exact
    from workbench.evaluation.identity import confirm
    from workbench.evaluation.networks.data import Data
    from workbench.evaluation.networks.named import name
    from workbench.evaluation.questions import ablate, joint_low_rank, low_rank, prune
    from workbench.evaluation.ranks.band import band
    from workbench.evaluation.ranks.groups import group_curves
    from workbench.evaluation.smaller.merging import merge, merging
    from workbench.experiments.machine import this_machine
    from workbench.experiments.running import run_trials
    from workbench.experiments.table import product
    from workbench.figures.directions.layer import directions
    from workbench.figures.drawing import save
    from workbench.figures.graph.layer import layer_graph
    from workbench.figures.groups.overview import group_overview
    from workbench.figures.groups.pruning import prune_group
    from workbench.figures.kinds import figure
    from workbench.figures.overview.run import overview
    from workbench.figures.overview.unit_costs import units
    from workbench.figures.spectrum.directions import spectral_direction
    from workbench.figures.spectrum.initialisation import initialisation_audit
    from workbench.figures.spectrum.layer import layer_spectrum
    from workbench.figures.stacks.stack import stack
    from workbench.figures.style import Style
    from workbench.importing.plan import Wanted, plan_of
    from workbench.importing.run import import_run
    from workbench.recorders.lightning import LightningRecorder
    from workbench.recorders.own_loop import record
    from workbench.recorders.transformers import TransformersRecorder
    from workbench.runs.run import Run, open_run
    from workbench.runs.spec import DataSpec, IterativeSpec, NetSpec, OptimiserSpec, RunSpec, SurgerySpec
    from workbench.training.loop.loop import train
    from workbench.training.recipes import recipe
    from workbench.training.recording import record_run
    from workbench.training.resampling import resample
    from workbench.training.resuming import resume

_PLACES = {  # module, loaded when one of its names is first used -> the names
    "analysis.graph": ("weight_graph",),
    "analysis.orders": ("Order",),
    "cli": ("main",),
    "comparing.angles": ("principal_angles",),
    "comparing.barrier": ("barrier",),
    "comparing.cka": ("cka",),
    "comparing.layers": ("compare",),
    "comparing.subspaces": ("joint_svd", "subspace"),
    "evaluation.networks.data": ("Data",),
    "evaluation.evaluator": (
        "Evaluator",
        "exact",
    ),
    "evaluation.ranks.band": ("band",),
    "evaluation.ranks.groups": ("group_curves",),
    "evaluation.identity": ("confirm",),
    "evaluation.networks.named": ("name",),
    "evaluation.smaller.merging": ("merge", "merging"),
    "evaluation.questions": ("ablate", "joint_low_rank", "low_rank", "prune"),
    "experiments.machine": ("this_machine",),
    "experiments.running": ("run_trials",),
    "experiments.table": ("product",),
    "figures.directions.layer": ("directions",),
    "figures.drawing": ("save",),
    "figures.graph.layer": ("layer_graph",),
    "figures.spectrum.directions": ("spectral_direction",),
    "figures.spectrum.initialisation": ("initialisation_audit",),
    "figures.spectrum.layer": ("layer_spectrum",),
    "figures.groups.overview": ("group_overview",),
    "figures.groups.pruning": ("prune_group",),
    "figures.kinds": ("figure",),
    "figures.overview.run": ("overview",),
    "figures.overview.unit_costs": ("units",),
    "figures.stacks.stack": ("stack",),
    "figures.style": ("Style",),
    "importing.plan": (
        "Wanted",
        "plan_of",
    ),
    "importing.run": ("import_run",),
    "runs.run": (
        "Run",
        "open_run",
    ),
    "runs.spec": (
        "DataSpec",
        "IterativeSpec",
        "NetSpec",
        "OptimiserSpec",
        "RunSpec",
        "SurgerySpec",
    ),
    "recorders.own_loop": ("record",),
    "recorders.lightning": ("LightningRecorder",),
    "training.loop.loop": ("train",),
    "training.recipes": ("recipe",),
    "training.recording": ("record_run",),
    "training.resampling": ("resample",),
    "training.resuming": ("resume",),
    "recorders.transformers": ("TransformersRecorder",),
}
_LATER = {name: module for module, names in _PLACES.items() for name in names}


def __getattr__(name: str) -> object:
    if name in _LATER:
        return getattr(import_module(f"workbench.{_LATER[name]}"), name)
    raise AttributeError(f"module 'workbench' has no attribute {name!r}")
