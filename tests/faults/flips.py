"""One flipped bit in a snapshot of a real run: verify names the dataset and the snapshot."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from faults.replay import taped
from faults.trained import NAME

from workbench.runs import layout
from workbench.runs.run import open_run
from workbench.runs.verify import verify

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def flipped(folder: Path, times: int, seed: int) -> Iterator[list[str]]:
    """What verify missed or named wrongly, for each of so many runs with another random bit flipped."""
    random = Random(seed)
    taped(folder)
    path = folder / NAME
    with open_run(path) as run:
        stored = run.rows
        sizes = {name: stored.structure.datasets[name].row_bytes for name in (*stored.structure.order, layout.COMMIT)}
        offsets = {name: stored.offset(name, 0) for name in sizes}
        snapshots = run.snapshots
    names = list(sizes)
    for number in range(times):
        # by bytes, and by names: else the small ones would hardly ever be tried
        name = random.choices(names, list(sizes.values()) if number % 2 else None)[0]
        snapshot, bit = random.randrange(snapshots), random.randrange(8 * sizes[name])
        place = offsets[name] + snapshot * sizes[name] + bit // 8
        _flip(path, place, bit % 8)
        yield _missed(path, name, snapshot)
        _flip(path, place, bit % 8)


def _missed(path: Path, name: str, snapshot: int) -> list[str]:
    with open_run(path) as run:
        found = {(finding.dataset, finding.snapshot) for finding in verify(run)}
        seen = run.snapshots
    if name == layout.COMMIT:  # hides the snapshots behind it, which are named as well
        right = seen == snapshot and (name, snapshot) in found and {each for each, _ in found} == {name}
    else:
        right = found == {(name, snapshot)}
    return [] if right else [f"a bit of {name}, snapshot {snapshot}: verify says {sorted(found)}"]


def _flip(path: Path, place: int, bit: int) -> None:
    with path.open("r+b") as file:
        file.seek(place)
        byte = file.read(1)[0]
        file.seek(place)
        file.write(bytes([byte ^ (1 << bit)]))
