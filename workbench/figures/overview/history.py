"""What happened to a layer over the snapshots: a curve for each number of the overview, and what changed when."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, cast

import numpy as np

from workbench.analysis.edges.clusters import cluster_changes
from workbench.figures.overview.layer import died_at
from workbench.runs.errors import RunError
from workbench.runs.saying import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from workbench.figures.overview.layer import LayerOverview
    from workbench.runs.place import Place

    Float64 = NDArray[np.float64]

EventKind = Literal["died", "formed", "merged", "split", "dissolved", "outliers"]
ACCURACY, UPDATE = "accuracy", "update"


@dataclass(frozen=True)
class Track:
    """A curve over the snapshots."""

    title: str
    unit: str = ""  # "": a count or a ratio


TRACKS: Mapping[str, Track] = MappingProxyType(
    {
        "dead": Track("dead"),
        "hardly_moved": Track("hardly moved"),
        "isolated": Track("isolated"),
        "clusters": Track("clusters"),
        "largest_cluster": Track("largest cluster"),
        "repeated": Track("repeated"),
        "outliers": Track("outliers"),
        "stable_rank": Track("stable rank"),
        "elbow": Track("elbow"),
        "entropy_rank": Track("entropy rank"),
        "participation_ratio": Track("participation ratio"),
        "spectral_norm": Track("spectral norm"),
        "frobenius_norm": Track("Frobenius norm"),
        "nuclear_norm": Track("nuclear norm"),
        "tail_exponent": Track("tail exponent α"),
        ACCURACY: Track("test accuracy", "%"),
        UPDATE: Track("update ‖ΔW‖/‖W‖"),
    }
)
OF_ROWS = tuple(name for name in TRACKS if name not in (ACCURACY, UPDATE))  # numbers of the overview


@dataclass(frozen=True)
class Event:
    """Something that happened to a layer between the snapshot before and this one."""

    snapshot: int
    kind: EventKind
    count: int  # of units, clusters or outliers
    words: str
    units: tuple[int, ...] = ()  # that died, or are in the clusters; ascending


def track(rows: Iterable[LayerOverview], name: str, snapshots: int | None = None) -> Float64:
    """The curve of a number of the overview over all snapshots, (T,); NaN where it does not exist or is no row yet.

    `rows` are of one layer; of a run that grows they may be of different readings: `snapshots` says how many are
    wanted. `ACCURACY` is that of the whole run. KeyError: there is no such track.
    """
    known = list(rows)
    if name not in TRACKS or name == UPDATE or not known:
        raise KeyError(f"no track {name!r} of {len(known)} rows")
    run = known[0].place.run
    if name == ACCURACY:
        return np.array(run.test_accuracy, np.float64)
    curve = np.full(run.snapshots if snapshots is None else snapshots, np.nan)
    for row in known:
        value = getattr(row, name)
        if row.snapshot < len(curve) and value is not None:
            curve[row.snapshot] = value
    return curve


def update_at(place: Place) -> float:
    """‖W(t) − W(t−1)‖/‖W(t−1)‖ at the snapshot of a place.

    NaN at snapshot 0, and where W(t−1) is zero or one of the two cannot be read or is not finite.
    """
    if not place.snapshot:
        return float("nan")
    layer = place.layer_view
    try:
        before, weights = (layer.weights(at).astype(np.float64) for at in (place.snapshot - 1, place.snapshot))
    except RunError:
        return float("nan")
    size, change = float(np.linalg.norm(before)), float(np.linalg.norm(weights - before))
    return change / size if size > 0.0 and np.isfinite(change) else float("nan")


def events(rows: Iterable[LayerOverview]) -> tuple[Event, ...]:
    """What happened between the snapshots of these rows of one layer, in their order.

    A unit has died at the first snapshot from which on it never fires until the last of the rows. Clusters are the
    components of two units or more at the default cut-off. One has formed where none of its units was in a cluster
    before, and dissolved where none of its units is in one now. Two or more have merged where more than half of the
    units of each are in the same one now; one has split where two or more of those now had more than half of their
    units in it. Outliers have appeared where there are more of them than before.
    """
    known = sorted(rows, key=lambda row: row.snapshot)
    found = [*_deaths(known)] if known else []
    for before, now in pairwise(known):
        found += [*_clusters(before, now), *_outliers(before, now)]
    return tuple(sorted(found, key=lambda event: event.snapshot))


def _deaths(rows: Sequence[LayerOverview]) -> Iterator[Event]:
    if rows[-1].dead is None:
        return
    died = died_at(rows[-1].place)
    for snapshot in np.unique(died[np.isfinite(died)]).astype(int).tolist():
        units = tuple(np.flatnonzero(died == snapshot).tolist())
        many = counted(len(units), "unit")
        one = len(units) == 1
        words = f"{many} {'dies' if one else 'die'}" if snapshot else f"{many} never {'fires' if one else 'fire'}"
        yield Event(snapshot, "died", len(units), words, units)


def _clusters(before: LayerOverview, now: LayerOverview) -> Iterator[Event]:
    if before.component is None or now.component is None:
        return
    old = np.where(before.component < len(before.sizes), before.component, -1)  # −1: in no cluster
    found = cluster_changes(old, np.where(now.component < len(now.sizes), now.component, -1))
    for kind, verb, clusters in (("formed", "form", found.formed), ("dissolved", "dissolve", found.dissolved)):
        if clusters:
            alone = len(clusters) == 1
            words = f"a cluster of {len(clusters[0]):,} {verb}s" if alone else f"{len(clusters):,} clusters {verb}"
            yield Event(now.snapshot, cast("EventKind", kind), len(clusters), words, _together(clusters))
    if found.merged:
        count = sum(olds for _, olds in found.merged)
        into = "one" if len(found.merged) == 1 else f"{len(found.merged):,}"
        joined = _together([members for members, _ in found.merged])
        yield Event(now.snapshot, "merged", count, f"{count:,} clusters merge into {into}", joined)
    if found.split:
        parts = sum(len(parts) for _, parts in found.split)
        one = len(found.split) == 1
        what = f"a cluster of {len(found.split[0][0]):,} splits" if one else f"{len(found.split):,} clusters split"
        yield Event(
            now.snapshot,
            "split",
            len(found.split),
            f"{what} into {parts:,}",
            _together([members for members, _ in found.split]),
        )


def _together(groups: Sequence[NDArray[np.intp]]) -> tuple[int, ...]:
    return tuple(np.sort(np.concatenate(groups)).tolist())


def _outliers(before: LayerOverview, now: LayerOverview) -> Iterator[Event]:
    if before.outliers is not None and now.outliers is not None and now.outliers > before.outliers:
        more = now.outliers - before.outliers
        verb = "appears" if more == 1 else "appear"
        yield Event(now.snapshot, "outliers", more, f"{counted(more, 'outlier')} {verb}")
