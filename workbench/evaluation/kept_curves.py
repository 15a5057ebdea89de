"""Finished removal curves kept on disk, by their content, in the user's cache folder: never in a run file."""

from __future__ import annotations

import os
import tempfile
import zipfile
from dataclasses import astuple, fields
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import platformdirs

from workbench.evaluation import of_run
from workbench.evaluation.named import is_function, named
from workbench.evaluation.results import Curve

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from workbench.evaluation.of_run import PartName
    from workbench.evaluation.results import Removed
    from workbench.runs.run import Run

_VERSION = 1  # of the engine's numbers and of these files: a change makes old ones unfindable
_MOST = 4_000  # files kept; a curve of 257 levels takes about 30 kB
_ARRAYS = ("levels", "correct", "loss", "class_correct", "class_images")


def folder() -> Path:
    """Where the curves lie."""
    return Path(platformdirs.user_cache_dir("workbench", appauthor=False)) / "curves"


def removal_curves(
    run: Run,
    layer: str,
    order: Sequence[int] | NDArray[np.int64],
    removed: Removed = "bias",
    name: str = "",
    snapshot: int = -1,
    part: PartName = "test",
    root: str | os.PathLike[str] | None = None,
    where: Path | None = None,
) -> Iterator[Curve]:
    """Ever better, as `Evaluator.removal_curve`; at once the exact one where it was found before.

    `where` is the folder of kept curves (None: `folder()`). A file there that cannot be read is made anew.
    """
    path = (folder() if where is None else where) / f"{_key(run, layer, order, removed, snapshot, part)}.npz"
    theirs = any(map(is_function, astuple(named(run))))  # which may do something else tomorrow
    kept = None if theirs else _read(path, name)
    if kept is not None:
        yield kept
        return
    for curve in of_run.evaluator(run, layer, snapshot, part, root).removal_curve(order, removed, name):
        if curve.exact and not theirs:
            _write(path, curve)
        yield curve


def _key(
    run: Run,
    layer: str,
    order: Sequence[int] | NDArray[np.int64],
    removed: Removed,
    snapshot: int,
    part: PartName,
) -> str:
    """A name that follows from all that determines the curve: parameters, data, layer, order, meaning."""
    digest = blake2b(digest_size=20)
    asked = run.run_id, run.resolve(snapshot), layer, removed, part
    what = (_VERSION, *asked, run.spec.data, run.spec.seed, *astuple(named(run)))
    digest.update(repr(what).encode())
    for key, row in run.parameters(snapshot).items():
        digest.update(key.encode())
        digest.update(np.ascontiguousarray(row).data)
    digest.update(np.asarray(order, dtype="<i8").tobytes())
    return digest.hexdigest()


def _read(path: Path, name: str) -> Curve | None:
    try:
        with np.load(path, allow_pickle=False) as stored:
            texts = {key: str(stored[key]) for key in ("layer", "kind", "removed")}
            arrays = {key: stored[key] for key in _ARRAYS}
            images = int(stored["images"])
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):  # not there, or damaged: computed again
        return None
    os.utime(path)
    return Curve(**texts, **arrays, name=name, images=images, exact=True)  # type: ignore[arg-type]  # as written


def _write(path: Path, curve: Curve) -> None:
    """Whole or not at all: written beside and renamed. The oldest files go when there are too many."""
    path.parent.mkdir(parents=True, exist_ok=True)
    values = {field.name: getattr(curve, field.name) for field in fields(curve) if field.name not in ("name", "exact")}
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as beside:
        np.savez(beside, **values)
    os.replace(beside.name, path)
    by_age = sorted(path.parent.glob("*.npz"), key=lambda file: file.stat().st_mtime)
    for oldest in by_age[:-_MOST]:
        oldest.unlink(missing_ok=True)
