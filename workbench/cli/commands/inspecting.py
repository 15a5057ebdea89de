"""Commands that look into a run: verify, graph; and doctor, which looks at the installation."""

from __future__ import annotations

import difflib
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.analysis.graph import KERNELS
from workbench.cli.command import Command
from workbench.cli.comparing.stack import declare_stack, stacked
from workbench.cli.failures import FAILURE, BadUsage
from workbench.cli.graph_files import NODES, writer_of
from workbench.cli.moving.graphs import positions_of, write_over_time
from workbench.cli.moving.layout_options import declare_layout, refuse_layout_of_nothing
from workbench.cli.places import check_free, check_size, declare_overwrite, declare_yes, written_whole
from workbench.evaluation.similarity.table import SIMILARITIES
from workbench.figures.graph.chance import graph_by_chance
from workbench.figures.graph.cutoff import UNITS, check_cutoff
from workbench.figures.graph.layer import cutoff_in_words, layer_graph
from workbench.figures.graph.words import dead_clause, removed_clause
from workbench.runs.place import Place
from workbench.runs.run import Run, open_run
from workbench.runs.saying import counted

if TYPE_CHECKING:
    import argparse
    from typing import TextIO

    from workbench.analysis.graph import WeightGraph
    from workbench.runs.layer import Layer

_BYTES_OF_EDGE, _BYTES_OF_NODE = 100, 160  # in a JSON file, roughly
_EDGES_AT_ONCE = 20_000
_MOST_SIZES = 20  # components whose sizes are printed


def declare_run(parser: argparse.ArgumentParser) -> None:
    """The run that a command is about."""
    parser.add_argument("run", type=Path, metavar="RUN.h5", help="a run file")


def declare_layer(parser: argparse.ArgumentParser) -> None:
    """Options of every command that looks at one layer at one snapshot."""
    declare_run(parser)
    parser.add_argument("--layer", required=True, help="name of the layer, such as fc1")
    parser.add_argument("--snapshot", type=int, default=-1, help="0 is the first, -1 the last")


def chosen(options: argparse.Namespace, run: Run) -> tuple[Layer, int]:
    """The layer and the snapshot that the options name; BadUsage where the run has no such."""
    try:
        snapshot = run.resolve(options.snapshot)
    except IndexError as error:
        raise BadUsage(str(error)) from error
    if options.layer not in {layer.name for layer in run.layers}:
        near = difflib.get_close_matches(options.layer, [layer.name for layer in run.layers], n=1, cutoff=0.4)
        names = ", ".join(layer.name for layer in run.layers)
        hint = f"did you mean {near[0]}?" if near else f"it has {names}"
        raise BadUsage(f"{options.run} has no layer {options.layer}; {hint}")
    return run.layer(options.layer), snapshot


def _verify(options: argparse.Namespace) -> int:
    from workbench.runs.verify import verify

    with open_run(options.run) as run:
        wrong = 0
        for finding in verify(run):
            wrong += 1
            print(finding)
        state = "" if run.finished else " (not finished)"
        if not wrong:
            stored = counted(run.snapshots, "snapshot")
            print(f"{options.run}: {stored}{state}, every checksum, spectrum and Gram matrix is right")
    return FAILURE if wrong else 0


def _graph(options: argparse.Namespace) -> int:
    check_free(options.overwrite, options.out)
    if options.kernel_cutoff is not None and options.cutoff is not None:
        raise BadUsage("--kernel-cutoff replaces --cutoff: it is the same as --cutoff with --unit weight")
    unit, cutoff = options.unit, options.cutoff
    if options.kernel_cutoff is not None:
        unit, cutoff = "weight", options.kernel_cutoff
    if cutoff is not None:
        try:
            check_cutoff(unit, cutoff)
        except ValueError as error:
            raise BadUsage(f"--cutoff {cutoff:g}: {error}") from error
    refuse_layout_of_nothing(options)
    with open_run(options.run) as run:
        layer, snapshot = chosen(options, run)
        how = {"kernel": options.kernel, "similarity": options.similarity, "mean_distance": options.mean_distance}
        how |= {"cutoff_unit": unit} | ({} if options.variance is None else {"kernel_variance": options.variance})
        place = Place(run, layer.name, snapshot)
        if options.others or options.rank:
            return stacked(options, place, cutoff, unit, writer_of(options.out) or _write_graph)
        if options.all_snapshots:
            return write_over_time(options, place, cutoff, unit)
        graph = layer_graph(place, cutoff=cutoff, **how)
        activity = layer.activity(snapshot)
        chance = graph_by_chance(graph, place, options.similarity) if options.chance else None
        epoch = float(run.epochs[snapshot])
        facts = {"run_id": run.run_id, "layer": layer.name, "snapshot": snapshot}
        facts["similarity"] = options.similarity
        facts["epoch"] = epoch if np.isfinite(epoch) else None
        facts |= {} if chance is None else {"by_chance": asdict(chance)}
        facts |= positions_of(options, place, cutoff, unit) if options.positions and graph.nodes else {}
    check_size(_BYTES_OF_EDGE * len(graph.edges) + _BYTES_OF_NODE * graph.nodes, options.out, options.yes)
    with written_whole(options.out, options.overwrite) as stream:
        (writer_of(options.out) or _write_graph)(graph, activity, facts, stream)
    sizes = graph.component_sizes[: graph.clusters].tolist()
    dead = None if activity is None else activity == 0.0
    said = [
        f"{layer.name}, snapshot {snapshot}, cut-off {graph.cutoff:.11g}: {counted(len(graph.edges), 'edge')}",
        f"{counted(len(sizes), 'component')} of two units or more ({_listed(sizes)})",
        f"{counted(graph.isolated, 'isolated unit')}{dead_clause(graph, dead)}",
    ]
    more = [clause for clause in (cutoff_in_words(graph), removed_clause(graph)) if clause]
    print("; ".join([", ".join(said), *more]))
    if chance is not None:
        print(chance.words)
    return 0


