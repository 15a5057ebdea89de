"""The spectra of other matrices than W as it is, kept in memory: pictures ask for the same again and again.

The overview and the timeline count the outliers of W alone, so what is said of another matrix also says their count.
"""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from workbench.analysis.intervals import over_repeats
from workbench.evaluation.ranks.approximated import WEIGHTS
from workbench.figures.extremes import ends, of_spectra
from workbench.figures.groups.trainings import interval_words
from workbench.figures.spectrum.layer import layer_spectrum, spectrum_of_weights
from workbench.runs.saying import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.analysis.spectra.marchenko_pastur import Scale
    from workbench.analysis.spectra.spectrum import SpectrumResult
    from workbench.evaluation.ranks.approximated import Approximated
    from workbench.runs.place import Place

SEED = 0  # of the shuffled entries that are drawn
_MOST = 64

_known: OrderedDict[tuple[object, ...], SpectrumResult] = OrderedDict()
_lock = Lock()


def spectrum_of(
    place: Place,
    about: Approximated,
    scale: Scale | None = None,
    shuffled: int | None = None,
    quiet: bool = True,
    quickly: bool = False,
) -> SpectrumResult:
    """As `layer_spectrum`; that of another matrix, or of shuffled entries, is computed once. Errors as there."""
    if about == WEIGHTS and shuffled is None:
        return layer_spectrum(place.run, place.layer, place.snapshot, scale, quiet, quickly)
    key = (place.key, about, scale, shuffled)
    with _lock:
        if key in _known:
            _known.move_to_end(key)
            return _known[key]
    found = layer_spectrum(
        place.run, place.layer, place.snapshot, scale, matrix=about.matrix, units=about.units, shuffled=shuffled
    )
    if about.kind.on_data:  # other images may take the place of these
        return found
    with _lock:
        _known[key] = found
        while len(_known) > _MOST:
            _known.popitem(last=False)
    return found


def snapshots_of_axes(place: Place, about: Approximated) -> tuple[int, ...]:
    """The snapshots whose spectra give the axes their scale; what needs the network has axes of its own everywhere."""
    if about.kind.on_data or about.kind.folded:
        return (place.snapshot,)
    return of_spectra(place.run, place.layer) if about == WEIGHTS else ends(place.run)


def overview_count(places: Sequence[Place]) -> str:
    """How many outliers of W the overview counts at the places of a run or group, a clause; "" where it counts none."""
    spectra = [spectrum_of_weights(place) for place in places]
    known = [each for each in spectra if each is not None and each.counted_against is not None]
    if len(known) < len(places):
        return ""
    counts = np.array([len(each.outliers) for each in known])
    mean = f"{interval_words(over_repeats(counts), 1)} outliers"
    initial = [each.counted_against is each.initialiser for each in known]
    source = "from the initialiser" if all(initial) else "of each run" if any(initial) else "fitted to its bulk"
    return f"the overview counts W, with σ² {source}: {mean if len(known) > 1 else counted(int(counts[0]), 'outlier')}"
