"""The fields of a training, and how their values make a run specification and come from one."""

from __future__ import annotations

import math
import shutil
from typing import TYPE_CHECKING, Any

from workbench.gui.state.words import size_in_words
from workbench.gui.widgets.fields import AmountField, CheckField, ChoiceField, Field, TextField
from workbench.gui.widgets.places import nearest_folder
from workbench.nets.architectures.catalogue import ARCHITECTURES, DATA_SETS
from workbench.nets.variance import INITIALISERS
from workbench.runs.saying import counted
from workbench.runs.spec import DataSpec, NetSpec, OptimiserSpec, RunSpec
from workbench.training.forecast import Misfit, forecast
from workbench.training.recipes import RECIPES
from workbench.training.schedule import GRAMMAR

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

OWN = ""  # the choice "custom values" among the recipes
MOST_ITERATIONS = 1_000_000_000
LARGEST_SEED = 2**63 - 1
DEVICES = ("cpu", "cuda", "mps")
# What may differ from a recipe without making it another training.
NOT_IN_RECIPES = ("seed", "device", "precision", "snapshots", "recipe")

COMMON = ("recipe", "data", "net", "length", "seed")
NETWORK_AND_DATA = (
    "widths", "bias", "initialiser", "classes", "label_noise", "validation", "augment", "device", "precision",
)  # fmt: skip
OPTIMISATION = (
    "optimiser", "learning_rate", "momentum", "weight_decay", "schedule", "batch_size", "snapshots",
    "shuffle",
)  # fmt: skip


def make_fields() -> dict[str, Field]:
    """One field for each value of a run specification, by name."""
    return {**_common(), **_network_and_data(), **_optimisation()}


def _common() -> dict[str, Field]:
    units = {"epochs": _number(0, MOST_ITERATIONS, above=True), "iterations": _whole(1, MOST_ITERATIONS)}
    return {
        "recipe": ChoiceField("Recipe", [(OWN, "custom values"), *((name, name) for name in RECIPES)]),
        "data": ChoiceField("Data set", _titles(DATA_SETS)),
        "net": ChoiceField("Network", _titles(ARCHITECTURES)),
        "length": AmountField("Length", units),
        "seed": TextField("Seed", _whole(0, LARGEST_SEED), tip="The same seed gives the same run"),
    }


def _network_and_data() -> dict[str, Field]:
    widths = "Units of every layer but the last, in order"
    noise = "Fraction of the training labels that are replaced by random ones"
    held_out = "Fraction of the training images held out"
    return {
        "widths": TextField("Widths", _wholes(1), _listed, widths, "the network's own"),
        "bias": CheckField("Layers have biases"),
        "initialiser": ChoiceField("Initialiser", _titles(INITIALISERS)),
        "classes": TextField("Classes", _wholes(0), _listed, "Only these labels, such as 3, 5, 7", "all"),
        "label_noise": TextField("Label noise", _number(0, 1), _plain, noise),
        "validation": TextField("Validation", _number(0, 1, below=True), _plain, held_out),
        "augment": CheckField("Random crops and flips"),
        "device": ChoiceField("Device", [("auto", "fastest available"), *((name, name) for name in DEVICES)]),
        "precision": ChoiceField("Precision", [("float32", "float32"), ("bfloat16", "bfloat16, mixed")]),
    }


def _optimisation() -> dict[str, Field]:
    schedules = [("constant", "constant"), ("step", "tenth at ½ and ¾"), ("cosine", "cosine to zero")]
    snapshots = [(text, text) for text in ("log", "epoch", "every:100", "log:30")]
    return {
        "optimiser": ChoiceField("Optimiser", [("sgd", "SGD"), ("adam", "Adam")]),
        "learning_rate": TextField("Learning rate", _number(0, math.inf, above=True), _plain),
        "momentum": TextField("Momentum", _number(0, 1, below=True), _plain, "SGD only"),
        "weight_decay": TextField("Weight decay", _number(0, math.inf), _plain),
        "schedule": ChoiceField("Schedule", schedules, "Of the learning rate"),
        "batch_size": TextField("Batch size", _whole(1, 1_000_000)),
        "snapshots": ChoiceField("Snapshots", snapshots, GRAMMAR, free=True),
        "shuffle": CheckField("Shuffle every epoch"),
    }


def _titles(table: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(name, entry.title) for name, entry in table.items()]


def values_of(spec: RunSpec) -> dict[str, Any]:
    """The value of each field for a specification."""
    epochs, iterations = spec.epochs, spec.iterations
    return {
        "recipe": spec.recipe or OWN,
        "net": spec.net.name,
        "widths": spec.net.widths,
        "bias": spec.net.bias,
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
    """The specification that the fields' values make."""
    momentum = values["momentum"] if values["optimiser"] == "sgd" else 0.0
    unit, amount = values["length"]
    spec = RunSpec(
        NetSpec(values["net"], values["widths"], values["bias"]),
        DataSpec(
            values["data"], values["classes"], values["label_noise"], values["validation"], values["augment"]
        ),
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
    )
    return spec.changed(recipe=recipe_of(spec))


def recipe_of(spec: RunSpec) -> str | None:
    """The recipe that this training follows in all but seed, snapshots and device."""
    for name, recipe in RECIPES.items():
        same = {field: getattr(spec, field) for field in NOT_IN_RECIPES}
        if recipe.changed(**same) == spec:
            return name
    return None


def _whole(least: int, most: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        digits = text.replace(",", "").replace(" ", "")
        if not digits.isdecimal() or len(digits) > 30 or not least <= int(digits) <= most:
            end = f" to {most:,}" if most < LARGEST_SEED else ""
            raise ValueError(f"a whole number from {least:,}{end}")
        return int(digits)

    return parse


def _number(least: float, most: float, above: bool = False, below: bool = False) -> Callable[[str], float]:
    """Reads a number from `least` to `most`; with `above` not `least` itself, with `below` not `most`."""
    start = f"above {least:g}" if above else f"from {least:g}"
    end = "" if math.isinf(most) else f" to below {most:g}" if below else f" to {most:,}"

    def parse(text: str) -> float:
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        inside = (least < number) if above else (least <= number)
        if not inside or not math.isfinite(number) or number > most or (below and number == most):
            raise ValueError(f"a number {start}{end}")
        return number

    return parse


def _wholes(least: int) -> Callable[[str], tuple[int, ...] | None]:
    """Reads whole numbers between commas; nothing typed is None."""

    def parse(text: str) -> tuple[int, ...] | None:
        words = text.replace(",", " ").split()
        if not all(word.isdecimal() and len(word) < 10 and int(word) >= least for word in words):
            raise ValueError(f"whole numbers from {least} with commas between them, or nothing")
        return tuple(int(word) for word in words) or None

    return parse


def _plain(number: float) -> str:
    return f"{number:g}"


def _listed(numbers: tuple[int, ...] | None) -> str:
    return ", ".join(map(str, numbers or ()))


def read(fields: Mapping[str, Field]) -> tuple[dict[str, Any], dict[str, str]]:
    """What can be read from the fields, and what is wrong with the others."""
    values: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for name, field in fields.items():
        if name == "momentum" and fields["optimiser"].value() != "sgd":
            values[name] = 0.0  # not asked for
            continue
        try:
            values[name] = field.value()
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
