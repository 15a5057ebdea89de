"""The import itself: a run written from the files of a plan, whole or not at all. Loads no torch."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.importing.files.arrays import as_kept
from workbench.importing.files.foreign import Foreign, ImportProblem
from workbench.importing.files.shards import arrays_of
from workbench.importing.files.sources import check_unchanged
from workbench.importing.plain import computed, plain_arrays, plain_shapes
from workbench.importing.plan import MASK
from workbench.runs.derived import derived
from workbench.runs.errors import shown
from workbench.runs.layout import HISTORY, HISTORY_FIELDS, PARAMETERS, SPECTRUM
from workbench.runs.writing.birth import create
from workbench.runs.writing.recorder import Recorder

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from workbench.importing.files.foreign import Arrays, Shapes
    from workbench.importing.files.sources import Source
    from workbench.importing.plan import ImportPlan


@dataclass(frozen=True)
class Imported:
    """A snapshot that is safe in the new file; the last one says that the file is finished."""

    done: int
    snapshots: int
    name: str
    path: Path
    finished: bool = False


def import_run(planned: ImportPlan, out: Path) -> Generator[Imported, None, None]:
    """One `Imported` for every snapshot that is safe in the new run `out`, the last one when it is finished.

    All or nothing: where a file cannot be read, or this generator is closed early, `out` is gone. FileExistsError: a
    run is never overwritten; DiskFull; FileChanged: a file is not as it was planned; ImportProblem.
    """
    snapshots, done = len(planned.files), 0
    create(out, planned.spec, planned.layers, planned.plan, snapshots, planned.title)
    recorder = Recorder(out)
    try:
        foreign = Foreign(max(file.size for file in planned.files))
        for file in planned.files:
            check_unchanged(file)
            parameters = parameters_of(planned, file, foreign, done)
            check_unchanged(file)  # nor while it was read
            recorder.commit(_rows(planned, parameters, done))
            done += 1
            if done < snapshots:
                yield Imported(done, snapshots, file.label, out)
        recorder.close()
    except BaseException:
        recorder.discard()
        raise
    yield Imported(done, snapshots, planned.files[-1].label, out, finished=True)


def parameters_of(planned: ImportPlan, file: Source, foreign: Foreign, at: int) -> Arrays:
    """The parameters of a snapshot as the file of the run keeps them; ImportProblem where they are not the first's."""
    if planned.mapping is not None:
        numbers = planned.mapping.numbers  # of one file with all snapshots, or the one of each file
        paths = planned.mapping.paths(numbers[at % len(numbers)])
        arrays, contents = foreign.arrays(file.path, [paths[key] for key in planned.parameters])
        held = {key: arrays[paths[key]] for key in planned.parameters if paths[key] in arrays}
        shapes = as_kept({key: contents.shapes[paths[key]] for key in held}, planned.turned)
        held |= {key: turn.array(held[key]) for key, turn in planned.turned.items() if key in held}
    else:
        held, contents = arrays_of(foreign, file, planned.wanted.part)
        shapes = contents.shapes
        if planned.computed:
            recipes = computed(shapes)
            held, shapes = plain_arrays(held, recipes), plain_shapes(shapes, recipes)
    held = {key.removeprefix(planned.prefix): array for key, array in held.items()}
    shapes = {key.removeprefix(planned.prefix): shape for key, shape in shapes.items()}
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
