"""`workbench graph` with positions, and over all snapshots."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.analysis.graph import KERNEL_VARIANCE
from workbench.cli.failures import BadUsage
from workbench.cli.graph_files import NODES
from workbench.cli.moving.gexf import Instant, gexf_over_time
from workbench.cli.moving.layout_options import layout_of
from workbench.cli.places import check_size, written_whole
from workbench.cli.telling import waiting
from workbench.figures.graph.figure import PLACES, settled
from workbench.figures.graph.needs import GraphNeeds
from workbench.figures.graph.picture import Graphs
from workbench.figures.settings import GraphSettings
from workbench.figures.stacks.moving import MovingGraph
from workbench.runs.collection.naming import moment
from workbench.runs.errors import RunError, shown
from workbench.runs.saying import counted

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from workbench.evaluation.similarity.table import SimilarityName
    from workbench.figures.graph.cutoff import CutoffUnit
    from workbench.runs.place import Place

_BYTES_OF_EDGE, _BYTES_OF_NODE = 190, 420  # at a snapshot


def positions_of(options: argparse.Namespace, place: Place, cutoff: float | None, unit: CutoffUnit) -> dict[str, Any]:
    """The places of the nodes in the figure of the graph, as columns among the facts; None of a node not drawn."""
    code = options.kernel == "code" and options.similarity == "weights"
    similarity: SimilarityName = "report-code" if code else options.similarity
    variance, distance = options.variance or KERNEL_VARIANCE, options.mean_distance or 0.0
    needs = GraphNeeds(place, cutoff, variance, similarity, unit if cutoff is not None else "cosine", distance=distance)
    *_, result = Graphs().results(needs)
    places = settled(result, GraphSettings(**layout_of(options))).astype(np.float64).round(PLACES)
    drawn = result.drawn.tolist()
    columns = zip(("x", "y"), places.T.tolist(), strict=True)
    found = {
        name: [value if there else None for value, there in zip(column, drawn, strict=True)] for name, column in columns
    }
    return {NODES: found}


def write_over_time(options: argparse.Namespace, place: Place, cutoff: float | None, unit: CutoffUnit) -> int:
    """Write the graphs of all snapshots into one GEXF file."""
    if options.out.suffix.lower() != ".gexf":
        raise BadUsage(f"--out {options.out}: with --all-snapshots the file is a .gexf, which holds all of them")
    if options.kernel is not None or options.chance:
        raise BadUsage("--kernel and --chance are of a single snapshot: leave them out with --all-snapshots")
    shape = place.layer_view
    known = {} if cutoff is None else {f"{shape.units}x{shape.inputs}" if unit == "cosine" else unit: cutoff}
    settings = GraphSettings(
        cutoffs=known, cutoff_unit=unit, similarity=options.similarity, variance=options.variance or KERNEL_VARIANCE,
        mean_distance=options.mean_distance or 0.0, **layout_of(options),
    )  # fmt: skip
    with waiting() as tell:
        instants = []
        for snapshot, found in _instants(place, settings):
            tell(f"laying out snapshot {snapshot + 1} of {place.run.snapshots}")
            instants += [] if found is None else [found]
    if not instants:
        raise BadUsage(f"{place.layer} has no snapshot with finite weights")
    edges, nodes = sum(len(each.graph.edges) for each in instants), sum(each.graph.nodes for each in instants)
    check_size(_BYTES_OF_EDGE * edges + _BYTES_OF_NODE * nodes, options.out, options.yes)
    times = "; ".join(f"{each.snapshot}: {moment(place.run, each.snapshot)}" for each in instants)
    about = f"{shown(place.name)} · {shown(place.layer)}, run {shown(place.run.run_id)}; snapshots are {times}"
    with written_whole(options.out, options.overwrite) as stream:
        stream.writelines(gexf_over_time(instants, about))
    pairs = len(np.unique(np.concatenate([each.graph.edges for each in instants]), axis=0))
    print(
        f"{place.layer}: {counted(len(instants), 'snapshot')}, {counted(pairs, 'pair')} of units joined in one or more"
    )
    return 0


def _instants(place: Place, settings: GraphSettings) -> Iterator[tuple[int, Instant | None]]:
    """Each snapshot; None where its weights are not finite."""
    moving = MovingGraph(place, settings)
    for snapshot in range(place.run.snapshots):
        try:
            result, positions = moving.at(snapshot)
        except RunError:
            yield snapshot, None
            continue
        yield snapshot, Instant(snapshot, result.graph, positions, result.radii, result.activity)
