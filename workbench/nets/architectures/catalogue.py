"""What can be chosen by name: network architectures and data sets. Loads neither torch nor data."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ImageShape = tuple[int, int, int]  # channels, height, width
Entry = TypeVar("Entry")


def look_up(table: Mapping[str, Entry], name: str, kind: str) -> Entry:
    """The entry of `table` called `name`; capitals, "-" and "_" do not matter.

    ValueError names the nearest entry and all the others; `kind` says in it what was asked for ("network").
    """
    plain = {key.replace("_", ""): entry for key, entry in table.items()}
    wanted = name.lower().replace("-", "").replace("_", "")
    if wanted in plain:
        return plain[wanted]
    keys = {key.replace("_", ""): key for key in table}
    near = [f" Did you mean {keys[match]}?" for match in get_close_matches(wanted, keys, n=1, cutoff=0.5)]
    raise ValueError(f'There is no {kind} "{name}".{"".join(near)} Known names: {", ".join(table)}.')


@dataclass(frozen=True)
class Architecture:
    """A feed-forward net: blocks of convolutions that keep the image's size, fully connected layers, the classifier."""

    name: str
    title: str
    blocks: tuple[tuple[int, ...], ...]  # filters of each block's convolutions; a 2×2 max-pool ends it
    hidden: tuple[int, ...]  # units of the fully connected layers before the classifier
    image_shape: ImageShape = (3, 32, 32)  # what it is made for
    batch_norm: bool = False  # behind each convolution
    hidden_norm: bool = False  # a batch norm behind each fully connected layer but the classifier
    average: bool = False  # adaptive average pool to one position before the fully connected layers
    dropout: float = 0.0  # after each hidden layer
    kernel: int = 3  # height and width of the convolutions' kernels, an odd number
    peak: bool = False  # each block ends with the maximum over all positions instead of the 2×2 max-pool
    signs: bool = False  # the classifier is not trained: half of the units speak for a class and half against it

    @property
    def widths(self) -> tuple[int, ...]:
        """The units of every layer but the classifier, in order."""
        return (*(filters for block in self.blocks for filters in block), *self.hidden)

    @property
    def convolutions(self) -> int:
        """How many layers are convolutions: all of the blocks."""
        return sum(map(len, self.blocks))

    @property
    def smallest_side(self) -> int:
        """The least height and width in pixels that leaves one position after all pools."""
        return 1 << self.halvings

    @property
    def halvings(self) -> int:
        """How often height and width are halved."""
        return 0 if self.peak else len(self.blocks)

    def positions(self, height: int, width: int) -> int:
        """The positions that are left of an image of this size before the fully connected layers."""
        single = self.average or (self.peak and self.blocks)
        return 1 if single else (height >> self.halvings) * (width >> self.halvings)

    def widths_for(self, image_shape: ImageShape, classes: int, widths: Sequence[int] | None = None) -> tuple[int, ...]:
        """`widths`, or the architecture's own for None, once it is sure that such a network can be built.

        A network of fully connected layers alone has as many of them as widths are given. ValueError: an image too
        small for its pools, a wrong number of widths, a size below 1.
        """
        units = self.widths if widths is None else tuple(widths)
        if len(image_shape) != 3 or min(image_shape) < 1:
            given = tuple(image_shape)
            raise ValueError(f"An image shape is (channels, height, width), each at least 1, not {given}.")
        if min(image_shape[1:]) < self.smallest_side:
            raise ValueError(
                f"{self.title} halves its images {len(self.blocks)} times and needs at least "
                f"{self.smallest_side}×{self.smallest_side} pixels; these have "
                f"{image_shape[1]}×{image_shape[2]}. Choose a smaller network or larger images."
            )
        if len(units) != len(self.widths) and (self.blocks or not units):
            raise ValueError(
                f"{self.title} takes {len(self.widths)} widths, one for each layer but the last "
                f"(its own are {','.join(map(str, self.widths))}); {len(units)} were given."
            )
        if min(*units, classes) < 1:
            raise ValueError(f"Widths and classes are at least 1, not {units} and {classes}.")
        return units


ARCHITECTURES = {
    entry.name: entry
    for entry in (
        Architecture("lenet", "LeNet 300-100", (), (300, 100), (1, 28, 28)),
        Architecture("conv2", "Conv-2", ((64, 64),), (256, 256)),
        Architecture("conv4", "Conv-4", ((64, 64), (128, 128)), (256, 256)),
        Architecture("conv6", "Conv-6", ((64, 64), (128, 128), (256, 256)), (256, 256)),
        Architecture(
            "vgg11",
            "VGG11",
            ((64,), (128,), (256,) * 2, (512,) * 2, (512,) * 2),
            (512, 512),
            average=True,
            dropout=0.5,
        ),
        Architecture(
            "vgg19bn",
            "VGG19BN",
            ((64,) * 2, (128,) * 2, (256,) * 4, (512,) * 4, (512,) * 4),
            (512, 512),
            batch_norm=True,
            average=True,
            dropout=0.5,
        ),
        # A. Krizhevsky's five convolutions and three fully connected layers on 32 × 32 pixels, with 3 × 3 kernels
        Architecture("alexnet", "AlexNet for CIFAR", ((64,), (192,), (384, 256, 256)), (4096, 4096), dropout=0.5),
        Architecture("digits_conv", "Small convolutional net for digits", ((8, 16),), (100, 32), (1, 8, 8)),
        Architecture("lenet_bn", "LeNet 300-100 with batch norm", (), (300, 100), (1, 28, 28), hidden_norm=True),
        # A. Brutzkus, A. Globerson 2019: filters on pairs of entries, the maximum over all pairs, signs
        Architecture("xord", "XORD 120", ((120,),), (), (2, 1, 27), kernel=1, peak=True, signs=True),
    )
}


