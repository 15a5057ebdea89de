"""How redundant a layer is at a snapshot, from what the run stores: the numbers of the panels beside each other."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING

import numpy as np

from workbench.analysis.close_pairs import ROUNDING, nearest_units
from workbench.analysis.low_rank import kneedle, norm_percent, residuals
from workbench.analysis.merging import REPEATED_COSINE
from workbench.analysis.spectra.measures import measures
from workbench.analysis.spectra.power_law import fit_power_law
from workbench.analysis.spectra.words import bulk_in_words, no_edge
from workbench.analysis.units import unit_states
from workbench.figures.graph.layer import cutoff_in_words, layer_graph
from workbench.figures.spectrum.layer import spectrum_of_weights
from workbench.runs.errors import RunError
from workbench.runs.layout import SPECTRUM
from workbench.runs.place import Place
from workbench.runs.remaining import doubt_about_inputs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from numpy.typing import NDArray

    from workbench.analysis.graph import WeightGraph
    from workbench.analysis.spectra.spectrum import SpectrumResult
    from workbench.analysis.units import UnitStates
    from workbench.evaluation.similarity.table import SimilarityName
    from workbench.runs.layer import Layer
    from workbench.runs.run import Run

    Bools = NDArray[np.bool_]

NO_ACTIVITY = "the run stores no activity of this layer"
NO_START = "the run does not hold the initial weights"
ONE_SNAPSHOT = "the run has only one snapshot"
TOO_LARGE = "the run stores no spectrum of this layer, and it is too large to compute one"


@dataclass(frozen=True)
class LayerOverview:
    """One row of the overview: a layer at a snapshot. A number that does not exist is None, and `missing` says why.

    Removed units, whose weights are all zero, are not counted.
    """

    place: Place
    units: int
    inputs: int  # without those from removed units
    dead: int | None = None  # units that are above zero on none of the images of the stored activity
    hardly_moved: int | None = None  # others whose cosine with their weights at snapshot 0 is above .95
    isolated: int | None = None  # units without an edge at the default cut-off
    clusters: int | None = None  # components of two units or more at the default cut-off
    repeated: int | None = None  # units whose nearest unit has a cosine of at least `REPEATED_COSINE`
    outliers: int | None = None  # eigenvalues beyond the edge that the spectrum panel counts against
    stable_rank: float | None = None
    elbow: int | None = None  # by Kneedle, the default estimator
    entropy_rank: float | None = None
    participation_ratio: float | None = None
    spectral_norm: float | None = None
    frobenius_norm: float | None = None
    nuclear_norm: float | None = None
    tail_exponent: float | None = None  # α of a power law fitted to the largest eigenvalues
    cutoff: float | None = None  # the smallest cosine of an edge
    sizes: tuple[int, ...] = ()  # of the clusters, descending
    isolated_dead: int | None = None  # isolated units that are dead
    idle: int | None = None  # units that are dead or repeated
    died: tuple[int, ...] | None = None  # since which snapshots the dead units are, ascending; at the last one only
    norm_percent: float | None = None  # of the norm that the elbow keeps
    component: NDArray[np.int32] | None = field(default=None, compare=False, repr=False)  # (m,) of each unit
    missing: Mapping[str, str] = field(default_factory=dict, hash=False)  # field that is None -> why, a clause
    doubts: tuple[str, ...] = ()  # what makes numbers doubtful

    @property
    def layer(self) -> str:
        """The name of the layer."""
        return self.place.layer

    @property
    def snapshot(self) -> int:
        """The snapshot, counted from 0."""
        return self.place.snapshot

    @property
    def largest_cluster(self) -> int | None:
        """The units of the largest cluster, 0 where there is none; None: it is not known."""
        return None if self.clusters is None else max(self.sizes, default=0)

    def cells(self) -> tuple[str | int | float | None, ...]:
        """The numbers in the order of `COLUMNS`."""
        return tuple(getattr(self, name) for name in COLUMNS)


COLUMNS = ("layer", "snapshot", "units", "inputs", "dead", "hardly_moved", "isolated", "clusters", "repeated",
           "outliers", "stable_rank", "elbow")  # fmt: skip
NUMBERS = COLUMNS[4:]  # those that may not exist
_OF_GRAPH = ("isolated", "clusters", "repeated", "cutoff", "isolated_dead", "idle", "component")
_OF_SPECTRUM = ("outliers", "stable_rank", "elbow", "norm_percent", "entropy_rank", "participation_ratio",
                "spectral_norm", "frobenius_norm", "nuclear_norm", "tail_exponent")  # fmt: skip
_OPTIONAL = tuple(each.name for each in fields(LayerOverview) if each.default is None)


def overviews(run: Run, all_snapshots: bool = True) -> Iterator[LayerOverview]:
    """Every layer at the last snapshot, cheapest first; then the earlier snapshots of each layer, the latest first."""
    for place in final_places(run):
        yield overview_of(place)
    if all_snapshots:
        for place in final_places(run):
            yield from history_of(place)


def final_places(run: Run) -> list[Place]:
    """Each layer at the last snapshot, the cheapest first."""
    if not run.snapshots:
        return []
    return [Place(run, layer.name, run.snapshots - 1) for layer in sorted(run.layers, key=_work)]


def history_of(place: Place, snapshots: Iterable[int] | None = None) -> Iterator[LayerOverview]:
    """The rows of a layer at these snapshots; None: all those before `place`, the latest first."""
    initial = initial_weights(place)  # read once
    for snapshot in range(place.snapshot - 1, -1, -1) if snapshots is None else snapshots:
        yield overview_of(place.at(snapshot), initial)


def initial_weights(place: Place) -> NDArray[np.float32] | None:
    """The weights of the layer at snapshot 0, (m, n), where the run holds them and units can have moved since."""
    return place.layer_view.weights(0) if start_unknown(place) is None else None


def overview_of(place: Place, initial: NDArray[np.float32] | None = None) -> LayerOverview:
    """The row of a place. `initial` are the layer's weights at snapshot 0, where they were read before.

    What cannot be read or is not finite has no numbers.
    """
    layer, snapshot = place.layer_view, place.snapshot
    missing: dict[str, str] = {}
    try:
        present = layer.present(snapshot)
        spectrum = _spectrum(place, missing)
        graph = graph_of(place, missing)
        states = states_of(place, present, missing, initial)
    except RunError as error:
        why = f"it {error.problem}" if error.problem else str(error)
        return LayerOverview(place, layer.units, layer.inputs, missing=dict.fromkeys(_OPTIONAL, why))
    found = {**_of_spectrum(spectrum, missing), **_of_graph(layer, snapshot, graph, states, missing)}
    dead = None if "dead" in missing else int(np.count_nonzero(states.dead))
    return LayerOverview(
        place,
        int(np.count_nonzero(present)),
        layer.inputs_left(snapshot),
        dead=dead,
        hardly_moved=None if "hardly_moved" in missing else int(np.count_nonzero(states.hardly_moved)),
        died=_died(place) if dead and snapshot == place.run.snapshots - 1 else None,
        missing=missing,
        doubts=tuple(_doubts(place, spectrum, graph)),
        **found,  # type: ignore[arg-type]
    )


def _work(layer: Layer) -> float:
    """Roughly how many multiply-adds a row takes."""
    reading, short = float(layer.units * layer.inputs), float(min(layer.units, layer.inputs))
    pairs = float(layer.units) ** 2 * (1.0 if layer.stored_gram else layer.inputs)
    return reading + pairs + (0.0 if layer.stores(SPECTRUM) else short**2 * (layer.units + layer.inputs))


def start_unknown(place: Place) -> str | None:
    """Why it is not known which units have hardly moved; None where it is."""
    if not place.run.spec.holds_initialisation:
        return NO_START
    return ONE_SNAPSHOT if place.run.snapshots == 1 else None


def states_of(
    place: Place, present: Bools, missing: dict[str, str], initial: NDArray[np.float32] | None = None
) -> UnitStates:
    """The states of the units that are `present`, (m,) bool; `missing` gets the reason if one of them is unknown."""
    layer, snapshot = place.layer_view, place.snapshot
    activity = layer.activity(snapshot)
    if activity is None:
        missing["dead"] = NO_ACTIVITY
    cosines = cosines_to_start(place, missing, initial)
    return unit_states(layer.units, activity, cosines).among(present)


def died_at(place: Place) -> NDArray[np.float64]:
    """The first snapshot from which on each unit never fires until `place`, (m,) float64; NaN: it is alive.

    Where the activity of a snapshot is not known, the units that are dead afterwards died after it.
    """
    layer, present = place.layer_view, place.layer_view.present(place.snapshot)
    died, still = np.full(layer.units, np.nan), present.copy()
    for snapshot in range(place.snapshot, -1, -1):
        activity = layer.activity(snapshot)
        if activity is None:
            break
        still &= activity == 0.0
        if not still.any():
            break
        died[still] = snapshot
    return died


def cosines_to_start(
    place: Place, missing: dict[str, str], initial: NDArray[np.float32] | None = None
) -> NDArray[np.float64] | None:
    """The cosine of each unit with its weights at snapshot 0, (m,); None if unknown, and `missing` gets the reason."""
    why = start_unknown(place)
    try:
        if why is None:
            return place.layer_view.cosines_to_start(place.snapshot, initial)
    except ValueError as error:  # the weights of snapshot 0 are not finite
        why = str(error)
    missing["hardly_moved"] = why
    return None


def _died(place: Place) -> tuple[int, ...]:
    """Since which snapshots the dead units are, ascending; at each snapshot it would take the time of all of them."""
    died = died_at(place)
    return tuple(np.sort(died[np.isfinite(died)]).astype(int).tolist())


def _spectrum(place: Place, missing: dict[str, str]) -> SpectrumResult | None:
    found = spectrum_of_weights(place)
    if found is None:
        missing |= dict.fromkeys(_OF_SPECTRUM, TOO_LARGE)
    return found


def _of_spectrum(spectrum: SpectrumResult | None, missing: dict[str, str]) -> dict[str, float | None]:
    if spectrum is None:
        return {}
    values = spectrum.eigenvalues
    elbow = kneedle(residuals(values))
    tail = fit_power_law(values, resamples=0)
    if tail.refusal:
        missing["tail_exponent"] = tail.refusal
    if spectrum.counted_against is None:
        missing["outliers"] = no_edge(spectrum)
    return {
        "outliers": None if spectrum.counted_against is None else len(spectrum.outliers),
        **asdict(measures(values)),
        "tail_exponent": None if tail.refusal else tail.alpha,
        "elbow": elbow,
        "norm_percent": float(norm_percent(values)[elbow]),
    }


def graph_of(place: Place, missing: dict[str, str], similarity: SimilarityName = "weights") -> WeightGraph | None:
    """The weight graph at the default cut-off; None if there is none, and `missing` gets the reason."""
    try:
        return layer_graph(place, similarity=similarity)
    except ValueError as error:  # too many units to compare them all, or not of this similarity
        missing |= dict.fromkeys(_OF_GRAPH, str(error))
        return None


def _of_graph(
    layer: Layer, snapshot: int, graph: WeightGraph | None, states: UnitStates, missing: dict[str, str]
) -> dict[str, object]:
    if graph is None:
        return {}
    unknown = "dead" in missing
    if unknown:
        missing |= dict.fromkeys(("isolated_dead", "idle"), missing["dead"])
    repeated = repeated_units(layer, snapshot, graph)
    return {
        "isolated": graph.isolated,
        "clusters": graph.clusters,
        "repeated": int(np.count_nonzero(repeated)),
        "cutoff": graph.cutoff,
        "component": graph.component,
        "sizes": tuple(graph.component_sizes[: graph.clusters].tolist()),
        "isolated_dead": None if unknown else int(np.count_nonzero(graph.alone & states.dead)),
        "idle": None if unknown else int(np.count_nonzero(repeated | states.dead)),
    }


def repeated_units(layer: Layer, snapshot: int, graph: WeightGraph) -> Bools:
    """The units whose nearest unit has a cosine of at least `REPEATED_COSINE`, (m,); `graph` is that of the place."""
    if graph.cutoff > REPEATED_COSINE:  # else its edges say so
        found: Bools = nearest_units(layer.directions(snapshot)).cosines >= REPEATED_COSINE - ROUNDING
        return found
    repeated = np.zeros(graph.units, np.bool_)
    repeated[graph.edges[graph.inner_products >= REPEATED_COSINE - ROUNDING]] = True
    return repeated


def _doubts(place: Place, spectrum: SpectrumResult | None, graph: WeightGraph | None) -> Iterator[str]:
    found = ["" if spectrum is None else bulk_in_words(spectrum), "" if graph is None else cutoff_in_words(graph)]
    yield from filter(None, (*found, doubt_about_inputs(place.run, place.layer, place.snapshot)))
