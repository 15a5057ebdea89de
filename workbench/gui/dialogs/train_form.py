"""The form of a training, and how its values make a run specification and come from one."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.figures.controls import Amount, Line, Location, controls_of, setting
from workbench.gui.state.words import size_in_words
from workbench.gui.widgets.forms.places import nearest_folder
from workbench.gui.widgets.forms.reading import decimal, listed, plain, whole, wholes, words
from workbench.gui.widgets.forms.rows import rows_of
from workbench.nets.architectures.catalogue import ARCHITECTURES, DATA_SETS
from workbench.nets.architectures.names import SUGGESTED, TORCHVISION, network_name
from workbench.nets.variance import INITIALISERS
from workbench.runs.saying import counted
from workbench.runs.spec import DataSpec, NetSpec, OptimiserSpec, RunSpec
from workbench.training.checks import DEVICES, PRECISIONS
from workbench.training.forecast import Misfit, forecast
from workbench.training.loop.optimisers import OPTIMISERS, SCHEDULES, with_momentum
from workbench.training.recipes import RECIPES
from workbench.training.schedule import GRAMMAR
from workbench.training.several import MOST_RUNS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from workbench.gui.widgets.forms.rows import FormRow

OWN = ""  # the choice "custom values" among the recipes
FIRST_RECIPE = "digits-quick"
FIRST = RECIPES[FIRST_RECIPE]  # with which the form begins
MOST_ITERATIONS = 1_000_000_000
SNAPSHOTS = {text: text for text in ("log", "epoch", "every:100", "log:30")}
UNITS = {"epochs": decimal(0, MOST_ITERATIONS, above=True), "iterations": whole(1, MOST_ITERATIONS)}
# What may differ from a recipe without making it another training.
NOT_IN_RECIPES = ("seed", "device", "precision", "snapshots", "recipe")


def _titles(table: Mapping[str, Any]) -> Callable[[], dict[str, str]]:
    return lambda: {name: entry.title for name, entry in table.items()}


@dataclass(frozen=True)
class Common:
    """What is asked first."""

    recipe: str = setting(
        FIRST_RECIPE, "Recipe", choices=lambda: {OWN: "custom values", **{name: name for name in RECIPES}}
    )
    data: str = setting(FIRST.data.name, "Data set", choices=_titles(DATA_SETS))
    net: str = setting(
        FIRST.net.name, "Network", f"One of these, or {TORCHVISION} and the name of another classifier of torchvision",
        choices=lambda: {**_titles(ARCHITECTURES)(), **{name: name for name in SUGGESTED}}, free=True,
    )  # fmt: skip
    length: tuple[str, float] = setting(("epochs", FIRST.epochs), "Length", kind=Amount, units=UNITS)
    seed: int = setting(FIRST.seed, "Seed", "The same seed gives the same run", Line, parse=whole(0))
    runs: int = setting(
        1, "Runs", "How many runs, one after another, with consecutive seeds: they form a group", Line,
        parse=whole(1, MOST_RUNS),
    )  # fmt: skip


@dataclass(frozen=True)
class Places:
    """Where a training reads and writes."""

    data_folder: Path | None = setting(None, "Data folder", "Where the data set is", Location)
    download: bool = setting(False, "Download what is missing there")
    file: Path | None = setting(None, "File", "Where the run is written", Location, files="Run files (*.h5)")


@dataclass(frozen=True)
class NetworkAndData:
    """What else is trained, and on what."""

    widths: tuple[int, ...] | None = setting(
        FIRST.net.widths, "Widths", "Units of every layer but the last, in order", Line,
        parse=wholes(1), show=listed, empty="the network's own",
    )  # fmt: skip
    bias: bool = setting(FIRST.net.bias, "Layers have biases")
    frozen: tuple[str, ...] = setting(
        FIRST.frozen, "Frozen layers", "Layers that keep the weights they begin with, such as fc1, fc2", Line,
        parse=words, show=", ".join, empty="none",
    )  # fmt: skip
    initialiser: str = setting(FIRST.initialiser, "Initialiser", choices=_titles(INITIALISERS))
    classes: tuple[int, ...] | None = setting(
        FIRST.data.classes, "Classes", "Only these labels, such as 3, 5, 7", Line,
        parse=wholes(0), show=listed, empty="all",
    )  # fmt: skip
    label_noise: float = setting(
        FIRST.data.label_noise, "Label noise", "Fraction of the training labels that are replaced by random ones", Line,
        parse=decimal(0, 1), show=plain,
    )  # fmt: skip
    validation: float = setting(
        FIRST.data.validation, "Validation", "Fraction of the training images held out", Line,
        parse=decimal(0, 1, below=True), show=plain,
    )  # fmt: skip
    augment: bool = setting(FIRST.data.augment, "Random crops and flips")
    device: str = setting(FIRST.device, "Device", choices=DEVICES)
    precision: str = setting(FIRST.precision, "Precision", choices=PRECISIONS)


@dataclass(frozen=True)
class Optimisation:
    """How it is trained, and what is kept of that."""

    optimiser: str = setting(FIRST.optimiser.name, "Optimiser", choices=_titles(OPTIMISERS))
    learning_rate: float = setting(
        FIRST.optimiser.learning_rate, "Learning rate", kind=Line, parse=decimal(0, above=True), show=plain
    )
    momentum: float = setting(
        FIRST.optimiser.momentum, "Momentum", f"{', '.join(row.title for row in with_momentum().values())} only", Line,
        parse=decimal(0, 1, below=True), show=plain,
    )  # fmt: skip
    weight_decay: float = setting(FIRST.optimiser.weight_decay, "Weight decay", kind=Line, parse=decimal(0), show=plain)
    schedule: str = setting(FIRST.optimiser.schedule, "Schedule", "Of the learning rate", choices=_titles(SCHEDULES))
    batch_size: int = setting(FIRST.batch_size, "Batch size", kind=Line, parse=whole(1, 1_000_000))
    snapshots: str = setting(FIRST.snapshots, "Snapshots", GRAMMAR, choices=SNAPSHOTS, free=True)
    shuffle: bool = setting(FIRST.shuffle, "Shuffle every epoch")


IN_SIGHT = (*controls_of(Common), *controls_of(Places))
ADVANCED = tuple(tuple(controls_of(part)) for part in (NetworkAndData, Optimisation))  # side by side


def make_rows() -> dict[str, FormRow]:
    """A row for each value of a training, by name."""
    return rows_of(Common, Places, NetworkAndData, Optimisation)


def values_of(spec: RunSpec) -> dict[str, Any]:
    """The value of each row for a specification."""
    epochs, iterations = spec.epochs, spec.iterations
    return {
        "recipe": spec.recipe or OWN,
        "net": spec.net.name,
        "widths": spec.net.widths,
        "bias": spec.net.bias,
        "frozen": spec.frozen,
        "data": spec.data.name,
        "classes": spec.data.classes,
        "label_noise": spec.data.label_noise,
        "validation": spec.data.validation,
        "augment": spec.data.augment,
        "initialiser": spec.initialiser,
        "optimiser": spec.optimiser.name,
        "learning_rate": spec.optimiser.learning_rate,
        "momentum": spec.optimiser.momentum,
        "weight_decay": spec.optimiser.weight_decay,
        "schedule": spec.optimiser.schedule,
        "batch_size": spec.batch_size,
        "length": ("iterations", iterations) if iterations is not None else ("epochs", epochs),
        # The window shows the first steps, too; "epoch" is only what a recipe that does not care says.
        "snapshots": "log" if spec.snapshots == "epoch" else spec.snapshots,
        "shuffle": spec.shuffle,
        "seed": spec.seed,
        "device": spec.device,
        "precision": spec.precision,
    }


def spec_of(values: Mapping[str, Any]) -> RunSpec:
    """The specification that the rows' values make."""
    momentum = values["momentum"] if OPTIMISERS[values["optimiser"]].takes_momentum else 0.0
    unit, amount = values["length"]
    spec = RunSpec(
        NetSpec(_plain(values["net"]), values["widths"], values["bias"]),
        DataSpec(values["data"], values["classes"], values["label_noise"], values["validation"], values["augment"]),
        OptimiserSpec(
            values["optimiser"], values["learning_rate"], momentum, values["weight_decay"], values["schedule"]
        ),
        values["initialiser"],
        values["batch_size"],
        iterations=amount if unit == "iterations" else None,
        epochs=amount if unit == "epochs" else None,
        snapshots=values["snapshots"],
        shuffle=values["shuffle"],
        seed=values["seed"],
        device=values["device"],
        precision=values["precision"],
        frozen=values["frozen"],
    )
    return spec.changed(recipe=recipe_of(spec))


