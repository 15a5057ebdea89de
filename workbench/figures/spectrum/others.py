"""The spectra of other matrices than W as it is, kept in memory: pictures ask for the same again and again."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING

from workbench.evaluation.ranks.approximated import WEIGHTS
from workbench.figures.extremes import ends, of_spectra
from workbench.figures.spectrum.layer import layer_spectrum

if TYPE_CHECKING:
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
