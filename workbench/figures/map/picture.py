"""What the map shows of the units of a weight graph: one of four views, each with all that it needs."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np

from workbench.analysis.close_pairs import directions_of_weights
from workbench.analysis.edges.matrix import component_order, ordered_similarity
from workbench.analysis.edges.tracks import cluster_tracks
from workbench.analysis.subspaces.plane import principal_plane
from workbench.cached import cached_property
from workbench.evaluation.similarity.table import Compared, similarity
from workbench.figures.stacks.picture import StackedGraphs, StackedResult
from workbench.runs.collection.naming import moment, moments
from workbench.runs.errors import RunError
from workbench.runs.saying import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from workbench.analysis.edges.matrix import OrderedSimilarity
    from workbench.analysis.edges.tracks import ClusterTracks
    from workbench.analysis.subspaces.plane import Plane
    from workbench.figures.graph.needs import GraphNeeds
    from workbench.figures.graph.picture import GraphResult
    from workbench.figures.settings import MapShow

    _Sizes = tuple[ClusterTracks, NDArray[np.int64], NDArray[np.bool_], NDArray[np.float64]]

NO_STACK = "No layer is stacked under this one, so there are no pairs. Choose some under Stack in the weight graph."
BINS = 40  # of the cosines of pairs
NAMED = 8  # clusters that have a colour of their own


@dataclass(frozen=True)
class Question:
    """Which view of which graph."""

    needs: GraphNeeds
    show: MapShow


@dataclass(frozen=True)
class Coming:
    """How far a view is."""

    question: Question
    words: str


@dataclass(frozen=True)
class Nothing:
    """Why a view shows nothing."""

    question: Question
    reason: str


@dataclass(frozen=True, eq=False)
class MatrixPicture:
    """The similarities of all pairs, ordered by component."""

    question: Question
    result: GraphResult
    found: OrderedSimilarity

    @cached_property
    def limit(self) -> float:
        """The largest size of a similarity of different units, to which the colours reach."""
        values = self.found.values
        if self.found.binned:
            return max(float(np.abs(values).max(initial=0.0)), 0.05)
        beside = np.abs(values) * ~np.eye(len(values), dtype=np.bool_)
        return max(float(beside.max(initial=0.0)), 0.05)

    @cached_property
    def groups(self) -> NDArray[np.int32]:
        """The group of the first unit of each bin, (k,), as the graph colours it."""
        first: NDArray[np.int32] = self.result.groups[self.found.order[self.found.edges[:-1]]]
        return first

    @property
    def words(self) -> str:
        """What is shown, in one line."""
        units, cells, graph = len(self.found.order), len(self.found.edges) - 1, self.result.graph
        shown = f"{self.result.of_what}: {similarity(self.question.needs.similarity).cosine} of {units:,} units"
        large = graph.component_sizes[: graph.clusters].tolist()
        order = f"ordered by component ({', '.join(map(str, large[:3]))}{', …' if len(large) > 3 else ''})"
        order = order if large else "no two units are joined"
        binned = f"{units:,} units in {cells:,} bins: each cell is the mean over its pairs of different units"
        return "; ".join([shown, order, *([binned] if self.found.binned else [])])


@dataclass(frozen=True, eq=False)
class PlanePicture:
    """The units in the plane of the two principal directions of their rows."""

    question: Question
    result: GraphResult
    plane: Plane

    @property
    def labels(self) -> tuple[str, str]:
        """Of both axes: "1st principal direction, 12 % of the variance"."""
        first, second = (f"{100.0 * share:.3g} % of the variance" for share in self.plane.shares)
        return f"1st principal direction, {first}", f"2nd principal direction, {second}"

    @property
    def words(self) -> str:
        """What is shown, in one line."""
        both = 100.0 * sum(self.plane.shares)
        title = similarity(self.question.needs.similarity).title
        rows = "rows" if title == "weights" else f"rows ({title})"
        return (
            f"{self.result.of_what}: the {rows} around their mean in a plane that holds {both:.3g} % of their variance"
        )


@dataclass(frozen=True, eq=False)
class PairsPicture:
    """The matched pairs of a stack, and what chance gives."""

    question: Question
    result: StackedResult
    edges: NDArray[np.float64]  # (B + 1,) cosines
    counts: NDArray[np.int64]  # (layers − 1, B) pairs of each layer with the first
    by_chance: NDArray[np.float64] | None  # (B,) pairs that independent directions have there; None: too many units

    @property
    def threshold(self) -> float:
        """A larger cosine of any pair comes by chance once in 20 layers; the largest of the layers."""
        return max(each.chance for each in self.result.pairs)

    @property
    def words(self) -> str:
        """What is found, in one line."""
        chance = "" if self.by_chance is not None else "; chance is not drawn for so many units"
        return f"{self.result.of_what}: {'; '.join(self.result.more_words)}{chance}"

    @cached_property
    def rows(self) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.bool_]]:
        """All pairs, the highest cosines first: nodes (p, 2), cosines (p,), whether they are beyond chance (p,)."""
        nodes = np.concatenate([each.nodes for each in self.result.pairs])
        cosines = np.concatenate([each.cosines for each in self.result.pairs])
        beyond = np.concatenate([each.beyond_chance for each in self.result.pairs])
        order = np.argsort(-cosines, kind="stable")
        return nodes[order], cosines[order], beyond[order]


@dataclass(frozen=True, eq=False)
class SizesPicture:
    """The sizes of the clusters at every snapshot, each followed by the units that it shares."""

    question: Question
    tracks: ClusterTracks
    isolated: NDArray[np.int64]  # (T,)
    known: NDArray[np.bool_]  # (T,) whether there is a graph: of a snapshot that cannot be read there is none
    cutoffs: NDArray[np.float64]  # (T,) cosines

    @cached_property
    def axis(self) -> tuple[str, NDArray[np.float64]]:
        """What the snapshots, which stand in equal steps, are numbered by, and the numbers, (T,)."""
        word, numbers = moments(self.question.needs.place.run)
        return f"{word}, equal steps", numbers[: len(self.isolated)]

    @cached_property
    def bands(self) -> tuple[tuple[str, NDArray[np.int64]], ...]:
        """Names and sizes, (T,), of what lies on top of one another: the largest clusters, the others together."""
        tracks, large = self.tracks, self.tracks.by_size[:NAMED]
        own = tuple((self.name_of(int(track)), tracks.sizes[:, track]) for track in large.tolist())
        left = tracks.by_size[NAMED:]
        rest = ((f"{counted(len(left), 'smaller cluster')}", tracks.sizes[:, left].sum(axis=1)),) if len(left) else ()
        return *own, *rest

    def name_of(self, track: int) -> str:
        """What a cluster is called: "up to 12 units, from epoch 3"."""
        run = self.question.needs.place.run
        first = int(np.flatnonzero(self.tracks.sizes[:, track])[0])
        return f"up to {counted(int(self.tracks.largest[track]), 'unit')}, from {moment(run, first)}"

    def __post_init__(self) -> None:
        _ = self.axis, self.bands, self.words  # on the worker

    @cached_property
    def words(self) -> str:
        """What is found, in one line."""
        sizes, place = self.tracks.sizes, self.question.needs.place
        now = int(np.count_nonzero(sizes[place.snapshot])) if place.snapshot < len(sizes) else 0
        ever = counted(sizes.shape[1], "cluster")
        cosine, there = similarity(self.question.needs.similarity).cosine, self.cutoffs[self.known]
        low, high = (float(there.min()), float(there.max())) if len(there) else (0.0, 0.0)
        cut = f"{cosine} ≥ {low:.3g}" + (f" to {high:.3g}" if f"{low:.3g}" != f"{high:.3g}" else "")
        found = f"{place.layer}, {cut}: {ever} over {counted(len(sizes), 'snapshot')}, {now:,} now"
        gaps = int(np.count_nonzero(~self.known))
        return found if not gaps else f"{found}; {counted(gaps, 'snapshot')} cannot be read"


Picture = MatrixPicture | PlanePicture | PairsPicture | SizesPicture


@dataclass(eq=False)
class Maps:
    """Makes the views, and keeps the clusters over time of the last question. For worker threads."""

    graphs: StackedGraphs = field(default_factory=StackedGraphs)
    _known: WeakKeyDictionary[object, tuple[object, _Sizes]] = field(default_factory=WeakKeyDictionary)

    def pictures(self, question: Question) -> Iterator[Coming | Nothing | Picture]:
        """How far it is, and at last the view, or why there is none. Errors as `StackedGraphs.results`."""
        if question.show == "sizes":
            yield from self._sizes(question)
            return
        if question.show == "pairs" and not question.needs.stacked:
            yield Nothing(question, NO_STACK)
            return
        *_, result = self.graphs.results(question.needs)
        yield _VIEWS[question.show](question, result)

    def _sizes(self, question: Question) -> Iterator[Coming | Nothing | Picture]:
        needs = replace(question.needs, stacked=(), colouring="auto")
        place = needs.place
        last = place.run.snapshots
        key = replace(needs, place=place.at(0)).edges, last
        known = self._known.get(place.run.open_file)
        if known is not None and known[0] == key:
            yield SizesPicture(question, *known[1])
            return
        labels: list[NDArray[np.int32]] = []
        isolated, there, cutoffs = np.zeros(last, np.int64), np.zeros(last, np.bool_), np.zeros(last)
        for snapshot in range(last):
            yield Coming(question, f"clusters of snapshot {snapshot + 1:,} of {last:,}")
            try:
                graph = self.graphs.graphs.graph(replace(needs, place=place.at(snapshot)))
            except RunError:  # its weights are not finite
                labels.append(np.full(place.layer_view.units, -1, np.int32))
                continue
            labels.append(np.where(graph.component < graph.clusters, graph.component, -1))
            isolated[snapshot], there[snapshot], cutoffs[snapshot] = graph.isolated, True, graph.cutoff
        found = cluster_tracks(labels), isolated, there, cutoffs
        self._known[place.run.open_file] = key, found
        yield SizesPicture(question, *found)


def _matrix(question: Question, result: GraphResult) -> MatrixPicture | Nothing:
    if not result.graph.nodes:
        return Nothing(question, f"{result.of_what}: all weights are zero.")
    needs = question.needs
    if isinstance(result, StackedResult):
        directions = directions_of_weights(result.stack.rows)
    else:
        directions = similarity(needs.similarity).directions(Compared.of(needs.place))
    labels = None if result.communities is None else result.communities.labels
    return MatrixPicture(question, result, ordered_similarity(directions, component_order(result.graph, labels)))


def _plane(question: Question, result: GraphResult) -> PlanePicture | Nothing:
    needs = question.needs
    if isinstance(result, StackedResult):
        found = principal_plane(result.stack.rows)
    else:
        found = principal_plane(similarity(needs.similarity).rows(Compared.of(needs.place)))
    if found is None:
        return Nothing(question, f"{result.of_what}: fewer than two units have different weights.")
    return PlanePicture(question, result, found)


def _pairs(question: Question, result: GraphResult) -> PairsPicture | Nothing:
    if not isinstance(result, StackedResult) or not result.pairs:
        return Nothing(question, "These layers have too many units to match.")
    every = [cosines for each in result.pairs for cosines in (each.cosines, each.by_chance)]
    lowest = float(np.concatenate(every).min(initial=0.0))
    edges = np.linspace(max(np.floor(10.0 * lowest) / 10.0, -1.0), 1.0, BINS + 1)
    counts = np.stack([np.histogram(np.clip(each.cosines, -1.0, 1.0), edges)[0] for each in result.pairs])
    chance = None
    if all(len(each.by_chance) for each in result.pairs):
        shares = [len(each.cosines) / len(each.by_chance) for each in result.pairs]
        drawn = [np.histogram(each.by_chance, edges)[0] for each in result.pairs]
        chance = np.sum([share * each for share, each in zip(shares, drawn, strict=True)], axis=0)
    return PairsPicture(question, result, edges, counts.astype(np.int64), chance)


_VIEWS: dict[str, Callable[[Question, GraphResult], Picture | Nothing]] = {
    "matrix": _matrix, "plane": _plane, "pairs": _pairs,
}  # fmt: skip
