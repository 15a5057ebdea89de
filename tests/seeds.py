"""Runs that differ by their seeds."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from workbench.training.loop.loop import train
from workbench.training.recording import record_run

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.runs.spec import RunSpec


def seeds(folder: Path, spec: RunSpec, count: int = 3, **otherwise: Any) -> list[Path]:
    """The files of `count` trainings by `spec`, seeds 0, 1, …, in this folder; and of one more that also differs so."""
    specs = [replace(spec, seed=seed) for seed in range(count)]
    specs += [replace(spec, seed=count, **otherwise)] if otherwise else []
    paths = [folder / f"seed{each.seed}.h5" for each in specs]
    for path, each in zip(paths, specs, strict=True):
        for _ in record_run(path, train(each)):
            pass
    return paths
