"""The commands `overview` and `units`: how redundant each layer of a run is, and what became of its units."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.analysis.rules import RuleError
from workbench.cli.command import Command
from workbench.cli.commands.evaluating import warn, write_table
from workbench.cli.commands.inspecting import chosen, declare_layer, declare_run
from workbench.cli.failures import BadUsage
from workbench.cli.places import check_free, declare_overwrite
from workbench.cli.telling import waiting
from workbench.cli.unit_sets import declare_sets, sets_in
from workbench.evaluation.similarity.table import SIMILARITIES
from workbench.figures.overview.layer import NUMBERS
from workbench.figures.overview.run import COST_COLUMNS, overview
from workbench.figures.overview.unit_costs import units
from workbench.figures.overview.units import LABELS
from workbench.figures.pruning.lines import POINT
from workbench.runs.errors import shown
from workbench.runs.run import open_run
from workbench.runs.saying import counted

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator, Sequence

    from workbench.figures.overview.run import Overview
    from workbench.figures.overview.units import UnitTable


def _overview(options: argparse.Namespace) -> int:
    if options.out:
        check_free(options.overwrite, options.out)
    _check_tolerance(options)
    with open_run(options.run) as run:
        if not run.snapshots:
            raise BadUsage(f"{options.run} has no snapshot yet")
        with waiting() as tell:
            how = options.all_snapshots, options.costs, options.tolerance
            found = overview(run, *how, tell=tell, chance=options.chance)
        if options.out:
            write_table(options.out, options.overwrite, list(found.columns), found.rows())
        if options.json:
            print(json.dumps(_facts(found), indent=2, allow_nan=False))
        else:
            print(*_said(found, table=not options.out), sep="\n")
    warn(dict.fromkeys(warning for each in (found.costs or {}).values() for warning in each.warnings))
    return 0


def _said(found: Overview, table: bool) -> Iterator[str]:
    if table:
        yield from _columns(found.columns, found.rows())
    for line in (*filter(None, [found.summary()]), *found.findings()):
        yield from (["", shown_whole(line)] if table else [shown_whole(line)])
    yield from _missing(found)
    yield from (f"note: {shown(row.layer)}: {shown_whole(doubt)}" for row in found.last for doubt in row.doubts)


def shown_whole(text: str) -> str:
    """A text that may hold names from a file, of any length."""
    return text if text.isprintable() else "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def _facts(found: Overview) -> dict[str, Any]:
    costs = found.costs or {}
    return {
        "layers": [dict(zip(found.columns, row, strict=True)) for row in found.rows()],
        "missing": [
            {"layer": row.layer, "snapshot": row.snapshot, "number": name, "why": row.missing[name]}
            for row in found.layers
            for name in NUMBERS
            if name in row.missing
        ],
        "doubts": [
            {"layer": row.layer, "snapshot": row.snapshot, "doubt": doubt}
            for row in found.layers
            for doubt in row.doubts
        ],
        "costs": [
            {
                "layer": each.place.layer, "tolerance": each.tolerance, "images": each.images,
                "accuracy": each.start if each.images else None, "order": each.order,
                "merge_cosine": each.merge_cosine, "rank": each.rank, "rank_accuracy": each.rank_accuracy,
                "missing": dict(each.missing), "warnings": list(each.warnings),
            }
            for each in costs.values()
        ],
        "summary": found.summary(),
        "findings": found.findings(),
    }  # fmt: skip


def _units(options: argparse.Namespace) -> int:
    if options.out:
        check_free(options.overwrite, options.out)
    _check_tolerance(options)
    with open_run(options.run) as run:
        layer, snapshot = chosen(options, run)
        sets = {} if options.sets is None else sets_in(options.sets, run, layer.name)
        with waiting() as tell:
            found = units(
                run,
                layer.name,
                snapshot,
                options.costs,
                options.tolerance,
                None,
                tell,
                options.chance,
                options.similarity,
            )
    try:
        which = np.flatnonzero(found.where(options.where, sets)) if options.where else np.arange(len(found))
    except RuleError as error:
        raise BadUsage(f"--where {options.where!r}: {error}") from error
    rows = [found.row(unit) for unit in which.tolist()]
    warn(() if found.costs is None else found.costs.warnings)
    if options.out:
        write_table(options.out, options.overwrite, list(found.columns), rows)
    if options.json:
        print(json.dumps(_unit_facts(found, rows), indent=2, allow_nan=False))
        return 0
    if not options.out:
        print(*_columns(found.columns, rows), sep="\n")
    counts = [f"{np.count_nonzero(found.labels[which] == at):,} {label}" for at, label in enumerate(LABELS)]
    said = ", ".join(each for each in counts if not each.startswith("0 "))
    print(f"{shown(layer.name)}, snapshot {snapshot}: {counted(len(which), 'unit')}{f' ({said})' if said else ''}")
    print(f"frame potential of all units {found.frame_potential:.6g}, over m² {found.mean_square_cosine:.6g}")
    for name, why in found.missing.items():
        print(f"{name.replace('_', ' ')} unknown: {shown_whole(why)}")
    return 0


def _unit_facts(found: UnitTable, rows: Sequence[Sequence[object]]) -> dict[str, Any]:
    costs = found.costs
    return {
        "layer": found.place.layer,
        "snapshot": found.place.snapshot,
        "images": None if costs is None else costs.images,
        "missing": dict(found.missing),
        "frame_potential": found.frame_potential,
        "mean_square_cosine": None if found.removed.all() else found.mean_square_cosine,
        "units": [dict(zip(found.columns, row, strict=True)) for row in rows],
    }


def _check_tolerance(options: argparse.Namespace) -> None:
    if not options.tolerance >= 0.0:
        raise BadUsage(f"--tolerance {options.tolerance:g}: give 0 or more points of accuracy")


def _columns(names: Sequence[str], found: Iterable[Sequence[str | float | None]]) -> Iterator[str]:
    """The rows in columns; a dash where there is no number."""
    rows = [tuple(name.replace("_", " ") for name in names), *(tuple(map(_cell, row)) for row in found)]
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    for row in rows:
        numbers = (f"{cell:>{width}}" for cell, width in zip(row[1:], widths[1:], strict=True))
        yield "  ".join((f"{row[0]:<{widths[0]}}", *numbers))


def _cell(value: str | float | None) -> str:
    if value is None:
        return "–"
    if isinstance(value, str):
        return shown(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:.3g}"


def _missing(found: Overview) -> Iterator[str]:
    """Why numbers are missing, each reason once with what it is about."""
    about: dict[tuple[str, str], list[str]] = {}
    for row in found.layers:
        for name in NUMBERS:
            if name in row.missing:
                about.setdefault((row.missing[name], name), []).append(row.layer)
    for each in (found.costs or {}).values():
        for name in COST_COLUMNS:
            if name in each.missing:
                about.setdefault((each.missing[name], name), []).append(each.place.layer)
    for (why, name), layers in about.items():
        yield f"{name.replace('_', ' ')} unknown of {_named(list(dict.fromkeys(layers)))}: {shown_whole(why)}"


def _named(layers: Sequence[str]) -> str:
    return ", ".join(map(shown, layers)) if len(layers) <= 4 else counted(len(layers), "layer")


def _declare_overview(parser: argparse.ArgumentParser) -> None:
    declare_run(parser)
    parser.add_argument("--all-snapshots", action="store_true", help="list every snapshot, not only the last")
    parser.add_argument("--costs", action="store_true", help="measure how many units can be removed or merged")
    parser.add_argument(
        "--chance", action="store_true", help="add what independent weights of the same shape give, from five draws"
    )
    _declare_output(parser)


def _declare_units(parser: argparse.ArgumentParser) -> None:
    declare_layer(parser)
    parser.add_argument("--costs", action="store_true", help="measure what the removal of each unit alone costs")
    parser.add_argument(
        "--chance", action="store_true", help="add the cosines, edges and shares that independent directions have"
    )
    compared = "what nearest units, edges and components go by (default weights), as in workbench graph"
    parser.add_argument("--similarity", choices=tuple(SIMILARITIES), default="weights", help=compared)
    parser.add_argument(
        "--where", metavar="RULE", help='only the units that a rule selects, such as "norm < 0.5 and dead"'
    )
    declare_sets(parser, "rules may name its sets, as in 'in \"my set\"'")
    _declare_output(parser)


def _declare_output(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--tolerance", type=float, default=POINT, help=f"points of accuracy that may be lost (default {POINT:g})"
    )
    parser.add_argument("--out", type=Path, help="the CSV file to write; without it, a table is printed")
    parser.add_argument("--json", action="store_true", help="print everything as JSON")
    declare_overwrite(parser)


OVERVIEW = Command(
    "say how redundant each layer is: dead, repeated and isolated units, outliers, ranks",
    _declare_overview,
    _overview,
    asks_network=True,
)
UNITS = Command(
    "list the units of a layer: norm, nearest unit, activity, when they died, and a label with its rule",
    _declare_units,
    _units,
    asks_network=True,
)
