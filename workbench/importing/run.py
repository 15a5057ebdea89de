"""A run made of somebody else's checkpoints: looked into first, then written whole or not at all. Loads no torch."""

from __future__ import annotations

import os
from collections.abc import Generator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from itertools import pairwise
from math import nan
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from workbench.importing.foreign import Foreign, ImportProblem, nameable, size_of
from workbench.importing.layers import TORCHVISION, chosen_layers, known_net, refuse_function
from workbench.importing.mapping import ParameterMap, given, guessed, kernels, units_first, with_numbers
from workbench.importing.plain import computed, plain_arrays, plain_shapes
from workbench.importing.sources import ACCURACIES, Order, Source, Sources, in_order, sources
from workbench.nets.catalogue import architecture, data_set
from workbench.runs.birth import create, forecast_bytes
from workbench.runs.derived import affordable, derived
from workbench.runs.errors import few_of, shown
from workbench.runs.layout import ACTIVITY, GRAM, HISTORY, HISTORY_FIELDS, PARAMETERS, SPECTRUM, DatasetPlan, plan
from workbench.runs.recorder import Recorder
from workbench.runs.spec import UNKNOWN, DataSpec, NetSpec, OriginSpec, RunSpec
from workbench.runs.state_layers import without_layer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from workbench.importing.foreign import Arrays, Shapes
    from workbench.runs.layout import LayerInfo

TURNED = "kernels are turned, so that units are their first axis and inputs their second"
MASK = ".mask"  # what the report's code multiplies weights with


@dataclass(frozen=True)
class Wanted:
    """What is to be imported, as somebody says it."""

    paths: tuple[Path, ...]
    order: Order = "name"
    net: str | None = None  # of the catalogue, or "torchvision:NAME"; None: what the shapes say
    data: str | None = None  # of the catalogue
    layers: tuple[str, ...] | None = None  # names or patterns; None: the whole state dict
    mapping: Mapping[str, str] | Sequence[str] | None = None  # of an HDF5 file: key -> path with {}, or "key=path"


@dataclass(frozen=True)
class Looking:
    """A file that is being looked into."""

    done: int
    files: int
    name: str


@dataclass(frozen=True)
class ImportPlan:
    """What an import will make, before anything is written."""

    wanted: Wanted
    files: tuple[Source, ...]  # in order; of an HDF5 file, one for each snapshot
    layers: tuple[LayerInfo, ...]
    parameters: Shapes
    plan: tuple[DatasetPlan, ...]
    spec: RunSpec
    title: str
    epochs: tuple[float, ...]
    iterations: tuple[float, ...]
    accuracies: tuple[float, ...]  # on the test images, percent; NaN where nobody says them
    bytes: int  # of the run file, at most
    notes: tuple[str, ...]
    mapping: ParameterMap | None = None
    masked: bool = False  # weights are multiplied with the masks beside them
    computed: bool = False  # some weights are computed from what the files hold, see `import_plain`
    shapes: Shapes | None = None  # of an HDF5 file: every array in it
    turned: frozenset[str] = frozenset()  # of an HDF5 file: parameters whose units lie on the last axis there


@dataclass(frozen=True)
class Imported:
    """A snapshot that is safe in the new file; the last one says that the file is finished."""

    done: int
    snapshots: int
    name: str
    path: Path
    finished: bool = False


Look: TypeAlias = "Generator[Looking, None, ImportPlan]"


def look(wanted: Wanted) -> Look:
    """What would be imported, returned at the end; yields before each file it looks into.

    ImportProblem or ValueError say in one sentence why it cannot be.
    """
    refuse_function("net", wanted.net)
    refuse_function("data", wanted.data)
    if wanted.data is not None:
        data_set(wanted.data)
    found = sources(wanted.paths, wanted.order)
    foreign = Foreign(max(size_of(file.path) for file in found.files))
    yield Looking(0, len(found.files), found.files[0].label)
    files = yield from _by_step(foreign, found, wanted.order)
    contents = foreign.contents(files[0].path)
    accuracies = _accuracies(foreign, found)
    if found.hdf5:
        return _of_arrays(wanted, files[0], contents.shapes)
    shapes, masked = _without_masks(contents.shapes) if found.report else (contents.shapes, False)
    recipes = computed(shapes)
    shapes = plain_shapes(shapes, recipes)
    epochs = _labels(files, "epoch") or tuple(map(float, range(len(files))))
    unknown = (nan,) * len(files)
    if len(accuracies) != len(files):
        accuracies = unknown
    report = found.report is not None
    made = _plan(wanted, files, shapes, epochs, _labels(files, "step") or unknown, accuracies, masked, report)
    named = [start.removesuffix(".") or "the layer" for start in recipes]
    plainly = [f"computed weights (weight norm, spectral norm, pruning) are kept plain: {few_of(named)}"]
    return _noted(replace(made, computed=bool(recipes)), [*contents.notes, *(plainly if recipes else [])])


