"""The form of a sweep: several values for each field of a training, and the table of trainings that they make."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any

from workbench.experiments.table import MOST_TRIALS, TOO_MANY, product, with_values
from workbench.figures.controls import Amount, Line, Location, controls_of, setting
from workbench.gui.dialogs.train_form import FIRST, FIRST_RECIPE, OWN, UNITS
from workbench.gui.widgets.forms.reading import decimal, plain, whole, wholes
from workbench.gui.widgets.forms.rows import rows_of
from workbench.nets.architectures.catalogue import data_set
from workbench.nets.architectures.names import network_name
from workbench.nets.variance import initialiser
from workbench.runs.spec import SpecError
from workbench.training.forecast import Misfit, forecast
from workbench.training.loop.optimisers import OPTIMISERS, SCHEDULES
from workbench.training.recipes import RECIPES
from workbench.training.several import MOST_RUNS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from workbench.experiments.table import Trial
    from workbench.gui.widgets.forms.rows import FormRow
    from workbench.runs.spec import RunSpec

MOST_WORKERS = 1_000


def several(parse: Callable[[str], Any], between: str = ",") -> Callable[[str], tuple[Any, ...] | None]:
    """Reads values with commas between them; nothing typed is None. ValueError: one that cannot be read, and why."""

    def parsed(text: str) -> tuple[Any, ...] | None:
        found = []
        for word in filter(None, map(str.strip, text.split(between))):
            try:
                found.append(parse(word))
            except ValueError as error:
                raise ValueError(f"{word}: {error}") from error
        twice = [value for number, value in enumerate(found) if value in found[:number]]
        if twice:
            raise ValueError(f"{shown((twice[0],))} is there twice")
        return tuple(found) or None

    return parsed


def shown(values: tuple[Any, ...] | None, between: str = ", ") -> str:
    """The values as they are typed."""
    return between.join(
        ",".join(map(str, each)) if isinstance(each, tuple) else plain(each) if isinstance(each, float) else str(each)
        for each in values or ()
    )


def _one_of(table: Mapping[str, Any]) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text.lower() not in table:
            raise ValueError(f"there are {', '.join(table)}")
        return text.lower()

    return parse


def _number_or_none(text: str) -> int | None:
    return whole(1, MOST_WORKERS)(text) if text.strip() else None


@dataclass(frozen=True)
class Same:
    """What is the same for all trainings."""

    recipe: str = setting(
        FIRST_RECIPE, "Recipe", "All values that you do not give on the right",
        choices=lambda: {OWN: "the values of the training", **{name: name for name in RECIPES}},
    )  # fmt: skip
    length: tuple[str, float] = setting(("epochs", FIRST.epochs), "Length", kind=Amount, units=UNITS)
    runs: int = setting(
        1, "Seeds", "How many runs of each kind, with consecutive seeds: they form a group", Line,
        parse=whole(1, MOST_RUNS),
    )  # fmt: skip
    seed: int = setting(FIRST.seed, "First seed", kind=Line, parse=whole(0))
    workers: int | None = setting(
        None, "At a time", "How many runs are trained at the same time", Line, parse=_number_or_none,
        show=lambda number: "" if number is None else str(number), empty="as many as fit",
    )  # fmt: skip
    folder: Path | None = setting(None, "Folder", "Where the runs are written; complete ones are kept", Location)
    data_folder: Path | None = setting(None, "Data folder", "Where the data sets are", Location)
    download: bool = setting(False, "Download what is missing there")


def _values(name: str, parse: Callable[[str], Any], between: str = ",", tip: str = "") -> Any:
    tip = tip or "One value or several, with commas between them"
    spaced = f"{between} "
    return setting(None, name, tip, Line, parse=several(parse, between), show=lambda values: shown(values, spaced))


@dataclass(frozen=True)
class Varied:
    """What may differ between the trainings; nothing typed: as in the recipe."""

    net: tuple[str, ...] | None = _values("Networks", network_name)
    widths: tuple[tuple[int, ...], ...] | None = _values(
        "Widths", wholes(1), ";", "Units of every layer but the last; several with ; between them: 300,100; 30,10"
    )
    data: tuple[str, ...] | None = _values("Data sets", lambda text: data_set(text).name)
    label_noise: tuple[float, ...] | None = _values("Label noise", decimal(0, 1))
    initialiser: tuple[str, ...] | None = _values("Initialisers", lambda text: initialiser(text).name)
    optimiser: tuple[str, ...] | None = _values("Optimisers", _one_of(OPTIMISERS))
    learning_rate: tuple[float, ...] | None = _values("Learning rates", decimal(0, above=True))
    momentum: tuple[float, ...] | None = _values("Momenta", decimal(0, 1, below=True))
    weight_decay: tuple[float, ...] | None = _values("Weight decays", decimal(0))
    schedule: tuple[str, ...] | None = _values("Schedules", _one_of(SCHEDULES))
    batch_size: tuple[int, ...] | None = _values("Batch sizes", whole(1, 1_000_000))


FIELDS = {  # the rows of `Varied` -> the fields of a specification
    "net": "net.name",
    "widths": "net.widths",
    "data": "data.name",
    "label_noise": "data.label_noise",
    "initialiser": "initialiser",
    "optimiser": "optimiser.name",
    "learning_rate": "optimiser.learning_rate",
    "momentum": "optimiser.momentum",
    "weight_decay": "optimiser.weight_decay",
    "schedule": "optimiser.schedule",
    "batch_size": "batch_size",
}
LEFT, RIGHT = tuple(controls_of(Same)), tuple(controls_of(Varied))


def make_rows() -> dict[str, FormRow]:
    """A row for each value, by name."""
    return rows_of(Same, Varied)


def base_of(values: Mapping[str, Any], own: RunSpec) -> RunSpec:
    """The training that all are changes of; `own` where no recipe is chosen."""
    unit, amount = values["length"]
    spec = RECIPES[values["recipe"]] if values["recipe"] != OWN else own
    return with_values(spec.changed(seed=values["seed"], command=None, recipe=None), {unit: amount})


def factors_of(values: Mapping[str, Any]) -> dict[str, tuple[Any, ...]]:
    """The values of each field that were typed."""
    return {FIELDS[name]: values[name] for name in FIELDS if values.get(name) is not None}


def count_of(values: Mapping[str, Any]) -> int:
    """How many trainings the form asks for. SpecError: there are too many."""
    count: int = values["runs"] * prod(map(len, factors_of(values).values()))
    if count > MOST_TRIALS:
        raise SpecError(TOO_MANY)
    return count


def table_of(values: Mapping[str, Any], own: RunSpec) -> tuple[Trial, ...]:
    """The trainings that the form asks for. SpecError as `count_of`."""
    return product(base_of(values, own), factors_of(values), values["folder"], values["runs"])


def problems_of(values: Mapping[str, Any], own: RunSpec) -> dict[str, str]:
    """What is wrong with each field, though it can be read: every value is tried, with the first ones of the others."""
    problems: dict[str, str] = {}
    for (row, _), spec in tried(values, own).items():
        try:
            forecast(spec)
        except Misfit as error:
            problems.setdefault(row or (error.field if error.field in FIELDS else ""), str(error))
    return problems


def tried(values: Mapping[str, Any], own: RunSpec) -> dict[tuple[str, int], RunSpec]:
    """A training for every value, with the first ones of the others, by its row and number; that of all first is ""."""
    base, factors = base_of(values, own), factors_of(values)
    first = {field: each[0] for field, each in factors.items()}
    rows = {field: name for name, field in FIELDS.items()}
    others = {
        (rows[field], number): with_values(base, {**first, field: value})
        for field in factors
        for number, value in enumerate(factors[field])
        if number
    }
    return {("", 0): with_values(base, first), **others}
