"""Figs 6 and 7: eigenvalues of the layers, and the edges of the law for random weights."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from workbench.analysis.spectra.marchenko_pastur import marchenko_pastur_edges
from workbench.experiments.report.numbers import Number, Ours, exactly, over
from workbench.experiments.report.trainings import last_convolution
from workbench.figures.spectrum.layer import layer_spectrum
from workbench.nets.variance import initial_variance

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.experiments.report.trainings import Trained
    from workbench.runs.run import Run

UNITS, INPUTS = 256, 16_384  # of Conv-2's fc1
SMALL = 0.01  # of the largest eigenvalue: "close to 0"


def edge(initialiser: str, upper: bool) -> float:
    """The edge of the law for Conv-2's fc1 as this initialiser draws it."""
    variance = initial_variance(initialiser, "linear", UNITS, INPUTS)
    return float(marchenko_pastur_edges(UNITS, INPUTS, variance)[upper])


def _edge(initialiser: str, upper: bool, _trained: Trained) -> Ours:
    return exactly(edge(initialiser, upper))


def _between(run: Run, layer: str) -> float:
    counts = layer_spectrum(run, layer, quiet=False).counts
    return float("nan") if counts is None else counts.between


def _beyond(run: Run, layer: str) -> float:
    counts = layer_spectrum(run, layer, quiet=False).counts
    return float("nan") if counts is None else counts.beyond


def _small(run: Run, layer: str) -> float:
    values = run.layer(layer).eigenvalues(-1)
    return 100.0 * float(np.mean(values < SMALL * values.max()))


def _of(network: str, layer: str, count: Callable[[Run, str], float], trained: Trained) -> Ours | None:
    runs = trained.of(network)
    return over([count(run, layer or last_convolution(run)) for run in runs]) if runs else None


def _ratio(layer: str, trained: Trained) -> Ours | None:
    for run in trained.of("vgg19bn"):
        found = run.layer(layer or last_convolution(run))
        return exactly(found.inputs / found.units)
    return None


GLOROT = (
    "The report says Gaussian Glorot. Its figures show another one: PyTorch's default, uniform with variance 1/(3n), "
    "whose law ends at .2552 and .4219."
)
_SHARE = f"eigenvalues under {SMALL:.0%} of the largest (%)"
FIG6 = (
    Number("lower edge, PyTorch's initialisation", partial(_edge, "torch_default", False), 0.2552, source="F",
           near=1e-4, digits=4),
    Number("upper edge, PyTorch's initialisation", partial(_edge, "torch_default", True), 0.4219, source="F",
           near=1e-4, digits=4),
    Number("upper edge, Gaussian Glorot", partial(_edge, "glorot_normal", True), 0.4219, source="F", near=1e-4,
           digits=4, explanation=GLOROT),
    Number(
        "fc1: eigenvalues between these edges after training", partial(_of, "conv2", "fc1", _between), source="–",
        digits=1, since="quick",
        explanation="Dead units keep the weights with which they died: compare their number, under Fig. 2b.",
    ),
    Number("fc1: eigenvalues beyond the upper edge", partial(_of, "conv2", "fc1", _beyond), source="–", digits=1,
           printed="just a few", since="quick"),
    *(
        Number(f"Conv-2 {layer}: {_SHARE}", partial(_of, "conv2", layer, _small), digits=1, above=50.0,
               printed="a large number", explanation=why)
        for layer, why in (("fc1", "Not close to 0 where dead units keep the bulk of the initialisation."),
                           ("fc2", ""), ("conv2", ""))
    ),
)  # fmt: skip
FIG7 = (
    Number("Q of the first fully connected layer", partial(_ratio, "fc1"), 1, digits=0, since="quick"),
    Number("Q of the last convolution", partial(_ratio, ""), 9, digits=0, since="quick"),
    Number(f"fc1: {_SHARE}", partial(_of, "vgg19bn", "fc1", _small), digits=1, above=50.0, printed="a drop at 0",
           since="full"),
    Number(f"last convolution: {_SHARE}", partial(_of, "vgg19bn", "", _small), digits=1, above=50.0,
           printed="a drop at 0", since="full"),
)  # fmt: skip