def plan_of(wanted: Wanted) -> ImportPlan:
    """What `look` finds, in one call; the same errors."""
    looking = look(wanted)
    while True:
        try:
            next(looking)
        except StopIteration as end:
            found: ImportPlan = end.value
            return found


def _noted(made: ImportPlan, more: Sequence[str]) -> ImportPlan:
    """The plan with more notes, which the run keeps."""
    notes = (*made.notes, *more)
    assert made.spec.origin is not None
    origin = replace(made.spec.origin, note="; ".join(notes))
    return replace(made, notes=notes, spec=made.spec.changed(origin=origin))


def _labels(files: Sequence[Source], what: str) -> tuple[float, ...]:
    """The epochs or steps of the files, where all say so and they rise; else none."""
    numbers = [file.number for file in files if file.number is not None and file.says == what]
    rise = all(before < after for before, after in pairwise(numbers))
    return tuple(numbers) if rise and len(numbers) == len(files) else ()


def import_run(planned: ImportPlan, out: Path) -> Generator[Imported, None, None]:
    """One `Imported` for every snapshot that is safe in the new run `out`, the last one when it is finished.

    All or nothing: where a file cannot be read, or this generator is closed early, `out` is gone. FileExistsError: a
    run is never overwritten; DiskFull, ImportProblem.
    """
    snapshots, done = len(planned.files), 0
    create(out, planned.spec, planned.layers, planned.plan, snapshots, planned.title)
    whole = False
    try:
        foreign = Foreign(max(size_of(file.path) for file in planned.files))
        with closing(Recorder(out)) as recorder:
            for file in planned.files:
                parameters = _parameters(planned, file, foreign, done)
                recorder.commit(_rows(planned, parameters, done))
                done += 1
                if done < snapshots:
                    yield Imported(done, snapshots, file.label, out)
        whole = True
    finally:
        if not whole:
            with suppress(FileNotFoundError):
                os.unlink(out)
    yield Imported(done, snapshots, planned.files[-1].label, out, finished=True)


def _by_step(foreign: Foreign, found: Sources, order: Order) -> Generator[Looking, None, tuple[Source, ...]]:
    """The files in order; by step each is asked for its own, where it says one."""
    if order != "step" or found.report is not None:
        return found.files
    asked = []
    for at, file in enumerate(found.files):
        yield Looking(at, len(found.files), file.label)
        facts = foreign.contents(file.path).facts
        for name in ("global_step", "step", "iteration", "epoch"):
            if name in facts:
                file = replace(file, number=facts[name], says="epoch" if name == "epoch" else "step")
                break
        asked.append(file)
    return in_order(asked, "step")


def _accuracies(foreign: Foreign, found: Sources) -> tuple[float, ...]:
    """The test accuracies that the report's code keeps beside its snapshots, in percent."""
    path = found.report / ACCURACIES if found.report else None
    if path is None or not path.is_file():
        return ()
    values = foreign.arrays(path)[0]["values"]
    return tuple(map(float, values)) if values.ndim == 1 and values.dtype.kind == "f" else ()


def _of_arrays(wanted: Wanted, file: Source, shapes: Shapes) -> ImportPlan:
    mapping = wanted.mapping
    if mapping is None:
        parameters = guessed(shapes)
    elif isinstance(mapping, Sequence):
        parameters = given(mapping, shapes)
    else:
        parameters = with_numbers(mapping, shapes)
    turned = kernels(parameters, shapes)
    first = _as_kept({key: shapes[path] for key, path in parameters.paths(parameters.numbers[0]).items()}, turned)
    epochs = tuple(float(number or 0) for number in parameters.numbers)
    files = tuple(replace(file, label=f"{file.label}: {number}") for number in parameters.numbers)
    unknown = (nan,) * len(files)
    made = _plan(wanted, files, first, epochs, unknown, unknown, masked=False, report=False)
    made = replace(made, mapping=parameters, shapes=shapes, turned=turned)
    return _noted(made, [TURNED] if turned else [])


def _as_kept(shapes: Shapes, turned: frozenset[str]) -> Shapes:
    return {key: (units_first(shape) if key in turned else shape, dtype) for key, (shape, dtype) in shapes.items()}


def _without_masks(shapes: Shapes) -> tuple[Shapes, bool]:
    masks = {key for key in shapes if key.endswith(MASK) and f"{key.removesuffix(MASK)}.weight" in shapes}
    return {key: shape for key, shape in shapes.items() if key not in masks}, bool(masks)


