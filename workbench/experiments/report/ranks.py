"""Fig. 8 and the principal angles: rank 10 of the first fully connected layer."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from workbench.comparing.angles import principal_angles
from workbench.evaluation.ranks.approximated import WEIGHTS
from workbench.evaluation.ranks.groups import low_rank_group
from workbench.evaluation.run_evaluators import first_images
from workbench.experiments.report.numbers import Number, Ours, Scale, apart, over
from workbench.experiments.report.trainings import REDRAWN
from workbench.runs.place import place_in

if TYPE_CHECKING:
    import numpy as np

    from workbench.evaluation.ranks.groups import GroupLowRank
    from workbench.experiments.report.trainings import Trained
    from workbench.runs.run import Run

RANK = 10
LAYER = "fc1"


def of_rank(trained: Trained, network: str) -> GroupLowRank | None:
    """What rank 10 keeps and costs in each run of a network."""
    runs = trained.of(network)
    key = "rank", network
    if runs and key not in trained.memory:
        with first_images(trained.images):
            trained.memory[key] = low_rank_group(runs, LAYER, RANK)
    known: GroupLowRank | None = trained.memory.get(key)  # type: ignore[assignment]
    return known


def _kept(network: str, trained: Trained) -> Ours | None:
    found = of_rank(trained, network)
    return None if found is None else over(found.norm_percent.tolist())


def _lost(network: str, trained: Trained) -> Ours | None:
    found = of_rank(trained, network)
    return None if found is None else over(found.lost.tolist())


def _smaller_loss(deeper: str, than: str, trained: Trained) -> Ours | None:
    one, two = of_rank(trained, than), of_rank(trained, deeper)
    return None if one is None or two is None else apart(one.lost.tolist(), two.lost.tolist())


def elbow(run: Run, layer: str) -> int:
    """The rank at which the residual bends (Kneedle, counted from 0)."""
    return WEIGHTS.spectrum(place_in(run, layer)).kneedle


def _elbow(network: str, trained: Trained) -> Ours | None:
    runs = trained.of(network)
    return over([elbow(run, LAYER) for run in runs]) if runs else None


def _angle(pairs: str, last: bool, trained: Trained) -> Ours | None:
    runs = trained.of("conv2")
    others = trained.of(REDRAWN) if pairs == "redrawn" else runs[1:]
    found = [degrees(trained, one, other) for one, other in zip(runs, others, strict=False)]
    return over([float(each[-1 if last else 0]) for each in found]) if found else None


def degrees(trained: Trained, one: Run, other: Run) -> np.ndarray:
    """The principal angles of the row spaces of rank 10, ascending."""
    key = "angles", one.run_id, other.run_id
    if key not in trained.memory:
        trained.memory[key] = principal_angles(one, other, LAYER, RANK).degrees
    known: np.ndarray = trained.memory[key]  # type: ignore[assignment]
    return known


def _chance(last: bool, trained: Trained) -> Ours | None:
    runs = trained.of("conv2")
    if len(runs) < 2:
        return None
    return Ours(float(principal_angles(runs[0], runs[1], LAYER, RANK).chance.mean[-1 if last else 0]))


def _since(network: str) -> Scale:
    return "full" if network == "vgg19bn" else "half"


MIXED = (
    "The report prints this as an average of ten trainings. In its notebooks it is one training; the mean of the ten "
    "is {} there."
)
ELBOW = "The report says that the elbow is 10 in every first fully connected layer."
FIG8 = (
    Number("Conv-2: norm kept by rank 10 (%)", partial(_kept, "conv2"), 70.25, "70.25 (s² = 1.39)", near=5.0),
    Number("Conv-2: accuracy lost (points)", partial(_lost, "conv2"), 6.34, "6.34 (s² = 1.29)", near=2.0),
    Number("Conv-6: norm kept by rank 10 (%)", partial(_kept, "conv6"), 61.43, "61.43 (s² = 1.27)", near=5.0,
           explanation=MIXED.format("56.5"), network="conv6"),
    Number("Conv-6: the same, against the mean of ten (%)", partial(_kept, "conv6"), 56.5, source="C",
           near=5.0, network="conv6"),
    Number("Conv-6: accuracy lost (points)", partial(_lost, "conv6"), 1.61, "1.61 (s² = 1.16)", near=2.0,
           explanation=MIXED.format("3.46"), network="conv6"),
    Number("Conv-6: the same, against the mean of ten (points)", partial(_lost, "conv6"), 3.46, source="C",
           near=2.0, network="conv6"),
    Number("VGG19BN: norm kept by rank 10 (%)", partial(_kept, "vgg19bn"), 99.99, near=0.5, since="full",
           network="vgg19bn"),
    Number("VGG19BN: accuracy lost (points)", partial(_lost, "vgg19bn"), 0, near=0.5, since="full",
           network="vgg19bn"),
    Number("Conv-2 loses more than Conv-6 by (points)", partial(_smaller_loss, "conv6", "conv2"), above=0.0,
           printed="deeper, smaller drop"),
    *(
        Number(f"{title}: elbow of fc1", partial(_elbow, name), 10, near=1.0, digits=1, since=_since(name),
               explanation=ELBOW if name == "conv2" else "", network=name)
        for name, title in (("conv2", "Conv-2"), ("conv6", "Conv-6"), ("vgg19bn", "VGG19BN"))
    ),
)  # fmt: skip
ANGLES = (
    Number("smallest angle, redrawn classifier (°)", partial(_angle, "redrawn", False), 31, source="C", near=5.0,
           digits=1),
    Number("largest angle, redrawn classifier (°)", partial(_angle, "redrawn", True), 40, source="C", near=5.0,
           digits=1),
    Number("smallest angle, other seed (°)", partial(_angle, "other", False), 81, source="C", near=3.0, digits=1),
    Number("largest angle, other seed (°)", partial(_angle, "other", True), 90, source="C", near=3.0, digits=1),
    Number("smallest angle of random spaces (°)", partial(_chance, False), source="–", digits=1, since="quick"),
    Number("largest angle of random spaces (°)", partial(_chance, True), source="–", digits=1, since="quick"),
)  # fmt: skip
