"""Several trainings that differ only by their seed: their runs form a group."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from workbench.training.command_line import command_line

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.runs.spec import RunSpec

MOST_RUNS = 100


def seeded(spec: RunSpec, path: Path, runs: int) -> tuple[tuple[RunSpec, Path], ...]:
    """`runs` specifications with consecutive seeds from that of `spec`, and the file of each.

    One run keeps its file. Of several, each file is named after its seed: "a.h5" becomes "a-seed0.h5", "a-seed1.h5", …
    """
    if runs == 1:
        return ((spec, path),)
    every = [spec.changed(seed=spec.seed + number) for number in range(runs)]
    files = files_of(path, spec.seed, runs)
    return tuple(
        (replace(each, command=command_line(each, file)), file) for each, file in zip(every, files, strict=True)
    )


def files_of(path: Path, seed: int, runs: int) -> tuple[Path, ...]:
    """The files of `runs` runs whose first seed is `seed`."""
    return (path,) if runs == 1 else tuple(_named(path, seed, seed + number) for number in range(runs))


def _named(path: Path, first: int, seed: int) -> Path:
    stem = path.stem.removesuffix(f"-seed{first}")
    return path.with_name(f"{stem}-seed{seed}{path.suffix}")
