"""A table of trainings: a specification and a run file for each, and the factors that tell them apart."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from dataclasses import dataclass, fields, is_dataclass, replace
from hashlib import sha256
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.runs.spec import RunSpec, SpecError
from workbench.training.command_line import command_line
from workbench.training.loop.optimisers import OPTIMISERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

LONGEST_STEM = 120  # letters of a file's name without its ending
MOST_TRIALS = 10_000
TOO_MANY = f"the table has more than {MOST_TRIALS:,} trainings: give fewer values"
# What a field of a specification, or a flag of `workbench train`, is called in a file's name if not by its last word.
LABELS = {
    "data.label_noise": "noise",
    "label-noise": "noise",
    "initialiser": "init",
    "iterations": "it",
    "optimiser.learning_rate": "lr",
    "optimiser.weight_decay": "wd",
    "weight-decay": "wd",
    "batch_size": "batch",
    "batch-size": "batch",
    "order_seed": "order",
    "order-seed": "order",
}
ALWAYS_NAMED = ("net.name", "net", "data.name", "data", "seed")  # in every file's name


@dataclass(frozen=True)
class Trial:
    """One training of a table, and where its run goes."""

    spec: RunSpec
    path: Path
    factors: tuple[tuple[str, str], ...] = ()  # (field, value in words) of what the table varies, the seed included

    @property
    def name(self) -> str:
        """The name of its file without the ending."""
        return self.path.stem


def product(
    base: RunSpec, factors: Mapping[str, Sequence[object]], folder: str | Path, repeats: int = 1
) -> tuple[Trial, ...]:
    """A training for every combination of values, each with `repeats` consecutive seeds; the first factor goes slowest.

    `factors`: {field of `RunSpec`: its values}, a field of a part with a dot: {"optimiser.weight_decay": (0, 5e-4)}.
    Where "seed" is a factor, `repeats` is 1. SpecError: there is no such field, or no value of one.
    """
    if "seed" in factors and repeats != 1:
        raise SpecError("give the seeds or the number of repeats, not both")
    seeds = {} if "seed" in factors else {"seed": tuple(base.seed + number for number in range(repeats))}
    columns = {**factors, **seeds}
    empty = [name for name, values in columns.items() if not values]
    if empty:
        raise SpecError(f"{empty[0]} has no value")
    if prod(map(len, columns.values())) > MOST_TRIALS:
        raise SpecError(TOO_MANY)
    rows = (dict(zip(columns, values, strict=True)) for values in itertools.product(*columns.values()))
    return tabled(((with_values(base, row), row) for row in rows), folder)


def tabled(rows: Iterable[tuple[RunSpec, Mapping[str, object]]], folder: str | Path) -> tuple[Trial, ...]:
    """The trials of a table that was made in another way: specifications, and the values of the fields that differ.

    Files are named after network, data, these values and the seed, always in the same way. SpecError: two trainings
    would have the same file, or there are too many.
    """
    found = []
    for spec, values in rows:
        factors = tuple((name, in_words(value)) for name, value in values.items())
        path = Path(folder) / f"{_stem(spec, values)}.h5"
        spec = spec if spec.command else spec.changed(command=command_line(spec, path))
        found.append(Trial(spec, path, factors))
        if len(found) > MOST_TRIALS:
            raise SpecError(TOO_MANY)
    check_files(found)
    return tuple(found)


def check_files(trials: Iterable[Trial]) -> None:
    """Raise SpecError where two trials have the same file."""
    name, times = next(iter(Counter(trial.path for trial in trials).most_common(1)), (None, 0))
    if times > 1:
        raise SpecError(f"{times} trainings of the table have the same file, {name}: give each value once")


def with_values(spec: RunSpec, values: Mapping[str, object]) -> RunSpec:
    """The specification with these fields replaced, as `product` names them.

    Iterations replace epochs, and epochs iterations; another optimiser brings its usual values. SpecError: there is no
    such field.
    """
    optimiser = OPTIMISERS.get(str(values.get("optimiser.name", spec.optimiser.name)))
    if optimiser is not None and values.get("optimiser.name", spec.optimiser.name) != spec.optimiser.name:
        spec = spec.changed(optimiser=optimiser.usual)
    lengths = {"iterations", "epochs"} & set(values)
    if len(lengths) == 1:
        spec = spec.changed(iterations=None, epochs=None)
    for name, value in values.items():
        spec = _with_value(spec, name, value, name)
    return spec


def _with_value(part: Any, name: str, value: object, whole: str) -> Any:
    field, _, rest = name.partition(".")
    if not is_dataclass(part) or field not in {each.name for each in fields(part)}:
        raise SpecError(f"a training has no field {whole!r}")
    new = _with_value(getattr(part, field), rest, value, whole) if rest else value
    return replace(part, **{field: new})  # type: ignore[type-var]


def in_words(value: object) -> str:
    """A value as it stands in tables and in the names of files."""
    if value is None:
        return "default"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.12g}"
    if isinstance(value, tuple):
        return ",".join(map(in_words, value))
    return str(value)


def label(field: str) -> str:
    """What a field is called where there is little room: "lr"."""
    return LABELS.get(field, _last(field))


def title(field: str) -> str:
    """What a field is called: "learning rate"."""
    return _last(field).replace("_", " ").replace("-", " ")


def _last(field: str) -> str:
    """The last word of a field; of "net.name" the first."""
    part, _, name = field.rpartition(".")
    return part if name == "name" else name


def _varied(name: str, value: str) -> str:
    """A value as it stands in a file's name: "wd0.0005", "cosine"; switches and defaults need their field."""
    says_itself = value[:1].isalpha() and value not in ("yes", "no", "true", "false", "default")
    return value if says_itself else f"{label(name)}{value}"


def _stem(spec: RunSpec, values: Mapping[str, object]) -> str:
    varied = [_varied(name, in_words(value)) for name, value in values.items() if name not in ALWAYS_NAMED]
    parts = [spec.net.name, spec.data.name, *varied, f"seed{spec.seed}"]
    stem = re.sub(r"[^A-Za-z0-9.,+_-]", "_", "-".join(parts))
    if len(stem) <= LONGEST_STEM:
        return stem
    return f"{stem[: LONGEST_STEM - 20]}-{sha256(stem.encode()).hexdigest()[:8]}-seed{spec.seed}"