def architecture(name: str) -> Architecture:
    """The architecture called `name` ("Conv-2", "conv2"); ValueError suggests the nearest."""
    return look_up(ARCHITECTURES, name, "network")


def title_of(name: str, widths: Sequence[int] | None = None) -> str:
    """What a network of these widths is called: a title that names the architecture's own names them instead."""
    found = architecture(name)
    own, given = ("-".join(map(str, each)) for each in (found.widths, widths or found.widths))
    return found.title.replace(own, given)


@dataclass(frozen=True)
class DataSet:
    """What is known of a data set before a single image of it is read."""

    name: str
    title: str
    image_shape: ImageShape
    classes: int
    train_images: int
    test_images: int
    highest: int  # largest pixel value
    mean: tuple[float, ...]  # per channel, as fractions of `highest`
    std: tuple[float, ...]
    citation: str
    torchvision_class: str | None = None  # None: the data come with the workbench, or it generates them
    folder: str | None = None  # where torchvision keeps its files inside the data folder
    generated: bool = False
    teacher: str = ""  # the architecture whose random network labels the images

    @property
    def bundled(self) -> bool:
        """Whether the workbench has the data itself, so that no folder is needed."""
        return self.torchvision_class is None


NARROWER = 10  # times: a teacher has so much fewer units in each layer than the catalogue's network
_TEACHING = (
    "Y. Tian and others: Luck matters: understanding training dynamics of deep ReLU networks. arXiv:1905.13405 (2019)"
)


def teacher_widths(plan: Architecture) -> tuple[int, ...]:
    """The units of each layer of a teacher: few, so that a student of the catalogue's widths has more than it needs."""
    return tuple(max(2, width // NARROWER) for width in plan.widths)


def _taught_by(plan: Architecture) -> DataSet:
    """Random images, labelled by a random network of this architecture."""
    channels = plan.image_shape[0]
    title = f"Teacher: {title_of(plan.name, teacher_widths(plan))}"
    facts = plan.image_shape, 10, 5_000, 1_000, 255, (0.5,) * channels, (0.16,) * channels
    return DataSet(f"teacher_{plan.name}", title, *facts, _TEACHING, generated=True, teacher=plan.name)


DATA_SETS = {
    entry.name: entry
    for entry in (
        DataSet(
            "digits",
            "Handwritten digits 8×8",
            (1, 8, 8),
            10,
            1_437,
            360,
            16,
            (0.3054,),
            (0.3760,),
            "E. Alpaydin, C. Kaynak: Optical Recognition of Handwritten Digits. UCI Machine Learning "
            "Repository, 1998, doi 10.24432/C50P49 (CC BY 4.0)",
        ),
        DataSet(
            "mnist",
            "MNIST",
            (1, 28, 28),
            10,
            60_000,
            10_000,
            255,
            (0.1307,),
            (0.3081,),
            "Y. LeCun, L. Bottou, Y. Bengio, P. Haffner: Gradient-based learning applied to document "
            "recognition. Proceedings of the IEEE 86 (1998)",
            "MNIST",
            "MNIST/raw",
        ),
        DataSet(
            "fashion_mnist",
            "FashionMNIST",
            (1, 28, 28),
            10,
            60_000,
            10_000,
            255,
            (0.2860,),
            (0.3530,),
            "H. Xiao, K. Rasul, R. Vollgraf: Fashion-MNIST: a novel image dataset for benchmarking "
            "machine learning algorithms. arXiv:1708.07747 (2017)",
            "FashionMNIST",
            "FashionMNIST/raw",
        ),
        DataSet(
            "cifar10",
            "CIFAR-10",
            (3, 32, 32),
            10,
            50_000,
            10_000,
            255,
            (0.4914, 0.4822, 0.4465),
            (0.2023, 0.1994, 0.2010),
            "A. Krizhevsky: Learning multiple layers of features from tiny images. Technical report, 2009",
            "CIFAR10",
            "cifar-10-batches-py",
        ),
        DataSet(
            "cifar100",
            "CIFAR-100",
            (3, 32, 32),
            100,
            50_000,
            10_000,
            255,
            (0.5071, 0.4865, 0.4409),
            (0.2673, 0.2564, 0.2762),
            "A. Krizhevsky: Learning multiple layers of features from tiny images. Technical report, 2009",
            "CIFAR100",
            "cifar-100-python",
        ),
        DataSet(
            "xord",
            "XOR detection (XORD)",
            (2, 1, 27),
            2,
            1_000,
            1_000,
            1,
            (0.5, 0.5),
            (0.5, 0.5),
            "A. Brutzkus, A. Globerson: Why do larger models generalize better? A theoretical perspective via the XOR "
            "problem. Proceedings of ICML (2019)",
            generated=True,
        ),
        *(_taught_by(plan) for plan in ARCHITECTURES.values() if not plan.signs and not plan.hidden_norm),
    )
}


def data_set(name: str) -> DataSet:
    """The facts about the data set called `name` ("CIFAR-10", "cifar10"); ValueError suggests the nearest."""
    return look_up(DATA_SETS, name, "data set")


def usual_data(net: str) -> str | None:
    """The data set for whose images the network of this name is made, the first of several; None: there is none."""
    made_for = ARCHITECTURES[net].image_shape if net in ARCHITECTURES else None
    return next((name for name, each in DATA_SETS.items() if each.image_shape == made_for), None)
