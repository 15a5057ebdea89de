"""What is whole in a damaged or truncated run, saved into a new one. The damaged file is only ever read.

All object headers lie at the start of a run file, and every row has its own checksum, so that rows can be told good
from bad one by one as long as the start is there.
"""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.analysis import matrices
from workbench.runs import commits, layout
from workbench.runs.errors import RunError
from workbench.runs.files.descriptor import Descriptor
from workbench.runs.layout import DatasetPlan, LayerInfo
from workbench.runs.rows import Array, Rows, open_rows, plain
from workbench.runs.saying import counted, plural
from workbench.runs.spec import RunSpec, SpecError
from workbench.runs.writing.birth import create
from workbench.runs.writing.recorder import Recorder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike

HEADERS = 64 << 20  # bytes at the start of a file that hold its metadata, generously
END_OF_FILE = slice(40, 48)  # of the superblock: how long the file should be
ELSEWHERE = "nothing can be saved from it: look for another copy"


@dataclass(frozen=True)
class Saved:
    """What was saved so far; the last one is the result."""

    snapshots: int  # whole, in the new run
    of: int  # the snapshots that were committed once
    lost: tuple[str, ...]  # in words: what is missing from the new run, or was recomputed

    @property
    def in_words(self) -> str:
        """How much that is."""
        return f"{self.snapshots} of {counted(self.of, 'snapshot')} {plural(self.snapshots, 'is', 'are')} saved"


def repair(damaged: str | PathLike[str], target: str | PathLike[str]) -> Iterator[Saved]:
    """What has been saved, after every snapshot; afterwards `target` is a new, finished run.

    A snapshot is saved where all its parameters are whole. Spectra and Gram matrices are recomputed where theirs are
    not, other numbers become "not measured". A parameter that is whole in fewer than half of the snapshots is left out,
    with its layer. RunError: nothing can be saved; FileExistsError: `target` is there.
    """
    with _opened(damaged) as rows:
        good = _good_rows(rows)
        kept = _Whole(rows, good)
        if not kept.snapshots or not kept.layers:
            raise RunError(damaged, "holds no whole snapshot of any layer", ELSEWHERE)
        title = f"{rows.structure.attributes['title']} (repaired)"
        create(target, _spec(rows), kept.layers, kept.plan, len(kept.snapshots), title)
        with closing(Recorder(target)) as recorder:
            for snapshot in kept.snapshots:
                recorder.commit(kept.rows(snapshot))
                yield Saved(recorder.committed, len(good), kept.lost())


def repairable(path: str | PathLike[str]) -> bool:
    """Whether something could be saved from the file at `path`. Reads little more than its metadata."""
    try:
        with _opened(path) as rows:
            return bool(_committed(rows))
    except (RunError, OSError):
        return False


@contextmanager
def _opened(path: str | PathLike[str]) -> Iterator[Rows]:
    """The rows of a damaged file, of which some cannot be read."""
    descriptor = Descriptor(path)
    try:
        size = descriptor.identity()[2]
        start = descriptor.read(min(size, HEADERS), 0)
        whole = max(size, int.from_bytes(start[END_OF_FILE], "little"))
        if len(start) < END_OF_FILE.stop or whole > layout.MAX_CAPACITY * layout.MAX_ROW_BYTES:
            raise RunError(path, "has no start that could be read", ELSEWHERE)
        with tempfile.TemporaryDirectory(prefix="workbench-") as folder:
            headers = os.path.join(folder, os.path.basename(path))
            with open(headers, "xb") as file:
                file.write(start)
                file.truncate(whole)  # what is missing is not there in the copy either: a hole
            looked = _headers(path, headers)
        yield Rows(descriptor.share(), looked.structure, looked.protections)
    finally:
        descriptor.give_back()


def _headers(path: str | PathLike[str], headers: str) -> Rows:
    try:
        rows = open_rows(headers)
    except RunError as error:
        raise RunError(path, error.problem, ELSEWHERE, error.inside) from error
    rows.close()
    return rows


def _spec(rows: Rows) -> RunSpec:
    try:
        return RunSpec.from_json(rows.structure.spec.encode())
    except SpecError as error:
        raise RunError(rows.path, f"makes no sense ({error})", ELSEWHERE, layout.SPEC) from error


