"""Which initialiser of the catalogue a layer's first spectrum fits."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from workbench.analysis.spectra.audit import audit
from workbench.nets.variance import INITIALISERS, initial_variance
from workbench.runs.place import place_in

if TYPE_CHECKING:
    from workbench.analysis.spectra.audit import InitialisationAudit
    from workbench.runs.place import Place
    from workbench.runs.run import Run


def initialisation_audit(run: Run, layer: str) -> InitialisationAudit:
    """Which initialiser the first spectrum of a layer fits: every one of the catalogue beside it. As `audit_of`."""
    return audit_of(place_in(run, layer, 0))


def audit_of(place: Place) -> InitialisationAudit:
    """Every initialiser beside the spectrum at snapshot 0; units with only zero weights are left out.

    ValueError: the run does not hold its initialisation, or all of it is zero.
    """
    run, layer = place.run, place.layer_view
    if not run.spec.holds_initialisation:
        raise ValueError(f"{place.name} does not hold its initialisation, so it is not known how {place.layer} began.")
    catalogue = {
        name: (each.title, initial_variance(name, layer.kind, layer.units, layer.inputs, layer.kernel_area))
        for name, each in INITIALISERS.items()
        if not each.plants  # its entries are not independent
    }
    units, inputs = layer.units - layer.zero_units(0), layer.inputs_left(0)
    if not units:
        raise ValueError(f"All weights of {place.layer} are zero at snapshot 0: no initialiser draws them.")
    return audit(layer.eigenvalues(0)[: min(units, inputs)], units, inputs, catalogue)


def audit_in_words(place: Place) -> str:
    """The finding in a sentence or two, also where there is none."""
    try:
        return audit_of(place).words(place.layer, place.run.spec.initialiser)
    except ValueError as error:
        return str(error)


@lru_cache(maxsize=64)
def told_audit(place: Place) -> tuple[str, str]:
    """(the finding in words, why the initialiser that the run names is doubtful); each empty where there is none."""
    try:
        found = audit_of(place)
    except ValueError:
        return "", ""
    said = place.run.spec.initialiser
    return found.words(place.layer), found.contradiction(place.layer, said)
