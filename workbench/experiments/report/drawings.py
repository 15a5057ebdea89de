"""The figures themselves, drawn as the report does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.evaluation.run_evaluators import first_images
from workbench.experiments.report.graphs import CLOSE, CUTOFF, OF_PAIRS
from workbench.experiments.report.ranks import LAYER, RANK
from workbench.experiments.report.removals import ORDERS
from workbench.experiments.report.trainings import REDRAWN, last_convolution
from workbench.figures.kinds import figure

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.experiments.report.trainings import Trained
    from workbench.figures.drawing import Drawing


@dataclass(frozen=True, eq=False)
class Plate:
    """A picture of the page, and what its file is called."""

    name: str
    drawing: Drawing
    caption: str


@dataclass(frozen=True)
class Wanted:
    """A picture that can be drawn once the runs are there."""

    name: str
    caption: str
    draw: Callable[[Trained], Drawing]
    networks: tuple[str, ...]

    def plate(self, trained: Trained) -> Plate | None:
        """The picture; None where a network that it is of cannot be trained here."""
        if not all(trained.of(name) for name in self.networks):
            return None
        with first_images(trained.images):
            return Plate(self.name, self.draw(trained), f"{_place_in_report(self.name)}: {self.caption}")


def _place_in_report(name: str) -> str:
    """Where the report has the picture; what it has not goes with the figure of that number."""
    figure, _, more = name.partition("-")
    if not figure.startswith("fig"):
        return "Not a figure of the report"
    number = f"Fig. {figure.removeprefix('fig')}"
    return f"Goes with the report's {number}" if more else f"The report's {number}"


def _pruned(network: str, layer: str) -> Callable[[Trained], Drawing]:
    def draw(trained: Trained) -> Drawing:
        run, *others = trained.of(network)
        return figure("pruning", run, layer or last_convolution(run), group=others, orders=ORDERS)

    return draw


def _graph(network: str, layer: str, snapshot: int, cutoff: float) -> Callable[[Trained], Drawing]:
    def draw(trained: Trained) -> Drawing:
        run = trained.of(network)[0]
        return figure("graph", run, layer or last_convolution(run), snapshot, cutoff=cutoff)

    return draw


def _stack(layer: str, cutoff: float, other: str) -> Callable[[Trained], Drawing]:
    def draw(trained: Trained) -> Drawing:
        run = trained.of("conv2")[0]
        name = layer or last_convolution(run)
        return figure("graph", run, name, group=(trained.of(other)[-1],), cutoff=cutoff, pairs=False)  # edges alone

    return draw


def _spectrum(network: str, layer: str, snapshot: int) -> Callable[[Trained], Drawing]:
    def draw(trained: Trained) -> Drawing:
        run = trained.of(network)[0]
        return figure("spectrum", run, layer or last_convolution(run), snapshot)

    return draw


def _ranks(network: str) -> Callable[[Trained], Drawing]:
    def draw(trained: Trained) -> Drawing:
        run, *others = trained.of(network)
        ranks = ((run.run_id, LAYER, "weights", RANK),)
        return figure("low_rank", run, LAYER, group=others, ranks=ranks)

    return draw


def _angles(trained: Trained) -> Drawing:
    run, *others = trained.of("conv2")
    twin = trained.of(REDRAWN)[0]
    group = (twin, *others[:1])
    return figure("compare", run, LAYER, group=group, show="angles", other=twin.run_id, when="last", rank=RANK)


def _wanted(name: str, caption: str, draw: Callable[[Trained], Drawing], *networks: str) -> Wanted:
    return Wanted(name, caption, draw, networks)


FIG2A = (
    _wanted("fig2a", "LeNet, fc1: accuracy while units go, in five orders.", _pruned("lenet", "fc1"), "lenet"),
    _wanted("fig2a-fc2", "LeNet, fc2: the same in the next layer.", _pruned("lenet", "fc2"), "lenet"),
)
FIG2B = (
    _wanted("fig2b", "Conv-2, fc1: accuracy while units go, in five orders.", _pruned("conv2", "fc1"), "conv2"),
    _wanted("fig2b-fc2", "Conv-2, fc2: the same in a layer that the report does not show.", _pruned("conv2", "fc2"),
            "conv2"),
)  # fmt: skip
FIG3 = (
    _wanted("fig3a", f"Conv-2, fc1 before training; edges from a cosine of {CUTOFF} on.",
            _graph("conv2", "fc1", 0, CUTOFF), "conv2"),
    _wanted("fig3b", "The same after training. Isolated units are packed by what they are.",
            _graph("conv2", "fc1", -1, CUTOFF), "conv2"),
)  # fmt: skip
FIG4 = (
    _wanted("fig4a", f"VGG19BN, last convolution before training; edges from a cosine of {CLOSE} on.",
            _graph("vgg19bn", "", 0, CLOSE), "vgg19bn"),
    _wanted("fig4b", "The same after training.", _graph("vgg19bn", "", -1, CLOSE), "vgg19bn"),
)  # fmt: skip
FIG5 = (
    _wanted("fig5a", f"Conv-2, last convolution of two trainings from one start, the classifier drawn again; edges "
            f"from {OF_PAIRS} on.", _stack("", OF_PAIRS, REDRAWN), "conv2", REDRAWN),
    _wanted("fig5b", f"The same for fc1, whose first weights differ; edges from {CUTOFF} on.",
            _stack("fc1", CUTOFF, REDRAWN), "conv2", REDRAWN),
    _wanted("fig5a-control", f"Control: the last convolution of two seeds; edges from {OF_PAIRS} on.",
            _stack("", OF_PAIRS, "conv2"), "conv2"),
)  # fmt: skip
FIG6 = (
    _wanted("fig6a", "Conv-2, fc1 before training: the law for random weights.", _spectrum("conv2", "fc1", 0), "conv2"),
    _wanted("fig6b", "The same after training.", _spectrum("conv2", "fc1", -1), "conv2"),
)
FIG7 = (
    _wanted("fig7a", "VGG19BN, first fully connected layer after training.", _spectrum("vgg19bn", "fc1", -1),
            "vgg19bn"),
    _wanted("fig7b", "VGG19BN, last convolution after training.", _spectrum("vgg19bn", "", -1), "vgg19bn"),
)  # fmt: skip
FIG8 = tuple(
    _wanted(f"fig8-{name}", f"{title}, fc1: what each rank keeps and costs; rank {RANK} is marked.", _ranks(name), name)
    for name, title in (("conv2", "Conv-2"), ("conv6", "Conv-6"), ("vgg19bn", "VGG19BN"))
)
ANGLES = (
    _wanted("angles", f"Angles between the row spaces of rank {RANK} of fc1: the classifier drawn again, another seed, "
            "random spaces.", _angles, "conv2", REDRAWN),
)  # fmt: skip