def _committed(rows: Rows) -> dict[int, commits.Words]:
    """{snapshot: commit record} of every whole record, also behind a damaged one."""
    try:
        whole = [snapshot for snapshot, fine in rows.left_over(0) if fine]
    except RunError:  # cut short within the records
        return {}
    return {snapshot: rows.records(snapshot, 1)[0] for snapshot in whole}


def _good_rows(rows: Rows) -> dict[int, set[str]]:
    """{snapshot: the datasets whose row is as it was written}."""
    good = {}
    for snapshot, record in _committed(rows).items():
        named = zip(rows.structure.order, record[4:-1].tolist(), strict=True)
        good[snapshot] = {path for path, checksum in named if _checksum(rows, path, snapshot) == checksum}
    return good


def _checksum(rows: Rows, path: str, snapshot: int) -> int | None:
    try:
        return commits.checksum(rows.row(path, snapshot))
    except RunError:  # beyond the end of the file
        return None


class _Whole:
    """The datasets and snapshots that go into the new run."""

    def __init__(self, rows: Rows, good: dict[int, set[str]]) -> None:
        self._rows, self._good = rows, good
        self._patched: Counter[str] = Counter()
        whole = Counter(path for paths in good.values() for path in paths)
        parameters = [path for path in rows.structure.order if path.startswith(f"{layout.PARAMETERS}/")]
        self._left_out = {path for path in parameters if 2 * whole[path] < len(good)}
        needed = set(parameters) - self._left_out
        self.snapshots = [snapshot for snapshot, paths in good.items() if needed <= paths]
        self.layers = tuple(layer for layer in rows.structure.layers if layer.weight_path not in self._left_out)
        self._by_path = {f"{group}/{layer.name}": layer for layer in self.layers for group in layout.OF_A_LAYER}
        self.plan = tuple(
            DatasetPlan(path, stored.shape[1:], stored.dtype)
            for path, stored in ((path, rows.structure.datasets[path]) for path in rows.structure.order)
            if self._worth_keeping(path, whole[path])
        )

    def rows(self, snapshot: int) -> dict[str, Array]:
        """A snapshot's row for every dataset of the plan."""
        return {each.path: self._row(each, snapshot) for each in self.plan}

    def lost(self) -> tuple[str, ...]:
        """In words, what is missing or was recomputed."""
        kept = {each.path for each in self.plan}
        gone = [f"{path} is lost" for path in self._rows.structure.order if path not in kept]
        snapshots = [f"snapshot {snapshot} is lost" for snapshot in self._good if snapshot not in set(self.snapshots)]
        patched = [
            f"{path}: {counted(count, 'row')} {'recomputed' if self._can_compute(path) else 'not measured'}"
            for path, count in self._patched.items()
        ]
        return (*gone, *snapshots, *patched)

    def _worth_keeping(self, path: str, whole: int) -> bool:
        if path in self._left_out:
            return False
        group = path.rpartition("/")[0]
        if group in layout.OF_A_LAYER and path not in self._by_path:
            return False  # its layer is left out
        return whole > 0 or self._can_compute(path)

    def _can_compute(self, path: str) -> bool:
        return path.startswith((f"{layout.SPECTRUM}/", f"{layout.GRAM}/"))

    def _row(self, each: DatasetPlan, snapshot: int) -> Array:
        if each.path in self._good[snapshot]:
            return self._rows.row(each.path, snapshot)
        self._patched[each.path] += 1
        if self._can_compute(each.path):
            return self._computed(each.path, self._by_path[each.path], snapshot)
        return np.full(each.shape, np.nan, each.stored)

    def _computed(self, path: str, layer: LayerInfo, snapshot: int) -> Array:
        stored = self._rows.row(layer.weight_path, snapshot)
        dtype = self._rows.structure.datasets[layer.weight_path].dtype
        weights = layer.matrix(plain(stored, dtype)).astype(np.float64)
        if not np.isfinite(weights).all():
            return np.full(self._rows.structure.datasets[path].shape[1:], np.nan)
        compute = matrices.gram if path.startswith(layout.GRAM) else matrices.eigenvalues
        computed: Array = compute(weights)
        return computed
