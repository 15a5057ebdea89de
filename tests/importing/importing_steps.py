"""An import as it is done, for the tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from workbench.importing.plan import ImportPlan, Looking, Wanted, look
from workbench.importing.run import Imported, import_run
from workbench.nets.architectures import build

if TYPE_CHECKING:
    from pathlib import Path


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
