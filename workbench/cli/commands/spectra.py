"""Commands about eigenvalues: `workbench spectrum`, and `workbench band`, what a band of them is worth."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from workbench.analysis.spectra.edges import band_between, band_of_tail
from workbench.analysis.spectra.power_law import RESAMPLES
from workbench.analysis.spectra.spectrum import Source
from workbench.cli.command import Command
from workbench.cli.commands.evaluating import declare_network, interval_of, warn, write_table
from workbench.cli.commands.inspecting import chosen, declare_layer
from workbench.cli.failures import BadUsage
from workbench.cli.places import check_free, declare_overwrite
from workbench.cli.telling import bar
from workbench.cli.unit_sets import declare_units, units_of
from workbench.evaluation.ranks.approximated import ALIASES, MATRICES, WEIGHTS, approximated, matrix_named
from workbench.figures.spectrum.directions import direction_at
from workbench.figures.spectrum.initialisation import audit_in_words
from workbench.figures.spectrum.layer import layer_spectrum
from workbench.figures.spectrum.others import overview_count
from workbench.figures.spectrum.over_snapshots import COLUMNS, spectra_over_snapshots
from workbench.runs.collection.naming import moment_beside_number
from workbench.runs.errors import shown
from workbench.runs.place import place_in
from workbench.runs.run import open_run
from workbench.runs.saying import counted

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from workbench.analysis.spectra.spectrum import SpectrumResult
    from workbench.evaluation.ranks.approximated import Approximated
    from workbench.evaluation.ranks.band import Band
    from workbench.runs.place import Place

DETAILS = ("eigenvalue", "number", "side", "beyond_edge", "margin")
BAND_COLUMNS = ("removed", "seed", "accuracy", "loss", "energy_percent")
_LISTED = 20  # eigenvalues beyond an edge that are printed


def _spectrum(options: argparse.Namespace) -> int:
    check_free(options.overwrite, options.out)
    with open_run(options.run) as run:
        layer, snapshot = chosen(options, run)
        place = place_in(run, layer.name, snapshot)
        about = _about(options, place)
        if options.all_snapshots:
            return _all_snapshots(options, place, about)
        if options.loadings is not None:
            return _loadings(options, place, about)
        how: dict[str, Any] = {"matrix": about.matrix, "units": about.units, "root": options.data_root}
        how["shuffled"] = options.shuffled
        found = layer_spectrum(run, layer.name, snapshot, **how)
        at = moment_beside_number(run, snapshot)
        usual = about == WEIGHTS and options.variance == "counted"
        elsewhere = "" if usual else overview_count((place,))
        audit = audit_in_words(place) if about.kind.drawn and run.spec.holds_initialisation else ""
    _write_spectrum(options, found)
    said = about.name if about.matrix != "weights" else ""
    said = f"{said}{_shuffled(options)}".strip()
    of = f"{options.layer}, {said}" if said else options.layer
    print(f"{of}, snapshot {snapshot}{f', {at}' if at else ''}: Q = {found.q:.4g}")
    _say_spectrum(found, options.variance)
    if elsewhere:
        print(f"{elsewhere[0].upper()}{elsewhere[1:]}.")
    if audit:
        print(audit)
    return 0


def _about(options: argparse.Namespace, place: Place) -> Approximated:
    """The matrix that the options name; BadUsage where there is none."""
    try:
        about = approximated(place.layer_view, options.matrix, units_of(options, place.run, place.layer))
        about.check(place)
    except ValueError as error:
        raise BadUsage(str(error)) from error
    return about


def _write_spectrum(options: argparse.Namespace, found: SpectrumResult) -> None:
    """The eigenvalues; with `--details` the side of the edges on which each lies."""
    if not options.details:
        write_table(options.out, options.overwrite, ["eigenvalue"], ([float(value)] for value in found.eigenvalues))
        return
    rows: list[Sequence[Any]] = [(float(value), at, None, None, None) for at, value in enumerate(found.eigenvalues, 1)]
    seen = found.seen_from(options.variance)
    if seen:
        rows = [(each.eigenvalue, each.number, each.side, each.distance, each.margin) for each in seen]
    write_table(options.out, options.overwrite, list(DETAILS), rows)


def _say_spectrum(found: SpectrumResult, source: Source) -> None:
    bulk = found.bulk if source == "bulk" else found.shown_bulk
    laws = {
        "from the initialiser": found.initialiser,
        "from the entries": found.entries,
        "fitted to the bulk": None if bulk is None else bulk.law,
    }
    for name, law in laws.items():
        if law is not None:
            print(f"edges, σ² {name}: {law.low:.6g} {law.high:.6g} (σ² = {law.variance:.6g})")
    print(found.words)
    if len(found.outliers):
        print("outliers:", " ".join(f"{value:.6g}" for value in found.outliers))
    outside = found.seen_from(source)
    for side, edge in (("above", "λ₊"), ("below", "λ₋")):
        of_side = [each for each in outside if each.side == side]
        if of_side:
            more = f", … ({len(of_side)} in all)" if len(of_side) > _LISTED else ""
            listed = ", ".join(f"{each.eigenvalue:.6g} by {each.margins:.3g}" for each in of_side[:_LISTED])
            print(f"{side} {edge}, in margins of {of_side[0].margin:.3g} that chance has: {listed}{more}")
    if found.entries is None:
        return
    known = found.measures
    print(
        f"norms: spectral {known.spectral_norm:.6g}, Frobenius {known.frobenius_norm:.6g}, "
        f"nuclear {known.nuclear_norm:.6g}; ranks: stable {known.stable_rank:.6g}, entropy {known.entropy_rank:.6g}, "
        f"participation ratio {known.participation_ratio:.6g}"
    )
    print(found.power_law.words)


def _all_snapshots(options: argparse.Namespace, place: Place, about: Approximated) -> int:
    resamples = RESAMPLES if options.intervals else 0
    how = about, options.shuffled, options.variance, options.data_root, None, resamples
    rows = [each.row() for each in spectra_over_snapshots(place, *how)]
    write_table(options.out, options.overwrite, list(COLUMNS), rows)
    print(f"{shown(place.layer)}: {about.name}{_shuffled(options)} at {counted(len(rows), 'snapshot')}")
    return 0


def _shuffled(options: argparse.Namespace) -> str:
    return "" if options.shuffled is None else f" with shuffled entries (seed {options.shuffled})"


def _loadings(options: argparse.Namespace, place: Place, about: Approximated) -> int:
    if options.shuffled is not None:
        raise BadUsage("--loadings is about the matrix as it is: leave out --shuffled")
    try:
        found = direction_at(place, options.loadings, about, options.data_root)
    except ValueError as error:
        raise BadUsage(str(error)) from error
    loading = set(found.units)
    rows = ((unit, float(value), int(unit in loading)) for unit, value in enumerate(found.loadings))
    write_table(options.out, options.overwrite, ["unit", "loading", "loads"], rows)
    print(
        f"{shown(place.layer)}, eigenvalue {found.number} ({found.eigenvalue:.6g}): "
        f"{counted(len(found.units), 'unit')} with {100 * found.share:.0f} % of its vector: "
        f"{','.join(map(str, found.units))}"
    )
    return 0


def _band(options: argparse.Namespace) -> int:
    from workbench.evaluation.ranks.band import band

    if options.out:
        check_free(options.overwrite, options.out)
    with open_run(options.run) as run:
        layer, snapshot = chosen(options, run)
        place = place_in(run, layer.name, snapshot)
        about = _about(options, place)
        try:
            first, last = _numbers(options, place, about)
            with bar(f"a band of {layer.name}") as tell:
                how = snapshot, options.part, options.data_root, about.matrix, about.units, options.draws, tell
                found = band(run, layer.name, first, last, *how)
        except ValueError as error:
            raise BadUsage(str(error)) from error
    if options.out:
        write_table(options.out, options.overwrite, list(BAND_COLUMNS), found.rows())
    warn(found.warnings)
    _say_band(found)
    return 0


def _numbers(options: argparse.Namespace, place: Place, about: Approximated) -> tuple[int, int]:
    """The first and last number of the band that the options name."""
    if (options.tail is None) == (options.start is None):
        raise BadUsage("name the band by --from and --to, or by --tail")
    if options.tail is not None:
        how: dict[str, Any] = {"matrix": about.matrix, "units": about.units, "root": options.data_root}
        spectrum = layer_spectrum(place.run, place.layer, place.snapshot, quiet=False, **how)
        law = spectrum.counted_against
        if law is None:
            raise BadUsage(f"{place.layer} has no tails: {spectrum.finding}")
        return band_of_tail(spectrum.eigenvalues, law, options.tail)
    stop = options.start if options.stop is None else options.stop
    if options.values:
        low, high = sorted((options.start, stop))
        return band_between(about.eigenvalues(place, options.data_root, centred=True), low, high)
    if not (options.start.is_integer() and stop.is_integer()):
        raise BadUsage("--from and --to are numbers of eigenvalues (1 is the largest); for values of λ add --values")
    return int(options.start), int(stop)


def _say_band(found: Band) -> None:
    first, last, one = found.first, found.last, found.count == 1
    which = f"eigenvalue {first}" if one else f"eigenvalues {first} to {last}"
    print(f"{which} of {found.about.name}: {found.eigenvalues[0]:.6g} to {found.eigenvalues[-1]:.6g}, "
          f"{found.energy_percent:.2f} % of ‖W‖²")  # fmt: skip
    print(f"unchanged                  {interval_of(found.unchanged)}")
    print(f"without the band           {interval_of(found.without)}")
    if found.random:
        over = found.over_random
        drawn = ", ".join(f"{each.accuracy:.2f}" for each in found.random)
        spread = f"  (95 % interval {float(over.low):.2f} to {float(over.high):.2f})" if over.count > 1 else ""
        print(f"without random directions  {float(over.mean):6.2f} %{spread}: {drawn} (seeds 0 to {over.count - 1})")


def _declare_matrix(parser: argparse.ArgumentParser) -> None:
    meanings = "; ".join(f"{name}: {kind.meaning}" for name, kind in MATRICES.items())
    also = ", ".join(f"{alias} is {name}" for alias, name in ALIASES.items())
    parser.add_argument(
        "--matrix", type=_matrix, default="weights", metavar="NAME", help=f"which matrix. {meanings}; {also}"
    )
    declare_units(parser, "only the rows of these units")


def _matrix(text: str) -> str:
    import argparse

    try:
        return matrix_named(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _declare_spectrum(parser: argparse.ArgumentParser) -> None:
    declare_layer(parser)
    _declare_matrix(parser)
    parser.add_argument(
        "--shuffled", type=int, nargs="?", const=0, metavar="SEED",
        help="first move the entries to random places (seed 0 if none is given): what chance makes of these entries",
    )  # fmt: skip
    parser.add_argument(
        "--variance", choices=get_args(Source), default="counted",
        help="σ² of the edges; counted: of those that outliers are counted against (default)",
    )  # fmt: skip
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--details", action="store_true", help=f"write more columns for each eigenvalue: {','.join(DETAILS)}"
    )
    what.add_argument(
        "--loadings", type=int, metavar="N", help="write the units' loadings on the N-th eigenvector instead"
    )
    what.add_argument(
        "--all-snapshots", action="store_true", help="write norms, ranks, edges and tail of every snapshot instead"
    )
    parser.add_argument(
        "--intervals", action="store_true", help="with --all-snapshots: bootstrap the exponents of the tails (slow)"
    )
    parser.add_argument("--out", type=Path, required=True, help="the CSV file to write")
    declare_overwrite(parser)


def _declare_band(parser: argparse.ArgumentParser) -> None:
    declare_network(parser)
    _declare_matrix(parser)
    parser.add_argument("--from", dest="start", type=float, metavar="N", help="the first eigenvalue; 1 is the largest")
    parser.add_argument("--to", dest="stop", type=float, metavar="N", help="the last one (default: only the first)")
    parser.add_argument("--values", action="store_true", help="--from and --to are values of λ")
    parser.add_argument(
        "--tail", choices=("left", "bulk", "right"),
        help="the eigenvalues below the edges of chance, between them, or beyond them",
    )  # fmt: skip
    parser.add_argument("--draws", type=int, default=5, metavar="N", help="draws of random directions (default 5)")
    parser.add_argument("--out", type=Path, help=f"the CSV file: {','.join(BAND_COLUMNS)}")
    declare_overwrite(parser)


SPECTRUM = Command(
    "write the eigenvalues of WWᵀ as CSV, with Marchenko–Pastur edges and outliers",
    _declare_spectrum,
    _spectrum,
    asks_network=True,
)
BAND = Command(
    "measure what a band of eigenvalues is worth, compared with the same number of random directions",
    _declare_band,
    _band,
    asks_network=True,
)