def _write_graph(graph: WeightGraph, activity: Any, facts: dict[str, Any], stream: TextIO) -> None:
    """Write the graph as networkx reads it; removed units are no nodes, but named. Edges are written piece by piece."""
    nodes = np.flatnonzero(graph.present).tolist()
    norms = graph.norms[nodes].tolist()
    firing = [None] * len(nodes) if activity is None else [float(value) for value in activity[nodes]]
    component = graph.component[nodes].tolist()
    members: list[list[int]] = [[] for _ in graph.component_sizes]
    for unit, number in zip(nodes, component, strict=True):
        members[number].append(unit)
    about = {
        "cutoff": graph.cutoff,
        "units": graph.nodes,
        "isolated": graph.isolated,
        "dead": None if activity is None else int((activity[nodes] == 0.0).sum()),
        "removed": np.flatnonzero(~graph.present).tolist(),
    }
    more = facts.get(NODES, {})
    document = {
        "graph": {name: value for name, value in facts.items() if name != NODES} | about,
        "nodes": [
            {"id": unit, "norm": norm, "activity": active, "component": number}
            | {name: column[unit] for name, column in more.items()}
            for unit, norm, active, number in zip(nodes, norms, firing, component, strict=True)
        ],
        "norms": norms,
        "activity": firing,
        "components": members,
        "directed": False,
        "multigraph": False,
    }
    stream.write(json.dumps(document, allow_nan=False)[:-1] + ', "edges": [')
    for start in range(0, len(graph.edges), _EDGES_AT_ONCE):
        part = slice(start, start + _EDGES_AT_ONCE)
        columns = (graph.edges[part].tolist(), graph.inner_products[part].tolist(), graph.weights[part].tolist())
        edges = [
            {"source": source, "target": target, "inner_product": product, "weight": weight}
            for (source, target), product, weight in zip(*columns, strict=True)
        ]
        stream.write((", " if start else "") + json.dumps(edges, allow_nan=False)[1:-1])
    stream.write("]}")


def _listed(sizes: list[int]) -> str:
    shown = ", ".join(map(str, sizes[:_MOST_SIZES])) or "none"
    return f"{shown}, …" if len(sizes) > _MOST_SIZES else shown


def _doctor(_options: argparse.Namespace) -> int:
    from workbench.doctor import diagnose

    checks = diagnose()
    for check in checks:
        print(f"{check.mark:<4}  {check.name:<22} {check.value}")
        if check.remedy:
            print(f"{'':<28} → {check.remedy}")
    return 0 if all(check.ok for check in checks) else FAILURE


def _positive(text: str) -> float:
    value = float(text)
    if not 0.0 < value < float("inf"):
        raise ValueError(f"{text} is not above 0")
    return value


def _declare_graph(parser: argparse.ArgumentParser) -> None:
    declare_layer(parser)
    declare_stack(parser)
    parser.add_argument(
        "--cutoff",
        type=float,
        help="where edges begin, in --unit (default: a cosine of .25, or the null cut-off if that is higher)",
    )
    units = "; ".join(f"{name}: {row.meaning}" for name, row in UNITS.items()).replace("%", "%%")
    parser.add_argument("--unit", choices=tuple(UNITS), default="cosine", help=f"what --cutoff is. {units}")
    kernels = "; ".join(f"{name}: {each.words}" for name, each in KERNELS.items())
    parser.add_argument(
        "--kernel", choices=tuple(KERNELS), help=f"weight of an edge (default: the similarity's own). {kernels}"
    )
    similarities = "; ".join(f"{name}: {each.words}" for name, each in SIMILARITIES.items())
    parser.add_argument(
        "--similarity", choices=tuple(SIMILARITIES), default="weights", help=f"what is compared. {similarities}"
    )
    parser.add_argument(
        "--kernel-cutoff", type=float, metavar="WEIGHT",
        help="the same as --cutoff with --unit weight",
    )  # fmt: skip
    parser.add_argument("--variance", type=_positive, help="σ² of the kernel of the report's text (default .5)")
    parser.add_argument(
        "--mean-distance", type=_positive, metavar="K",
        help="k of the kernel of the report's code (default: the mean of d over all snapshots)",
    )  # fmt: skip
    parser.add_argument("--chance", action="store_true", help="add what independent directions give")
    parser.add_argument("--no-positions", dest="positions", action="store_false", help="do not lay the graph out")
    declare_layout(parser)
    every = "all snapshots in one .gexf, each an interval of its time, so that Gephi plays it"
    parser.add_argument("--all-snapshots", action="store_true", help=every)
    formats = "the file to write: .csv, .graphml or .gexf, with another ending JSON (networkx node-link data)"
    parser.add_argument("--out", type=Path, required=True, help=formats)
    declare_overwrite(parser)
    declare_yes(parser)


VERIFY = Command("check every checksum, spectrum and Gram matrix of a run", declare_run, _verify)
GRAPH = Command(
    "write the weight graph of a layer, or of several layers stacked, into a file",
    _declare_graph,
    _graph,
    asks_network=True,
)
DOCTOR = Command(
    "check versions, device, Qt and fonts, and say how to get what is missing; fails if something is BAD",
    lambda _parser: None,
    _doctor,
)