def _plan(
    wanted: Wanted,
    files: tuple[Source, ...],
    shapes: Shapes,
    epochs: tuple[float, ...],
    iterations: tuple[float, ...],
    accuracies: tuple[float, ...],
    masked: bool,
    report: bool,
) -> ImportPlan:
    path = files[0].path
    for key in shapes:
        nameable(path, key)
    net, layers, ordered, note = known_net(wanted.net, path, shapes)
    layers, kept = chosen_layers(wanted.layers, path, layers, ordered)
    if wanted.layers is not None:
        net = NetSpec(UNKNOWN)
    left_out = (ACTIVITY,) if affordable(layers) else (ACTIVITY, SPECTRUM, GRAM)
    rows = tuple(row for row in plan(layers, kept, 0) if not row.path.startswith(left_out))
    notes = [note] if note else []
    if wanted.layers is None:
        notes += without_layer(shapes, layers)
    if masked:
        notes.append("weights are multiplied with their masks, as the report's code computes with them")
    data = wanted.data or UNKNOWN
    if report and wanted.data is None and net.name != UNKNOWN:
        data = "mnist" if net.name == "lenet" else "cifar10"  # what its networks are trained on
    where = path.parent if len(files) > 1 and not path.name.endswith((".h5", ".hdf5")) else path
    spec = RunSpec(
        net,
        DataSpec(data if data == UNKNOWN else data_set(data).name, validation=0.0),
        initialiser=UNKNOWN,
        snapshots="imported",
        origin=OriginSpec("imported", str(where.name), "as in the files", "; ".join(notes)),
    )
    named = net.name if net.name == UNKNOWN or net.name.startswith(TORCHVISION) else architecture(net.name).title
    title = f"{where.name if net.name == UNKNOWN else named}, imported"
    size = forecast_bytes(rows, len(files))
    return ImportPlan(
        wanted, files, layers, kept, rows, spec, title, epochs, iterations, accuracies, size, tuple(notes),
        masked=masked,
    )  # fmt: skip


def _parameters(planned: ImportPlan, file: Source, foreign: Foreign, at: int) -> Arrays:
    """The parameters of a snapshot as the file of the run keeps them; ImportProblem where they are not the first's."""
    if planned.mapping is not None:
        paths = planned.mapping.paths(planned.mapping.numbers[at])
        arrays, contents = foreign.arrays(file.path, [paths[key] for key in planned.parameters])
        held = {key: arrays[paths[key]] for key in planned.parameters if paths[key] in arrays}
        shapes = _as_kept({key: contents.shapes[paths[key]] for key in held}, planned.turned)
        held |= {key: held[key].transpose(units_first(range(held[key].ndim))) for key in planned.turned if key in held}
    else:
        held, contents = foreign.arrays(file.path)
        shapes = contents.shapes
        if planned.computed:
            recipes = computed(shapes)
            held, shapes = plain_arrays(held, recipes), plain_shapes(shapes, recipes)
    for key, (shape, dtype) in planned.parameters.items():
        if shapes.get(key) != (shape, dtype):
            there = f"of shape {shapes[key][0]} and type {shapes[key][1]}" if key in shapes else "missing"
            problem = f"is not of the same network as {planned.files[0].label}: {shown(key)} is {there}"
            raise ImportProblem(file.path, problem, "leave it out")
    if planned.masked:
        return {key: _masked(key, held, shapes) for key in planned.parameters}
    return {key: held[key] for key in planned.parameters}


def _masked(key: str, held: Arrays, shapes: Shapes) -> np.ndarray[Any, Any]:
    mask = f"{key.removesuffix('.weight')}{MASK}"
    if not key.endswith(".weight") or mask not in held or shapes[mask] != shapes[key] or held[key].dtype.kind != "f":
        return held[key]
    masked: np.ndarray[Any, Any] = held[key] * held[mask]
    return masked


def _rows(planned: ImportPlan, parameters: Arrays, at: int) -> dict[str, Any]:
    rows: dict[str, Any] = {f"{PARAMETERS}/{key}": np.array(value) for key, value in parameters.items()}
    if any(row.path.startswith(f"{SPECTRUM}/") for row in planned.plan):
        rows |= derived(planned.layers, rows, {key: dtype for key, (_, dtype) in planned.parameters.items()})
    known = {"epoch": planned.epochs[at], "iteration": planned.iterations[at], "test_accuracy": planned.accuracies[at]}
    return rows | {f"{HISTORY}/{name}": np.float64(known.get(name, nan)) for name in HISTORY_FIELDS}
