"""Finished curves kept on disk, by their content, in the user's cache folder: never in a run file."""

from __future__ import annotations

from dataclasses import astuple
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import platformdirs
import torch

from workbench import __version__
from workbench.evaluation import run_evaluators
from workbench.evaluation.curve_files import Wanted, read, write
from workbench.evaluation.networks.named import is_function, named
from workbench.evaluation.ranks.approximated import MATRICES, WEIGHTS
from workbench.evaluation.ranks.moments import part_of_inputs
from workbench.evaluation.removal.coarse import few_levels
from workbench.evaluation.results import curve_of
from workbench.nets.devices import evaluation_device

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from workbench.evaluation.networks.data import Data
    from workbench.evaluation.ranks.approximated import Approximated
    from workbench.evaluation.ranks.factors import Factors
    from workbench.evaluation.removal.coarse import Levels
    from workbench.evaluation.results import Accuracy, Curve, Removed
    from workbench.evaluation.run_evaluators import PartName
    from workbench.runs.place import Place

    What = tuple[object, ...]  # is asked

ALONE = "each unit alone"
ENGINE = 5  # a change of the engine's numbers raises it, and no curve of the engine before is found any more


def folder() -> Path:
    """Where the curves lie."""
    return Path(platformdirs.user_cache_dir("workbench", appauthor=False)) / "curves"


def removal_curves(
    place: Place,
    order: Sequence[int] | NDArray[np.int64],
    removed: Removed = "bias",
    name: str = "",
    part: PartName = "test",
    root: str | os.PathLike[str] | None = None,
    where: Path | None = None,
    at: Levels = "all",
) -> Iterator[Curve]:
    """Ever better, as `Evaluator.removal_curve`; at once the exact one where it was found before.

    `where` is the folder of kept curves (None: `folder()`). A damaged file there is dropped and computed again.
    """
    units = np.asarray(order, dtype="<i8")
    levels = np.arange(len(units) + 1)
    few = at in ("few", "fewest") and run_evaluators.evaluator(place, part, root).takes_long(len(units))
    if few or isinstance(at, tuple):
        levels = few_levels(at, len(units))
    what = place.layer, removed, units.tobytes(), *(() if len(levels) > len(units) else (levels.tobytes(),))
    wanted = Wanted(place.layer, "removal", removed, tuple(levels.tolist()), name)

    def compute() -> Iterator[Curve]:
        return run_evaluators.evaluator(place, part, root).removal_curve(order, removed, name, at)

    yield from _cached((where, place, what), lambda: run_evaluators.data_of(place.run, part, root), wanted, compute)


def single_curves(
    place: Place,
    removed: Removed = "bias",
    part: PartName = "test",
    root: str | os.PathLike[str] | None = None,
    where: Path | None = None,
) -> Iterator[Curve]:
    """Ever better, as `Evaluator.single_removals`; at once the exact one where it was found before."""
    what = place.layer, removed, ALONE
    wanted = Wanted(place.layer, "removal", removed, tuple(range(place.layer_view.units + 1)), ALONE)

    def compute() -> Iterator[Curve]:
        return run_evaluators.evaluator(place, part, root).single_removals(removed, ALONE)

    yield from _cached((where, place, what), lambda: run_evaluators.data_of(place.run, part, root), wanted, compute)


def accuracy_without(
    place: Place,
    change: What,
    level: int,
    measure: Callable[[], Accuracy],
    part: PartName = "test",
    root: str | os.PathLike[str] | None = None,
    where: Path | None = None,
) -> Accuracy:
    """The exact accuracy after a change of a layer, measured unless it was found before.

    `change` is all that it depends on besides the network and the data; `level` how many units it takes away.
    """
    name = str(change[0])
    wanted = Wanted(place.layer, "removal", None, (level,), name)

    def compute() -> Iterator[Curve]:
        yield curve_of(measure(), place.layer, name, level)

    about = where, place, (place.layer, *change)
    *_, curve = _cached(about, lambda: run_evaluators.data_of(place.run, part, root), wanted, compute)
    return curve.at(level)


def rank_curves(
    place: Place,
    ranks: Sequence[int] | None = None,
    name: str = "W",
    part: PartName = "test",
    root: str | os.PathLike[str] | None = None,
    where: Path | None = None,
    about: Approximated = WEIGHTS,
    factors: Factors | None = None,
) -> Iterator[Curve]:
    """Ever better, as `Evaluator.rank_curve`; at once the exact one where it was found before.

    `about` says which matrix is approximated; `factors` are its factors, where they are known already.
    """
    view, snapshot = place.layer_view, place.snapshot
    levels = tuple(map(int, range(about.full_rank(place) + 1) if ranks is None else ranks))
    base = view.live_weights(snapshot, at=0).tobytes() if MATRICES[about.matrix].moved else b""
    live = view.live_inputs(snapshot)
    base += b"" if live is None else live.tobytes()
    if MATRICES[about.matrix].on_data:
        base += run_evaluators.data_of(place.run, part_of_inputs(place.run), root).digest.encode()
    what = place.layer, "rank", levels, about.matrix, tuple(map(int, about.units)), base
    wanted = Wanted(place.layer, "rank", None, levels, name)

    def compute() -> Iterator[Curve]:
        known = about.factors(place, root) if factors is None else factors
        return run_evaluators.evaluator(place, part, root).rank_curve(levels, known, name)

    yield from _cached((where, place, what), lambda: run_evaluators.data_of(place.run, part, root), wanted, compute)


def _cached(
    about: tuple[Path | None, Place, What],
    data_now: Callable[[], Data],
    wanted: Wanted,
    compute: Callable[[], Iterator[Curve]],
) -> Iterator[Curve]:
    if any(map(is_function, astuple(named(about[1].run)))):  # which may do something else tomorrow
        yield from compute()
        return
    data = data_now()
    path = _path(*about, data)
    found = read(path, wanted.on(data))
    if found is not None:
        yield found
        return
    for curve in compute():
        if curve.exact and data_now().digest == data.digest:  # else they were replaced meanwhile
            write(path, curve)
        yield curve


def _path(where: Path | None, place: Place, what: What, data: Data) -> Path:
    """A file whose name follows from all that determines the curve: code, network, parameters, images and labels.

    The kind of device counts too: each rounds sums in its own way, and who asks another one to check must not be shown
    the first.
    """
    code = __version__, ENGINE, torch.__version__, evaluation_device().type
    run = place.run
    digest = sha256(repr((*code, run.spec.net, *astuple(named(run)), data.digest, data.classes, *what)).encode())
    for key, row in run.parameters(place.snapshot).items():
        digest.update(f"\n{key} {row.dtype} {row.shape}\n".encode())
        digest.update(np.ascontiguousarray(row).data)
    return (folder() if where is None else where) / f"{digest.hexdigest()[:40]}.curve"
