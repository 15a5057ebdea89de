"""Named trainings: the report's (its Fig. 1 table) and quick ones on the digits inside the workbench."""

from __future__ import annotations

import difflib
from dataclasses import replace
from typing import TYPE_CHECKING

from workbench.runs.spec import DataSpec, NetSpec, OptimiserSpec, RunSpec, SpecError

if TYPE_CHECKING:
    from collections.abc import Mapping

_VGG = RunSpec(
    NetSpec("vgg19bn"),
    DataSpec("cifar10"),
    OptimiserSpec("sgd", learning_rate=0.1, momentum=0.9, schedule="step"),
    batch_size=64,
    iterations=112_000,
)
_ON_DIGITS = RunSpec(
    NetSpec("lenet"),
    DataSpec("digits"),
    OptimiserSpec("sgd", learning_rate=0.1, momentum=0.9),
    batch_size=64,
    epochs=100,
    snapshots="log:22",
    device="cpu",
)
_STUDENT = RunSpec(
    NetSpec("lenet"),
    DataSpec("teacher_lenet"),
    OptimiserSpec("sgd", learning_rate=0.05, momentum=0.9),
    initialiser="planted",
    batch_size=64,
    epochs=40,
    snapshots="log:22",
    device="cpu",
)
_RECIPES = {
    "lenet-mnist": RunSpec(
        NetSpec("lenet"),
        DataSpec("mnist"),
        OptimiserSpec("sgd", learning_rate=3e-3, momentum=0.9),
        batch_size=64,
        iterations=50_000,
    ),
    "conv2-cifar10": RunSpec(
        NetSpec("conv2"),
        DataSpec("cifar10"),
        OptimiserSpec("adam", learning_rate=2e-4),
        batch_size=64,
        iterations=20_000,
    ),
    "conv6-cifar10": RunSpec(
        NetSpec("conv6"),
        DataSpec("cifar10"),
        OptimiserSpec("adam", learning_rate=3e-4),
        batch_size=60,
        iterations=40_000,
    ),
    "vgg19bn-cifar10": _VGG,
    # The report names no weight decay, but the spectra published for this net need it.
    "vgg19bn-cifar10-decay": replace(_VGG, optimiser=replace(_VGG.optimiser, weight_decay=5e-4)),
    # The digits' recipes: nets so small are fastest on the processor, and there a run is the same bit for bit.
    # The first two make the sample runs; so many snapshots fit into 8 MB.
    "digits-conv": RunSpec(
        NetSpec("digits_conv"),
        DataSpec("digits"),
        OptimiserSpec("adam", learning_rate=2e-3),
        initialiser="torch_default",
        batch_size=64,
        epochs=40,
        snapshots="log:29",
        device="cpu",
    ),
    "digits-quick": RunSpec(
        NetSpec("lenet"),
        DataSpec("digits"),
        OptimiserSpec("sgd", learning_rate=0.1, momentum=0.9),
        batch_size=64,
        epochs=5,
        snapshots="log",
        device="cpu",
    ),
    "digits-lenet": RunSpec(
        NetSpec("lenet"),
        DataSpec("digits"),
        OptimiserSpec("sgd", learning_rate=0.1, momentum=0.9, weight_decay=1e-2, schedule="cosine"),
        initialiser="glorot_normal",
        batch_size=64,
        epochs=100,
        snapshots="log:22",
        device="cpu",
    ),
    # Labels without meaning, as far as they are random: what a network learns of them it has by heart.
    "digits-noise": replace(_ON_DIGITS, data=DataSpec("digits", label_noise=0.4)),
    "digits-random-labels": replace(_ON_DIGITS, data=DataSpec("digits", label_noise=1.0)),
    # Brutzkus and Globerson 2019: only the filters are trained; 4 filters instead of 120 are the small network.
    "xord": RunSpec(
        NetSpec("xord", bias=False),
        DataSpec("xord"),
        OptimiserSpec("sgd", learning_rate=0.05),
        batch_size=64,
        epochs=50,
        snapshots="log:22",
        device="cpu",
    ),
    # A student with several times the units of its teacher in each layer.
    "teacher-student": replace(
        _STUDENT, net=NetSpec("digits_conv"), data=DataSpec("teacher_digits_conv"), initialiser="kaiming_normal"
    ),
    # The same with one unit of ten repeated and one of ten dead from the start: what finds redundancy must find these.
    "planted": _STUDENT,
}
RECIPES: Mapping[str, RunSpec] = {name: replace(spec, recipe=name) for name, spec in _RECIPES.items()}


def recipe(name: str) -> RunSpec:
    """The recipe called `name`; a SpecError suggests the nearest names."""
    if name in RECIPES:
        return RECIPES[name]
    near = difflib.get_close_matches(name, RECIPES, n=2)
    hint = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(RECIPES)}"
    raise SpecError(f"there is no recipe {name!r}: {hint}")


def nearest_recipe(net: str, data: str) -> RunSpec:
    """The first recipe for that net and data, else for that net, else the report's for its deepest plain net."""
    same_net = [known for known in RECIPES.values() if known.net.name == net]
    same_both = [known for known in same_net if known.data.name == data]
    return next(iter((*same_both, *same_net, RECIPES["conv6-cifar10"])))
