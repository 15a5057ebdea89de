"""The figures of the report, one row each: what is trained, which numbers stand beside ours, what is drawn."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from workbench.experiments.report import drawings, graphs, ranks, removals, sizes, spectra
from workbench.experiments.report.catalogue import ALL, TITLES
from workbench.experiments.report.trainings import NETWORKS, REDRAWN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.experiments.report.drawings import Wanted
    from workbench.experiments.report.numbers import Number, Scale


@dataclass(frozen=True)
class ReportFigure:
    """One figure of the report."""

    title: str
    needs: tuple[str, ...]  # networks
    numbers: tuple[Number, ...]
    pictures: tuple[Wanted, ...] = ()
    says: str = ""  # what the report shows and says
    unseen: Mapping[Scale, str] = field(default_factory=dict)  # what a scale cannot show


_CONV2: Mapping[Scale, str] = {
    "quick": "After 300 iterations of 20,000 the network is far from its final accuracy. What dies, dies at the start "
    "of the training, and is seen; sizes of clusters, ranks and angles are not final.",
    "half": "Half of the iterations: most numbers have settled, the last points of accuracy have not.",
}  # fmt: skip
_VGG: Mapping[Scale, str] = {
    "quick": "A network with a quarter of the units in each layer, for 150 iterations of 112,000: weight decay has not "
    "acted, so that neither clusters nor a drop at 0 can be seen. The pictures show where it all begins.",
    "half": "The learning rate falls at half of these iterations too; clusters form after that.",
}  # fmt: skip
FIGURES: Mapping[str, ReportFigure] = {
    "fig1": ReportFigure(
        TITLES["fig1"], tuple(NETWORKS), sizes.NUMBERS,
        says="A table of the four networks, their weights and how they are trained.",
        unseen={"quick": "Counts of weights are exact at every scale. Accuracies are not final."},
    ),
    "fig2a": ReportFigure(
        TITLES["fig2a"], ("lenet",), removals.FIG2A, drawings.FIG2A,
        "Magnitude pruning is better than frame-potential pruning, which is better than random pruning; the opposite "
        "orders do most damage.",
        {"quick": "3,000 iterations of 50,000: the accuracy is within two points of the final one, and the order of "
                  "the curves can be judged; their heights cannot."},
    ),
    "fig2b": ReportFigure(
        TITLES["fig2b"], ("conv2",), removals.FIG2B, drawings.FIG2B,
        "Up to a high number of removed units, both orders cost nothing in the first fully connected layer. The report "
        "says that convolutional layers “tell a similar story” and does not show them: here is each layer.",
        _CONV2,
    ),
    "fig3": ReportFigure(
        TITLES["fig3"], ("conv2",), graphs.FIG3, drawings.FIG3,
        "Before training all units are isolated. After it there is one large cluster, and around it units that belong "
        "to none.", _CONV2,
    ),
    "fig4": ReportFigure(
        TITLES["fig4"], ("vgg19bn",), graphs.FIG4, drawings.FIG4,
        "Filters of the last convolution fall together into distinct clusters.", _VGG,
    ),
    "fig5": ReportFigure(
        TITLES["fig5"], ("conv2", REDRAWN), graphs.FIG5, drawings.FIG5,
        "Each filter is joined to its own image in the other training and to nothing else; the large clusters of the "
        "first fully connected layers are one.", _CONV2,
    ),
    "fig6": ReportFigure(
        TITLES["fig6"], ("conv2",), spectra.FIG6, drawings.FIG6,
        "Eigenvalues of WWᵀ before and after training: many close to 0 and a few large ones.", _CONV2,
    ),
    "fig7": ReportFigure(
        TITLES["fig7"], ("vgg19bn",), spectra.FIG7, drawings.FIG7,
        "In the largest network the eigenvalues do not tail off towards 0, they drop.", _VGG,
    ),
    "fig8": ReportFigure(
        TITLES["fig8"], ("conv2", "conv6", "vgg19bn"), ranks.FIG8, drawings.FIG8,
        "The deeper the network, the less accuracy a first fully connected layer of rank 10 costs.",
        {**_CONV2, "quick": f"{_CONV2['quick']} Conv-6 has seen 150 iterations of 40,000."},
    ),
    "angles": ReportFigure(
        TITLES["angles"], ("conv2", REDRAWN), ranks.ANGLES, drawings.ANGLES,
        "The spaces of rank 10 of two first fully connected layers are close where only the classifier was drawn "
        "again, and unrelated for another seed.", _CONV2,
    ),
}  # fmt: skip


def chosen(name: str) -> dict[str, ReportFigure]:
    """The figures of this name; all of them for "all". ValueError: there is none."""
    if name == ALL:
        return dict(FIGURES)
    if name not in FIGURES:
        raise ValueError(f"there is no figure {name!r} in the report: choose {', '.join(FIGURES)} or {ALL}")
    return {name: FIGURES[name]}


def needed(figures: Mapping[str, ReportFigure]) -> tuple[str, ...]:
    """The networks that these figures need, each once."""
    return tuple(dict.fromkeys(name for figure in figures.values() for name in figure.needs))
