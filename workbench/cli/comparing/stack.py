"""`workbench graph` of several layers: stacked, each node with its layer, and which unit is which."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.analysis.graph import KERNEL_VARIANCE
from workbench.cli.comparing.two import RUN, write_rows
from workbench.cli.failures import BadUsage
from workbench.cli.graph_files import NODES
from workbench.cli.places import check_free, check_size, written_whole
from workbench.comparing.sides import split_address
from workbench.figures.graph.layer import cutoff_in_words
from workbench.figures.graph.words import components_in_words
from workbench.figures.stacks.members import Member, in_other_run
from workbench.figures.stacks.stack import stack_of
from workbench.runs.run import open_run
from workbench.runs.saying import counted, listed

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator
    from typing import TextIO

    from workbench.analysis.graph import WeightGraph
    from workbench.figures.graph.cutoff import CutoffUnit
    from workbench.figures.stacks.stack import LayerStack
    from workbench.runs.place import Place

PAIRS = ("layer", "unit", "other_layer", "other_unit", "how", "cosine", "beyond_chance")  # header of the CSV
_BYTES_OF_EDGE, _BYTES_OF_NODE = 100, 160


def declare_stack(parser: argparse.ArgumentParser) -> None:
    """The other layers, and what is written of them."""
    stack = parser.add_argument_group("stacking", "With others, the units of all are the nodes of one graph.")
    stack.add_argument("others", nargs="*", metavar="OTHER.h5", help=f"runs whose layer is stacked under it: {RUN}")
    stack.add_argument("--rank", type=int, metavar="K", help="stack the best approximation of rank K of the layer")
    stack.add_argument("--pairs", type=Path, metavar="PAIRS.csv", help=f"which unit is which: {','.join(PAIRS)}")


def stacked(
    options: argparse.Namespace, place: Place, cutoff: float | None, unit: CutoffUnit, write: Callable[..., None]
) -> int:
    """Write the graph of the stack with this cut-off in this unit, and say what it holds."""
    if options.kernel is not None or options.chance:
        raise BadUsage("--kernel and --chance are of a single layer: leave them out of a stack")
    if options.pairs:
        check_free(options.overwrite, options.pairs)
    with ExitStack() as files:
        members = [Member(place), *_others(options, place, files)]
        try:
            found = stack_of(members, options.similarity)
        except ValueError as error:
            raise BadUsage(str(error)) from error
        graph = found.graph(cutoff, options.variance or KERNEL_VARIANCE, unit, options.mean_distance)
        _write(found, graph, options, write)
    return 0


def _others(options: argparse.Namespace, place: Place, files: ExitStack) -> Iterator[Member]:
    for address in options.others:
        path, snapshot = split_address(address)
        run = files.enter_context(open_run(path))
        try:
            yield Member(in_other_run(place, run, run.resolve(-1 if snapshot is None else snapshot)))
        except (IndexError, ValueError) as error:
            raise BadUsage(str(error)) from error
    if options.rank is not None:
        if options.rank < 1:
            raise BadUsage(f"--rank {options.rank}: a rank is at least 1")
        yield Member(place, options.rank)


def _write(
    found: LayerStack, graph: WeightGraph, options: argparse.Namespace, write: Callable[[Any, Any, Any, TextIO], None]
) -> None:
    stack = found.stack
    check_size(_BYTES_OF_EDGE * len(graph.edges) + _BYTES_OF_NODE * graph.nodes, options.out, options.yes)
    names = [stack.names[origin] for origin in stack.origins.tolist()]
    facts = {
        "layer": options.layer, "similarity": options.similarity, "stacked": list(stack.names),
        NODES: {"layer": names, "unit_of_layer": stack.units.tolist()},
    }  # fmt: skip
    with written_whole(options.out, options.overwrite) as stream:
        write(graph, None, facts, stream)
    said = f"{options.layer} of {listed(stack.names)}, cut-off {graph.cutoff:.11g}: {components_in_words(graph)}"
    more = [clause for clause in (cutoff_in_words(graph),) if clause]
    print("; ".join([f"{said}, {graph.isolated:,} isolated, {counted(len(graph.edges), 'edge')}", *more]))
    for pairs in found.pairs:
        print(f"{stack.names[0]} and {stack.names[pairs.origin]}: {pairs.words}")
    if options.pairs:
        write_rows(options.pairs, options.overwrite, PAIRS, _rows(found))


def _rows(found: LayerStack) -> Iterator[tuple[object, ...]]:
    stack = found.stack
    for pairs in found.pairs:
        names = stack.names[0], stack.names[pairs.origin]
        for (node, other), cosine, beyond in zip(
            pairs.nodes.tolist(), pairs.cosines.tolist(), pairs.beyond_chance.tolist(), strict=True
        ):
            yield names[0], node, names[1], int(stack.units[other]), pairs.how, cosine, "yes" if beyond else "no"
