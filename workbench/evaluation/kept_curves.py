"""Finished curves kept on disk, by their content, in the user's cache folder: never in a run file."""

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
from workbench.evaluation.approximated import MATRICES, WEIGHTS
from workbench.evaluation.named import is_function, named
from workbench.evaluation.results import Curve
from workbench.nets.devices import evaluation_device

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from workbench.evaluation.approximated import Approximated
    from workbench.evaluation.factors import Factors
    from workbench.evaluation.of_run import PartName
    from workbench.evaluation.results import Removed
    from workbench.runs.run import Run

_VERSION = 2  # of the engine's numbers and of these files: a change makes old ones unfindable
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
    what = layer, removed, np.asarray(order, dtype="<i8").tobytes()
    path = _path(where, run, snapshot, part, what)
    yield from _kept(
        path, name, lambda: of_run.evaluator(run, layer, snapshot, part, root).removal_curve(order, removed, name)
    )


def rank_curves(
    run: Run,
    layer: str,
    ranks: Sequence[int] | None = None,
    name: str = "W",
    snapshot: int = -1,
    part: PartName = "test",
    root: str | os.PathLike[str] | None = None,
    where: Path | None = None,
    about: Approximated = WEIGHTS,
    factors: Factors | None = None,
) -> Iterator[Curve]:
    """Ever better, as `Evaluator.rank_curve`; at once the exact one where it was found before.

    `about` says which matrix is approximated; `factors` are its factors, where they are known already.
    """
    view = run.layer(layer)
    asked = tuple(range(about.full_rank(view) + 1) if ranks is None else ranks)
    base = view.weights(0).tobytes() if MATRICES[about.matrix].moved else b""
    path = _path(where, run, snapshot, part, (layer, "rank", asked, about.matrix, about.units, base))

    def compute() -> Iterator[Curve]:
        known = about.factors(view, snapshot) if factors is None else factors
        return of_run.evaluator(run, layer, snapshot, part, root).rank_curve(asked, known, name)

    yield from _kept(path, name, compute)


def _kept(path: Path | None, name: str, compute: Callable[[], Iterator[Curve]]) -> Iterator[Curve]:
    kept = None if path is None else _read(path, name)
    if kept is not None:
        yield kept
        return
    for curve in compute():
        if curve.exact and path is not None:
            _write(path, curve)
        yield curve


def _path(where: Path | None, run: Run, snapshot: int, part: PartName, what: tuple[object, ...]) -> Path | None:
    """A file whose name follows from all that determines the curve: parameters, data, and what is asked of them.

    None where the user's own functions make the network or the data, which may do something else tomorrow. The kind of
    device counts too: each rounds sums in its own way, and who asks another one to check must not be shown the first.
    """
    makers = astuple(named(run))
    if any(map(is_function, makers)):
        return None
    digest = blake2b(digest_size=20)
    where_from = evaluation_device().type
    known = (_VERSION, run.run_id, run.resolve(snapshot), part, run.spec.data, run.spec.seed, *makers, where_from)
    digest.update(repr((*known, *what)).encode())
    for key, row in run.parameters(snapshot).items():
        digest.update(key.encode())
        digest.update(np.ascontiguousarray(row).data)
    return (folder() if where is None else where) / f"{digest.hexdigest()}.npz"


def _read(path: Path, name: str) -> Curve | None:
    try:
        with np.load(path, allow_pickle=False) as stored:
            texts: dict[str, str | None] = {key: str(stored[key]) for key in ("layer", "kind", "removed")}
            arrays = {key: stored[key] for key in _ARRAYS}
            texts["removed"] = texts["removed"] or None  # a rank curve removes nothing
            images = int(stored["images"])
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):  # not there, or damaged: computed again
        return None
    os.utime(path)
    return Curve(**texts, **arrays, name=name, images=images, exact=True)  # type: ignore[arg-type]  # as written


def _write(path: Path, curve: Curve) -> None:
    """Whole or not at all: written beside and renamed. The oldest files go when there are too many."""
    path.parent.mkdir(parents=True, exist_ok=True)
    values = {field.name: getattr(curve, field.name) for field in fields(curve) if field.name not in ("name", "exact")}
    values["removed"] = curve.removed or ""
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as beside:
        np.savez(beside, **values)
    os.replace(beside.name, path)
    by_age = sorted(path.parent.glob("*.npz"), key=lambda file: file.stat().st_mtime)
    for oldest in by_age[:-_MOST]:
        oldest.unlink(missing_ok=True)
