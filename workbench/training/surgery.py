"""Requests for pruning with retraining: their specification, whether it makes sense, how many units go when."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from workbench.analysis.orders import JOINT_RULES, available_orders, find_order
from workbench.nets.architectures.catalogue import ARCHITECTURES, architecture
from workbench.nets.architectures.shapes import parameter_shapes
from workbench.runs.errors import RunError, shown
from workbench.runs.run import open_run
from workbench.runs.saying import counted
from workbench.runs.spec import UNKNOWN, SpecError, SurgerySpec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from workbench.nets.architectures.catalogue import ImageShape
    from workbench.runs.run import Run
    from workbench.runs.spec import IterativeSpec, NetSpec, RunSpec


_YOUR_OWN_LOOP = "continue in a training loop of your own, and record it with workbench.record"


def retraining(run: Run, layers: Sequence[str] = (), snapshot: int = -1, **surgery: Any) -> RunSpec:
    """The specification of a run that begins with the weights of `run` at `snapshot`, units of `layers` removed.

    `surgery` holds the other fields of `SurgerySpec`, such as fraction=0.5. All else is as `run` was trained: learning
    rate and batches from the beginning of their schedules, a new optimiser. `.changed(epochs=5)` and the like change
    that. What ran on the processor stays there, all else goes to the fastest device. SpecError: no such snapshot.
    """
    for what, name in (("network", run.spec.net.name), ("data set", run.spec.data.name)):
        if name == UNKNOWN:
            raise SpecError(f"{run.path} does not name its {what}: it cannot be trained on from here; {_YOUR_OWN_LOOP}")
    if run.spec.net.name not in ARCHITECTURES:
        problem = (
            f"{run.path} is of {shown(run.spec.net.name)}, and only networks of the catalogue can be trained on here"
        )
        raise SpecError(f"{problem}; {_YOUR_OWN_LOOP}")
    specification = SurgerySpec(str(run.path), snapshot, layers=tuple(layers), **surgery)
    spec = run.spec
    return replace(
        spec,
        net=replace(spec.net, image_shape=None, classes=None),
        iterations=spec.iterations if spec.epochs is None else None,
        device="cpu" if spec.device == "cpu" else "auto",
        recipe=None,
        command=None,
        parent=run.run_id,
        surgery=resolved(run, specification),
        facts=None,
        snapshots=spec.snapshots if spec.origin is None else "log",
        origin=None,
    )


def resolved(run: Run, surgery: SurgerySpec) -> SurgerySpec:
    """`surgery` on `run` with its snapshots counted from 0; SpecError: there is no such snapshot."""
    ranked = surgery.ranked_at
    if ranked is None and surgery.fraction is not None:
        ranked = surgery.snapshot
    try:
        drawn = bool(surgery.redrawn or surgery.permuted) and surgery.redraw_seed is None
        return replace(
            surgery,
            snapshot=run.resolve(surgery.snapshot),
            ranked_at=None if ranked is None else run.resolve(ranked),
            redraw_seed=run.spec.seed + 1 if drawn else surgery.redraw_seed,
        )
    except IndexError as error:
        raise SpecError(f"{run.path}: {error}") from error


@contextmanager
def parent_of(spec: RunSpec) -> Iterator[Run]:
    """The run that the training `spec` begins with, open. SpecError: it is not there, or is not the one that was."""
    assert spec.surgery is not None
    try:
        run = open_run(spec.surgery.parent)
    except RunError as error:
        raise SpecError(str(error)) from error
    with run:
        if spec.parent not in (None, run.run_id):
            raise SpecError(f"{run.path} is the run {run.run_id}, but the training starts from {spec.parent}")
        yield run


def check_beginning(spec: RunSpec, image_shape: ImageShape, classes: int, iterations: int | None) -> None:
    """Raise SpecError where a training on such data cannot begin as `spec` says, or prunes what it cannot.

    `iterations` None: its length is not known yet. Opens the parent's file, without torch.
    """
    if spec.surgery is None:
        return
    with parent_of(spec) as run:
        _check_redrawn(run, resolved(run, spec.surgery))
        _check_parent(run, spec, image_shape, classes)
    shapes = parameter_shapes(spec.net.name, image_shape, classes, spec.net.widths, spec.net.bias)
    weights = {key: shape for key, (shape, _) in shapes.items() if len(shape) > 1}
    check_surgery(spec.surgery, {key.removesuffix(".weight"): shape[0] for key, shape in weights.items()}, iterations)


def check_surgery(surgery: SurgerySpec, layers: Mapping[str, int], iterations: int | None) -> None:
    """Raise SpecError where `surgery` makes no sense by itself or in a training of so many iterations.

    `layers` are the network's in their order, and how many units they have.
    """
    for name in surgery.layers:
        _check_layer(name, list(layers))
    for holds, problem in _CHECKS:
        if not holds(surgery):
            raise SpecError(problem)
    _check_order(surgery.order)
    for name, units in zip(surgery.layers, surgery.units or (), strict=False):
        _check_units(name, units, layers[name])
    if surgery.iterative is not None:
        _check_iterative(surgery.iterative, iterations)
    removals(surgery, sum(layers[name] for name in surgery.layers))


def removals(surgery: SurgerySpec, left: int) -> dict[int, int]:
    """How many units go at which iteration, from layers that still have `left`; none where they are listed.

    SpecError: so many that a layer could not keep even one, or not a single one.
    """
    counts, there = dict[int, int](), left
    for moment, part in _moments(surgery):
        counts[moment] = round(part * there)
        there -= counts[moment]
        if not counts[moment]:
            break  # nor later on
    named = " and ".join(surgery.layers)
    if counts and there < len(surgery.layers):
        raise SpecError(
            f"of the {counted(left, 'unit')} of {named} all would be removed: at least one of each layer must stay"
        )
    if counts and there == left:
        units = counted(left, "unit")
        raise SpecError(f"that part of the {units} of {named} is less than one unit: remove a larger one")
    return {moment: count for moment, count in counts.items() if count}


def in_words(surgery: SurgerySpec) -> str:
    """What was done to the parent, in a few words."""
    begun = [f"{' and '.join(surgery.redrawn)} drawn again"] if surgery.redrawn else []
    begun += [f"inputs of {' and '.join(surgery.permuted)} permuted"] if surgery.permuted else []
    if not surgery.layers:
        return ", ".join(begun) or "trained on"
    if begun:
        return ", ".join((in_words(replace(surgery, redrawn=(), permuted=())), *begun))
    how = "chosen units" if surgery.units is not None else surgery.order
    return f"{' and '.join(surgery.layers)} pruned by {how}"


def _moments(surgery: SurgerySpec) -> Iterator[tuple[int, float]]:
    """When units go, and which part of those still there."""
    if surgery.fraction is not None:
        yield 0, surgery.fraction
    elif surgery.iterative is not None:
        plan = surgery.iterative
        yield from ((moment, plan.ratio) for moment in range(plan.start, plan.end + 1, plan.every))


def _ways(surgery: SurgerySpec) -> int:
    return sum(each is not None for each in (surgery.fraction, surgery.units, surgery.iterative))


# What must hold, and what is said where it does not.
_CHECKS: tuple[tuple[Callable[[SurgerySpec], bool], str], ...] = (
    (lambda s: len(set(s.layers)) == len(s.layers), "each layer to prune is named once"),
    (
        lambda s: not s.layers or _ways(s) > 0,
        "it is not known how many units to remove: give a fraction, units or iterations",
    ),
    (lambda s: _ways(s) < 2, "give one of a fraction, units and an iterative schedule, not several"),
    (lambda s: bool(s.layers) or _ways(s) == 0, "no layer to prune is named"),
    (lambda s: s.fraction is None or 0 < s.fraction < 1, "the fraction of units to remove is above 0 and below 1"),
    (lambda s: s.units is None or len(s.units) == len(s.layers), "units are listed once for each layer to prune"),
    (
        lambda s: s.ranked_at is None or s.fraction is not None,
        "the snapshot that ranks the units matters to a fraction only: listed units are not ranked, "
        "and iterations rank the weights of their moment",
    ),
    (lambda s: s.rule in JOINT_RULES, f"the rule for several layers is {' or '.join(JOINT_RULES)}"),
)


def _check_parent(run: Run, spec: RunSpec, image_shape: ImageShape, classes: int) -> None:
    if _sizes(spec.net) != _sizes(run.spec.net):
        raise SpecError(
            f"{run.path} holds the weights of {_in_words(run.spec.net)}; {_in_words(spec.net)} cannot start from them"
        )
    shapes = parameter_shapes(spec.net.name, image_shape, classes, spec.net.widths, spec.net.bias)
    if {key: shape for key, (shape, _) in shapes.items()} != run.parameter_shapes:
        raise SpecError(
            f"the weights in {run.path} do not fit images of shape {'×'.join(map(str, image_shape))} "
            f"and {counted(classes, 'class', 'classes')}: choose data of the parent's kind"
        )


def _check_redrawn(run: Run, surgery: SurgerySpec) -> None:
    known = [layer.name for layer in run.layers]
    for name in surgery.redrawn:
        if name not in known:
            raise SpecError(f"there is no layer {name!r} to draw again; there are {', '.join(known)}")
    for name in surgery.permuted:
        if name not in known[1:]:
            raise SpecError(
                f"there is no layer {name!r} whose inputs can be permuted; there are {', '.join(known[1:])}"
            )
    if both := set(surgery.redrawn) & set(surgery.permuted):
        raise SpecError(f"{min(both)} is drawn again, so that its inputs need not be permuted: choose one of the two")
    if surgery.redraw_seed is not None and not surgery.redrawn + surgery.permuted:
        raise SpecError("a seed to draw layers again is given, but no layer to draw")
    if surgery.redrawn and run.spec.parent is None and surgery.redraw_seed == run.spec.seed:
        raise SpecError(f"{run.path} began with the seed {run.spec.seed}: drawn again with it, layers are the same")


def _check_layer(name: str, known: Sequence[str]) -> None:
    if name not in known:
        raise SpecError(f"there is no layer {name!r} to prune; there are {', '.join(known[:-1])}")
    if name == known[-1]:
        raise SpecError(f"{name} is the classifier: its units are the classes and cannot be removed")


def _check_order(name: str) -> None:
    try:
        wanted = find_order(name)
    except ValueError as error:
        raise SpecError(str(error)) from error
    if not wanted.by_weights:
        known = [each for each, order in available_orders().orders.items() if order.by_weights]
        raise SpecError(f"{name} ranks by images, but a training ranks by weights: choose one of {', '.join(known)}")


def _check_units(layer: str, units: Sequence[int], count: int) -> None:
    wrong = [unit for unit in units if not 0 <= unit < count]
    if wrong:
        raise SpecError(f"{layer} has the units 0 to {count - 1}, not {wrong[0]}")
    if not units or len(set(units)) < len(units):
        raise SpecError(f"the units of {layer} to remove are at least one, each named once")
    if len(units) == count:
        raise SpecError(f"all {counted(count, 'unit')} of {layer} would be removed: at least one must stay")


def _check_iterative(plan: IterativeSpec, iterations: int | None) -> None:
    if not 0 <= plan.start <= plan.end:
        raise SpecError(
            f"units are removed from an iteration, at least 0, to a later one, not from {plan.start} to {plan.end}"
        )
    if iterations is not None and plan.end > iterations:
        raise SpecError(f"units are removed until iteration {plan.end}, but the training ends at {iterations}")
    if plan.every < 1:
        raise SpecError(f"units are removed every so many iterations, at least 1, not {plan.every}")
    if not 0 < plan.ratio < 1:
        raise SpecError(f"the ratio of units to remove each time is above 0 and below 1, not {plan.ratio}")


def _sizes(net: NetSpec) -> tuple[str, tuple[int, ...], bool]:
    plan = architecture(net.name)
    return plan.name, plan.widths if net.widths is None else net.widths, net.bias


def _in_words(net: NetSpec) -> str:
    name, widths, bias = _sizes(net)
    return f"a {name} of {','.join(map(str, widths))} units{'' if bias else ' without biases'}"