def _plain(name: str) -> str:
    """The network's own name, where there is such a network."""
    try:
        return network_name(name)
    except ValueError:  # said beside the field by the forecast
        return name


def file_stem(values: Mapping[str, Any]) -> str:
    """The name that is proposed for the file of a training, without its ending."""
    net = re.sub(r"[^A-Za-z0-9_.+-]", "_", _plain(values["net"]).removeprefix(TORCHVISION))
    return f"{net}-{values['data']}-seed{values['seed']}"


def recipe_of(spec: RunSpec) -> str | None:
    """The recipe that this training follows in all but seed, snapshots and device."""
    for name, recipe in RECIPES.items():
        same = {field: getattr(spec, field) for field in NOT_IN_RECIPES}
        if recipe.changed(**same) == spec:
            return name
    return None


def read(rows: Mapping[str, FormRow]) -> tuple[dict[str, Any], dict[str, str]]:
    """What can be read from the rows, and what is wrong with the others."""
    values: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for name, row in rows.items():
        if name == "momentum" and not OPTIMISERS[rows["optimiser"].value()].takes_momentum:
            values[name] = 0.0  # not asked for
            continue
        try:
            values[name] = row.value()
        except ValueError as error:
            problems[name] = str(error)
    if not values.get("file", True):
        del values["file"]
    return values, problems


def foreseen(spec: RunSpec, path: Callable[[], Path], problems: dict[str, str]) -> str:
    """How large the run becomes, in words; problems with that are added. `path()` is asked where it is none of them."""
    try:
        coming = forecast(spec)
    except Misfit as error:
        problems[error.field] = str(error)
        return ""
    size = size_in_words(coming.bytes)
    text = f"About {counted(coming.snapshots, 'snapshot')}, {size}"
    if "file" in problems:
        return text
    free = shutil.disk_usage(nearest_folder(path().parent)).free
    if coming.bytes > free:
        problems["file"] = f"the run takes {size}, and only {size_in_words(free)} are free there"
    return f"{text}; {size_in_words(free)} free"
