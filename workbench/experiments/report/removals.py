"""Fig. 2: what the pruning orders cost, in the layer of the report and in every other one."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from workbench.analysis.curves import area_under
from workbench.evaluation.evaluator import exact
from workbench.evaluation.questions import removal_curve
from workbench.evaluation.removal.flat_start import dead_units
from workbench.evaluation.removal.orders import orders_of
from workbench.evaluation.run_evaluators import first_images
from workbench.experiments.report.numbers import Number, Ours, exactly, over

if TYPE_CHECKING:
    from workbench.evaluation.results import Curve
    from workbench.experiments.report.trainings import Trained
    from workbench.runs.run import Run

ORDERS = ("max_mag", "min_mag", "max_fp", "min_fp", "random")  # of the report's Fig. 2
REACH = 0.9  # of the units: the report's code takes LeNet's mean to 270 of 300
POINT = 1.0  # of accuracy
FEW_IMAGES = 500  # on which convolutional layers are pruned at the quick scale


def curves(trained: Trained, run: Run, layer: str, order: str) -> tuple[Curve, ...]:
    """The curves of an order over a layer of a run: one, or one for each seed of the random order."""
    key = run.run_id, layer, order
    if key not in trained.memory:
        convolution = run.layer(layer).kind != "linear"
        coarse = trained.images is not None and convolution
        with first_images(FEW_IMAGES if coarse else trained.images):
            found = orders_of(run, (layer,), run.resolve(-1), order)
            sweeps = (
                removal_curve(run, (layer,), run.resolve(-1), each, "bias", order, at="few" if coarse else "all")
                for each in found
            )
            trained.memory[key] = tuple(map(exact, sweeps))
    known: tuple[Curve, ...] = trained.memory[key]  # type: ignore[assignment]
    return known


def area(trained: Trained, run: Run, layer: str, order: str) -> float:
    """The mean accuracy over the curve to nine tenths of the units, in percent; of random orders their mean."""
    found = curves(trained, run, layer, order)
    up_to = int(REACH * run.layer(layer).units)
    return float(np.mean([area_under(each.accuracy, up_to, each.levels.tolist()).mean for each in found]))


def _area(network: str, layer: str, order: str, trained: Trained) -> Ours | None:
    runs = trained.of(network)
    return over([area(trained, run, layer, order) for run in runs]) if runs else None


def _gain(network: str, layer: str, better: str, than: str, trained: Trained) -> Ours | None:
    runs = trained.of(network)
    if not runs:
        return None
    return over([area(trained, run, layer, better) - area(trained, run, layer, than) for run in runs])


def removable(curve: Curve) -> int:
    """How many units go before the accuracy has first fallen by more than a point."""
    fallen = np.flatnonzero(curve.accuracy < curve.accuracy[0] - POINT - 1e-9)
    return int(curve.levels[fallen[0]] - 1) if len(fallen) else int(curve.levels[-1])


def _removable(network: str, layer: str, order: str, trained: Trained) -> Ours | None:
    runs = trained.of(network)
    return over([removable(curves(trained, run, layer, order)[0]) for run in runs]) if runs else None


def _dead(network: str, layer: str, trained: Trained) -> Ours | None:
    found = [dead_units(run, (layer,), run.resolve(-1)) for run in trained.of(network)]
    counts = [int(np.count_nonzero(each[0])) for each in found if each is not None]
    return over(counts) if counts else None


def _inputs(trained: Trained) -> Ours:
    runs = trained.of("conv2") if trained.same_data("conv2") else ()
    return exactly(runs[0].layer("fc1").inputs if runs else 16_384)


def _claims(network: str, title: str, layers: tuple[str, ...]) -> tuple[Number, ...]:
    return tuple(
        Number(
            f"{title} {layer}: {better} − {than}", partial(_gain, network, layer, better, than), printed=said,
            above=0.0, since="quick", explanation=why,
        )
        for layer in layers
        for better, than, said, why in (
            ("max_mag", "max_fp", "magnitude is better", ""),
            ("max_fp", "random", "potential beats random", ""),
            ("random", "min_fp", "min_fp does damage", ""),
        )
    )  # fmt: skip


FIG2A = (
    *(
        Number(f"mean accuracy to 270 of 300 removed, {order} (%)", partial(_area, "lenet", "fc1", order), report,
               source="C", near=5.0)
        for order, report in (("max_mag", 86.75), ("max_fp", 72.97), ("max_ip", 72.20), ("min_fp", 48.10),
                              ("min_mag", 43.08))
    ),
    Number("mean accuracy to 270 of 300 removed, random (%)", partial(_area, "lenet", "fc1", "random"), source="–"),
    *_claims("lenet", "LeNet", ("fc1", "fc2")),
)  # fmt: skip
UNPADDED = (
    "Fig. 2b of the report was made with convolutions without padding, whose first fully connected layer has "
    "64·14·14 = 12,544 inputs. All other figures, and Q = 64, are of the padded network, which is the one here."
)
FIG2B = (
    Number("Conv-2: inputs of fc1", _inputs, 16_384, source="R", digits=0, explanation=UNPADDED),
    Number(
        "Conv-2 fc1: units max_mag removes within a point", partial(_removable, "conv2", "fc1", "max_mag"), source="–",
        printed="a long flat start", digits=1, since="quick",
    ),
    Number(
        "Conv-2 fc1: units max_fp removes within a point", partial(_removable, "conv2", "fc1", "max_fp"), source="–",
        printed="equally well", digits=1, since="quick",
    ),
    Number(
        "Conv-2 fc1: dead units", partial(_dead, "conv2", "fc1"), source="–", digits=1, since="quick",
        explanation="The flat start of Fig. 2b is these units: they are above zero on no image, so that nothing "
        "changes when they go, in whichever order. The report does not say so.",
    ),
    *_claims("conv2", "Conv-2", ("fc1", "fc2", "conv1", "conv2")),
)  # fmt: skip
