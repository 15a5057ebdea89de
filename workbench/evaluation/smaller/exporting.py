"""Parts of a run in files that other programs read: a snapshot, a layer's matrix, the curves."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import numpy as np

from workbench.evaluation.smaller.saving import FORMATS, new_file, save_tensors
from workbench.runs import layout

if TYPE_CHECKING:
    from pathlib import Path

    import torch

    from workbench.runs.run import Run

STATE_DICTS = FORMATS  # endings of a snapshot's file
MATRIX, TABLE = ".npy", ".csv"


def save_snapshot(run: Run, snapshot: int, path: Path, overwrite: bool = False) -> None:
    """Write the state dict at a snapshot, as it was trained, to the new file `path` (.safetensors or .pt).

    ValueError: another ending; FileExistsError: it is there, and may not be overwritten; FileNotFoundError: no such
    folder.
    """
    index = run.resolve(snapshot)
    facts = {"run_id": run.run_id, "snapshot": str(index), "net": run.spec.net.name}
    named = (("epoch", run.epochs[index]), ("step", run.iterations[index]))
    facts |= {name: f"{value:.15g}" for name, value in named if np.isfinite(value)}
    save_tensors(path, state_dict(run, index), facts, overwrite)


def state_dict(run: Run, snapshot: int = -1) -> dict[str, torch.Tensor]:
    """The state dict at a snapshot, with the keys, shapes and number types that it had while training."""
    import torch

    types = run.parameter_types
    return {
        key: torch.from_numpy(np.array(values)).to(getattr(torch, types[key]))
        for key, values in run.parameters(snapshot).items()
    }


def save_layer(run: Run, layer: str, snapshot: int, path: Path, overwrite: bool = False) -> None:
    """Write a layer's m × n weight matrix at a snapshot, one row per unit, to the new file `path` (.npy)."""
    _need_ending(path, MATRIX, "a layer's matrix")
    weights = run.layer(layer).weights(run.resolve(snapshot))
    with new_file(path, overwrite) as unfinished, unfinished.open("wb") as stream:
        np.save(stream, np.ascontiguousarray(weights), allow_pickle=False)


def save_history(run: Run, path: Path, overwrite: bool = False) -> None:
    """Write the curves to the new file `path` (.csv), a row per snapshot; what was not measured is empty."""
    _need_ending(path, TABLE, "the history")
    names = ("snapshot", *layout.HISTORY_FIELDS)
    with new_file(path, overwrite) as unfinished, unfinished.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(names)
        curves = [run.history(name) for name in layout.HISTORY_FIELDS]
        for snapshot in range(run.snapshots):
            cells = ("" if np.isnan(curve[snapshot]) else repr(float(curve[snapshot])) for curve in curves)
            writer.writerow((snapshot, *cells))


def _need_ending(path: Path, ending: str, what: str) -> None:
    if path.suffix != ending:
        raise ValueError(f"{path}: {what} must be saved as {ending}")
