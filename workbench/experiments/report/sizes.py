"""Fig. 1: how many weights each network has, and how well it does."""

from __future__ import annotations

from functools import partial
from math import prod
from typing import TYPE_CHECKING

from workbench.experiments.report.numbers import Number, Ours, exactly, on_images
from workbench.nets.architectures.catalogue import architecture
from workbench.nets.architectures.shapes import parameter_shapes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.experiments.report.trainings import Trained


def weights(name: str, only_convolutions: bool = False) -> int:
    """The weights of a network of the catalogue, without biases and batch norms."""
    shapes = parameter_shapes(name, architecture(name).image_shape)
    kinds = ("conv",) if only_convolutions else ("conv", "fc")
    matrices = (shape for key, (shape, _) in shapes.items() if key.startswith(kinds) and key.endswith(".weight"))
    return sum(prod(shape) for shape in matrices)


def table() -> tuple[tuple[str, ...], ...]:
    """A line for each layer of each network: its name, units, inputs and aspect ratio."""
    return tuple(_lines())


def _lines() -> Iterator[tuple[str, ...]]:
    for name in ("lenet", "conv2", "conv6", "vgg19bn"):
        plan = architecture(name)
        for key, (shape, _) in parameter_shapes(name, plan.image_shape).items():
            if key.startswith(("conv", "fc")) and key.endswith(".weight"):
                units, inputs = shape[0], prod(shape[1:])
                layer = key.removesuffix(".weight")
                yield plan.title, layer, f"{units:,}", f"{inputs:,}", f"{inputs / units:.3g}", f"{units * inputs:,}"


COLUMNS = ("network", "layer", "units m", "inputs n", "Q = n/m", "weights")


def _counted(name: str, only_convolutions: bool, _trained: Trained) -> Ours:
    return exactly(weights(name, only_convolutions))


def _accuracy(network: str, trained: Trained) -> Ours | None:
    runs = trained.of(network)
    if not runs:
        return None
    facts = runs[0].spec.facts
    return on_images([float(run.test_accuracy[-1]) for run in runs], 1 if facts is None else facts.test_images)


def _size(what: str, name: str, report: float, printed: str, near: float, convolutions: bool = False, why: str = "") -> Number:  # fmt: skip  # noqa: E501
    measure = partial(_counted, name, convolutions)
    return Number(what, measure, report, printed, near=near, digits=0, explanation=why)


NUMBERS = (
    _size("LeNet: weights", "lenet", 266e3, "266K", 500),
    _size("Conv-2: weights", "conv2", 4.3e6, "4.3M", 5e4),
    _size("Conv-2: weights of convolutions", "conv2", 38e3, "38K", 1e3, convolutions=True),
    _size(
        "Conv-6: weights", "conv6", 1.7e6, "1.7M", 5e4,
        why="The layers of the table add up to 2.26 million. 1.7M stands in the table of the lottery-ticket paper "
        "(Frankle and Carbin 2018), from which these networks are taken; the report inherited it.",
    ),
    _size("Conv-6: weights of convolutions", "conv6", 1.1e6, "1.1M", 5e4, convolutions=True),
    _size(
        "VGG19BN: weights", "vgg19bn", 20.0e6, "20.0M", 5e4,
        why="20.0 million are the convolutions alone (20,018,880). The fully connected layers add 529,408.",
    ),
    Number(
        "LeNet: test accuracy (%)", partial(_accuracy, "lenet"), 98.2, source="C", near=0.3,
        explanation="A tenth of the training images is held out here for choosing; the report's code trains on all.",
    ),
    *(
        Number(f"{title}: test accuracy (%)", partial(_accuracy, name), source="–", network=name)
        for name, title in (("conv2", "Conv-2"), ("conv6", "Conv-6"), ("vgg19bn", "VGG19BN"))
    ),
)  # fmt: skip
