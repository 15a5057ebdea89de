"""The spectrum of a run's layer, with what is known of its units: the one source of panel, report and commands."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from workbench.analysis.matrices import fits
from workbench.analysis.spectra.spectrum import empirical_spectral_density
from workbench.analysis.units import QuietUnits, UnitStates, share_between, unit_states
from workbench.evaluation.ranks.approximated import WEIGHTS, approximated
from workbench.nets.variance import variance_if_known
from workbench.runs.layout import SPECTRUM
from workbench.runs.place import place_in
from workbench.runs.remaining import doubt_about_inputs, is_known

if TYPE_CHECKING:
    from collections.abc import Sequence
    from os import PathLike

    from numpy.typing import NDArray

    from workbench.analysis.spectra.marchenko_pastur import MarchenkoPastur, Scale
    from workbench.analysis.spectra.spectrum import SpectrumResult
    from workbench.evaluation.ranks.approximated import Approximated
    from workbench.runs.layer import Layer
    from workbench.runs.place import Place
    from workbench.runs.run import Run

READ_AT_ONCE = 4 << 20  # bytes of a weight matrix; a larger one is not read while the timeline is dragged
MOST_VECTORS = 512  # units whose eigenvectors are computed; 60 ms
MOST_UNITS = 4096  # of a layer of which so few are left: its Gram matrix is made


def known_variance(run: Run, layer: Layer) -> float | None:
    """The variance of the layer's entries at initialisation; None where the initialiser is unknown."""
    return variance_if_known(run.spec.initialiser, layer.kind, layer.units, layer.inputs, layer.kernel_area)


def layer_spectrum(
    run: Run,
    name: str,
    snapshot: int = -1,
    scale: Scale | None = None,
    quiet: bool = True,
    quickly: bool = False,
    *,
    matrix: str = "weights",
    units: Sequence[int] = (),
    shuffled: int | None = None,
    root: str | PathLike[str] | None = None,
) -> SpectrumResult:
    """The spectrum of a layer at a snapshot, compared with its initialiser; units of zero weights are left out.

    `matrix` is one of `approximated.MATRICES`: "weights" W, "moved" W − W₀, "normalised" rows, "folded" with batch
    norm, "data" W Σ^½ with Σ the covariance of the layer's inputs; with `units`, the rows of these alone. `shuffled`, a
    seed, moves the entries to random places first: what chance makes of just these entries. `root` is where data are.

    `quiet` looks up the units that are dead or have hardly moved (from an initialisation, not from the trained network
    of a parent), and whether the layer's inputs are known; `quickly` does so without reading the weights of a large
    layer, or of others. RunError where the snapshot is not
    finite or cannot be read. ValueError: there is no such matrix or unit, or it needs what the run does not hold.
    """
    about = approximated(run.layer(name), matrix, units)
    if about != WEIGHTS or shuffled is not None:
        return _other_spectrum(place_in(run, name, snapshot), about, scale, shuffled, root)
    layer, variance, at = run.layer(name), known_variance(run, run.layer(name)), run.resolve(snapshot)
    values, present = layer.eigenvalues(at), layer.present(at)
    zero = int(np.count_nonzero(~present))
    inputs = layer.inputs_left(at)
    result = empirical_spectral_density(
        values, layer.units, inputs, variance, scale, zero, silent_inputs=layer.inputs - inputs
    )
    if quiet and not (quickly and not is_known(run, at)):
        result = replace(result, doubt=doubt_about_inputs(run, name, at))
    if not quiet or result.initialiser is None or result.entries is None:
        return result
    unread = not run.spec.starts_untrained or (quickly and not is_small(layer))
    return result.with_quiet(_quiet_units(layer, at, result.initialiser, present, unread))


def spectrum_of_weights(place: Place) -> SpectrumResult | None:
    """The spectrum of W that the overview counts by; None where it is not stored and the layer is too large for it."""
    layer = place.layer_view
    if not layer.stores(SPECTRUM) and not fits(min(layer.units, layer.inputs)):
        return None
    return layer_spectrum(place.run, place.layer, place.snapshot, quiet=False)


def _other_spectrum(
    place: Place, about: Approximated, scale: Scale | None, shuffled: int | None, root: str | PathLike[str] | None
) -> SpectrumResult:
    """That of another matrix than W as it is."""
    values, rows = about.eigenvalues(place, root, shuffled, centred=True), about.rows(place)
    inputs = place.layer_view.inputs_left(place.snapshot)
    result = empirical_spectral_density(
        values,
        len(rows),
        inputs,
        about.variance(place),
        scale,
        *((0, 0) if shuffled is not None else about.zero_lines(place)),
        silent_inputs=place.layer_view.inputs - inputs,
    )
    return replace(result, doubt=doubt_about_inputs(place.run, place.layer, place.snapshot))


def is_small(layer: Layer) -> bool:
    """Whether the weights are read even while the timeline is dragged."""
    return layer.units * layer.inputs * 4 <= READ_AT_ONCE


def _quiet_units(
    layer: Layer, snapshot: int, law: MarchenkoPastur, present: NDArray[np.bool_], unread: bool
) -> QuietUnits:
    """Which of the present units training left where they began."""
    activity = layer.activity(snapshot)
    cosines = None
    if snapshot and not unread:  # at snapshot 0 no unit has moved
        cosines = layer.cosines_to_start(snapshot)
    states = unit_states(layer.units, activity, cosines)
    states = UnitStates(states.dead[present], states.hardly_moved[present])
    share = None
    if len(states.dead) <= MOST_VECTORS and layer.units <= MOST_UNITS and not states.others.all():
        share = share_between(layer.gram(snapshot)[np.ix_(present, present)], law, states)
    dead, still = int(states.dead.sum()), int(states.hardly_moved.sum())
    return QuietUnits(None if activity is None else dead, None if cosines is None else still, share)
