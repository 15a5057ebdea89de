"""What a spectrum says, in the words that panel, figure, report and commands share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.analysis.spectra.bulk import FEWEST

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.analysis.spectra.bulk import Bulk
    from workbench.analysis.spectra.spectrum import EdgeCounts, SpectrumResult


def finding(result: SpectrumResult) -> str:
    """How many eigenvalues lie beyond which edge, what lies between, and what is left out."""
    if result.entries is None:
        return "all weights are zero, so there is no spectrum"
    return "; ".join(_clauses(result))


def no_edge(result: SpectrumResult) -> str:
    """Why outliers are not counted, as a clause; "" where they are."""
    if result.counted_against is not None:
        return ""
    if result.entries is None:
        return "every entry is zero"
    few = len(result.eigenvalues)
    if few < FEWEST:
        return f"{_eigenvalues(few)} {'is' if few == 1 else 'are'} too few to fit a Marchenko–Pastur law to"
    return "no Marchenko–Pastur law fits the eigenvalues"


def bulk_in_words(result: SpectrumResult) -> str:
    """What makes a count of outliers doubtful, as a clause: a bulk that has grown, has shrunk or is gone; or ""."""
    return next(_verdict(result), "") if result.counts is not None else ""


def _clauses(result: SpectrumResult) -> Iterator[str]:
    counts = result.counts
    if counts is not None:
        if result.verdict == "grown" and result.bulk is not None:  # what everything else counts comes first
            yield f"{_outliers(result)} beyond {_edge(result.bulk)}, the edge of the grown bulk"
        yield _against_initialiser(result, counts)
        yield from _who(result, counts)
        yield from _verdict(result)
    elif result.bulk is not None:
        yield f"{_outliers(result)} beyond the edge {_edge(result.bulk)}, {_fitted(result.bulk, result)}"
    else:
        yield f"{no_edge(result)}, so outliers are not counted"
    if result.zero_units:
        yield f"{_units(result.zero_units)} of {result.units + result.zero_units} with all weights zero left out"
    if result.zero_inputs:
        every = result.inputs + result.zero_inputs
        yield f"{result.zero_inputs:,} of {every:,} input{'s' * (every != 1)} with all weights zero left out"
    if result.silent_inputs:
        yield silent_inputs(result.silent_inputs, result.inputs + result.silent_inputs)
    if result.certain_zeros:
        are = "is" if result.certain_zeros == 1 else "are"
        yield (f"{result.certain_zeros} of {_eigenvalues(result.units)} {are} certainly zero (Q < 1) and not drawn")


def silent_inputs(silent: int, inputs: int) -> str:
    """How many of a layer's inputs are left out because the units that they come from are removed."""
    return f"{silent:,} of {inputs:,} input{'s' * (inputs != 1)} left out, from removed units"


def _against_initialiser(result: SpectrumResult, counts: EdgeCounts) -> str:
    law, total = result.initialiser, len(result.eigenvalues)
    assert law is not None
    edge = f"{law.high:.3g}, the initialiser’s edge (margin {law.margin:.2g})"
    if total == 1:
        if counts.below:
            edge = f"{law.low:.3g}, the initialiser’s lower edge"
        return f"the only eigenvalue is {'beyond' if counts.beyond else 'below'} {edge}"
    below = f", {counts.below} below its lower edge {law.low:.3g}" if counts.below else ""
    which = f"{counts.beyond} of {total} eigenvalues" if counts.beyond else f"no eigenvalue of {total}"
    beyond = f"{which} beyond {edge}"
    return f"{beyond}, {counts.between or 'none'} between its edges{below}"


def _who(result: SpectrumResult, counts: EdgeCounts) -> Iterator[str]:
    """The units that training left where they began, which fill what lies between the edges."""
    quiet = result.quiet
    if quiet is None or not (quiet.dead or quiet.hardly_moved) or counts.between == len(result.eigenvalues):
        return
    named = [f"{_units(quiet.dead)} {'is' if quiet.dead == 1 else 'are'} dead"] if quiet.dead else []
    if quiet.hardly_moved:
        which = f"{quiet.hardly_moved} more" if quiet.dead else _units(quiet.hardly_moved)
        named.append(f"{which} {'has' if quiet.hardly_moved == 1 else 'have'} hardly moved")
    held = ""
    if quiet.share is not None and counts.between:
        one = (quiet.dead or 0) + (quiet.hardly_moved or 0) == 1
        carry = " and carries" if one else " and carry" if len(named) == 1 else ", and together carry"
        held = f"{carry} {100.0 * quiet.share:.0f} % of the eigenvectors between the edges"
    yield " and ".join(named) + held


def _verdict(result: SpectrumResult) -> Iterator[str]:
    """How the bulk compares with the initialiser."""
    bulk, initialiser = result.bulk, result.initialiser
    if bulk is None or initialiser is None:
        if len(result.eigenvalues) >= FEWEST:
            yield "no Marchenko–Pastur law fits the lower eigenvalues"
        return
    ratio = bulk.law.variance / initialiser.variance
    if result.verdict == "grown":
        yield f"the bulk has grown to {ratio:.2g} times its initial variance ({_fitted(bulk, result)})"
    elif result.verdict == "shrunk":
        shrunk = f"the bulk has shrunk to {ratio:.2g} times its initial variance ({_fitted(bulk, result)})"
        yield f"{shrunk}, as weight decay does, so what was learned need not lie beyond the edge"


def _fitted(bulk: Bulk, result: SpectrumResult) -> str:
    """The variance of a fitted law, with the number of eigenvalues that it rests on."""
    total = len(result.eigenvalues)
    which = f"all {total}" if bulk.count == total else f"the lowest {bulk.count} of {total}"
    return f"σ² = {bulk.law.variance:.3g} fitted to {which}"


def _edge(bulk: Bulk) -> str:
    return f"{bulk.law.high:.3g} (margin {bulk.margin:.2g})"


def _outliers(result: SpectrumResult) -> str:
    count = len(result.outliers)
    return f"{count or 'no'} {'outlier' if count == 1 else 'outliers'}"


def _eigenvalues(count: int) -> str:
    return f"{count} {'eigenvalue' if count == 1 else 'eigenvalues'}"


def _units(count: int) -> str:
    return f"{count} {'unit' if count == 1 else 'units'}"
