"""An import as it is done, for the tests."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from workbench.importing.plan import ImportPlan, Looking, Wanted, look
from workbench.importing.run import Imported, import_run
from workbench.nets.architectures.building import build

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.importing.reading import Reading

    Shape = tuple[int, ...]
    Shapes = dict[str, tuple[Shape, str]]


def planned(*paths: Path, **options: Any) -> ImportPlan:
    looking = look(Wanted(paths, **options))
    while True:
        try:
            assert isinstance(next(looking), Looking)
        except StopIteration as end:
            return end.value


def imported(out: Path, *paths: Path, **options: Any) -> ImportPlan:
    plan = planned(*paths, **options)
    *_, last = import_run(plan, out)
    assert isinstance(last, Imported)
    assert last.finished
    return plan


def states(count: int, seed: int = 0) -> list[dict[str, torch.Tensor]]:
    torch.manual_seed(seed)
    return [build("digits_conv", widths=(3, 4, 8, 6)).state_dict() for _ in range(count)]


def small() -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    return dict(nn.Sequential(nn.Linear(64, 40), nn.ReLU(), nn.Linear(40, 10)).state_dict())


def sizes(plan: Any) -> list[tuple[str, int, int]]:
    return [(layer.name, layer.units, layer.inputs) for layer in plan.layers]


LAYERS = [("0", 40, 64), ("2", 10, 40)]


def floats(**shapes: tuple[int, ...]) -> Shapes:
    return {key.replace("__", "."): (shape, "float32") for key, shape in shapes.items()}


def by_key(found: tuple[Reading, ...]) -> dict[str, Reading]:
    return {reading.key: reading for reading in found}
