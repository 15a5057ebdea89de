"""Which networks the report's figures need, how long each trains at each scale, and the runs once they are there."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from workbench.experiments.making import Again, Training
from workbench.nets.architectures.catalogue import architecture, data_set
from workbench.runs.run import open_run
from workbench.runs.spec import DataSpec, NetSpec, RunSpec
from workbench.training.recipes import recipe

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from contextlib import ExitStack
    from pathlib import Path

    from workbench.experiments.report.numbers import Scale
    from workbench.runs.run import Run

REDRAWN = "conv2-redrawn"
DIGITS = "digits"
EVALUATED = 150  # iterations that take as long as evaluating the snapshots of a quick training
REPEATS: Mapping[Scale, int] = {"quick": 3, "half": 3, "full": 10}
SNAPSHOTS: Mapping[Scale, str] = {"quick": "log:2", "half": "log:12", "full": "log:12"}


@dataclass(frozen=True)
class Network:
    """One network of the report."""

    title: str
    recipe: str
    quick: int  # iterations at the quick scale
    seconds: float  # for an iteration, about, on two processor cores
    most: int  # repeats
    least: int = 1  # repeats at the quick scale, if nothing else is asked for
    narrow: int = 1  # times fewer units in each layer at the quick scale
    needs: int = 0  # pixels on a side: images smaller than this cannot be given to it
    digits: int = 200  # iterations at the quick scale where the digits stand in


NETWORKS: Mapping[str, Network] = {
    "lenet": Network("LeNet", "lenet-mnist", 3_000, 0.002, most=100, least=3, digits=200),
    "conv2": Network("Conv-2", "conv2-cifar10", 300, 0.1, most=100, least=2),
    "conv6": Network("Conv-6", "conv6-cifar10", 150, 0.18, most=100),
    "vgg19bn": Network("VGG19BN", "vgg19bn-cifar10-decay", 150, 0.1, most=1, narrow=4, needs=32),
}


@dataclass(frozen=True)
class Asked:
    """What is asked for: the scale, the repeats, and for which networks the digits stand in."""

    scale: Scale
    repeats: int | None = None  # None: as the scale has it
    missing: frozenset[str] = frozenset()  # data sets that are not on this machine
    networks: frozenset[str] = frozenset(NETWORKS)  # those that may be trained

    def on_digits(self, network: str) -> bool:
        """Whether the bundled digits stand in for the data of this network."""
        return recipe(NETWORKS[network].recipe).data.name in self.missing

    def possible(self, network: str) -> bool:
        """Whether the network is to be trained, and can be on the data that there are."""
        if network not in self.networks:
            return False
        return not (self.on_digits(network) and NETWORKS[network].needs > data_set(DIGITS).image_shape[1])

    def count(self, network: str) -> int:
        """How many trainings of a network there are."""
        known = NETWORKS[network]
        usual = known.least if self.scale == "quick" else REPEATS[self.scale]
        return min(self.repeats or usual, known.most)

    def seconds(self, network: str) -> float:
        """About how long one of its trainings takes on two processor cores, with the evaluation of its snapshots."""
        name = "conv2" if network == REDRAWN else network
        return NETWORKS[name].seconds * ((self.spec(name, 0).iterations or 0) + EVALUATED)

    def spec(self, network: str, seed: int) -> RunSpec:
        """The report's recipe as its figures show it (PyTorch's initialisation, images in a fixed order)."""
        known, full = NETWORKS[network], recipe(NETWORKS[network].recipe)
        assert full.iterations is not None
        on_digits = self.on_digits(network)
        lengths = {
            "quick": known.digits if on_digits else known.quick,
            "half": full.iterations // 2,
            "full": full.iterations,
        }
        return replace(
            full,
            net=self._net(network),
            data=DataSpec(DIGITS) if on_digits else full.data,
            iterations=lengths[self.scale],
            snapshots=SNAPSHOTS[self.scale],
            initialiser="torch_default",
            shuffle=False,
            seed=seed,
        )

    def _net(self, network: str) -> NetSpec:
        plan, narrow = architecture(network), NETWORKS[network].narrow
        if self.scale != "quick" or narrow == 1:
            return NetSpec(network)
        return NetSpec(network, widths=tuple(width // narrow for width in plan.widths))

    def trainings(self, names: Sequence[str], folder: Path) -> Iterator[Training]:
        """The runs that these networks ask for, in an order in which they can be made. `REDRAWN` is one of them."""
        for name in NETWORKS:
            if (name in names or (name == "conv2" and REDRAWN in names)) and self.possible(name):
                for seed in range(self.count(name)):
                    title = f"{NETWORKS[name].title}, seed {seed}"
                    yield Training(name, self._file(folder, name, seed), title, self.spec(name, seed))
        if REDRAWN in names and self.possible("conv2"):
            for seed in range(1 if self.scale == "quick" else min(3, self.count("conv2"))):
                title = f"Conv-2, redrawn classifier, seed {seed}"
                again = Again(self._file(folder, "conv2", seed), last_convolution)
                yield Training(REDRAWN, self._file(folder, REDRAWN, seed), title, again)

    def _file(self, folder: Path, name: str, seed: int) -> Path:
        data = f"-{DIGITS}" if self.on_digits(name.partition("-")[0]) else ""
        return folder / f"{name}-{self.scale}{data}-seed{seed}.h5"


@dataclass(frozen=True, eq=False)
class Trained:
    """The runs of each network that are there, and on how many images changes are measured."""

    asked: Asked
    runs: Mapping[str, tuple[Run, ...]]
    images: int | None = None  # of each part; None: all
    memory: dict[object, object] = field(default_factory=dict)  # what several rows rest on

    def of(self, network: str) -> tuple[Run, ...]:
        """The runs of a network by seed; none where it cannot be trained here."""
        return self.runs.get(network, ())

    def same_data(self, network: str) -> bool:
        """Whether a network saw the data of the report."""
        return not self.asked.on_digits(network)


def opened(trainings: Sequence[Training], asked: Asked, images: int | None, stack: ExitStack) -> Trained:
    """The runs of finished trainings, open as long as the stack is."""
    runs: dict[str, tuple[Run, ...]] = {}
    for each in trainings:
        run = stack.enter_context(open_run(each.path))
        runs[each.name] = (*runs.get(each.name, ()), run)
    return Trained(asked, runs, images)


def last_convolution(run: Run) -> str:
    """The name of the last convolutional layer."""
    return next(layer.name for layer in reversed(run.layers) if layer.kind != "linear")
