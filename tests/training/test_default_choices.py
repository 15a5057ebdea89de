"""What is chosen where a caller chooses nothing: users and their scripts rely on it."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import pytest

import workbench
from workbench.training.loop.loop import train
from workbench.training.preparation import prepare
from workbench.training.process.host import host, host_rest
from workbench.training.resuming import resume

if TYPE_CHECKING:
    from collections.abc import Callable

ORDERS = ("max_mag", "min_mag", "max_fp", "min_fp", "random")
DOWNLOADS_NOTHING = {"root": None, "download": False}


@pytest.mark.parametrize(
    ("function", "chosen"),
    [
        (
            workbench.prune,
            {
                "snapshot": -1,
                "orders": ORDERS,
                "removed": "bias",
                "part": "test",
                "layers": (),
                "rule": "ranked",
                "similarity": "weights",
            },
        ),
        (
            workbench.low_rank,
            {"snapshot": -1, "part": "test", "estimators": False, "matrix": "weights", "units": (), "tolerance": 1.0},
        ),
        (workbench.resample, {"order": "kept", "suffix": "redrawn", "frozen": False}),
        (workbench.ablate, {"snapshot": -1, "removed": "bias", "part": "test"}),
        (workbench.merge, {"cosine": 0.95, "snapshot": -1, "part": "test", "by_outputs": False}),
        (workbench.record, {"snapshots": "log", "seed": 0, "quiet": False, "start": 0, "fractions": False}),
        (train, DOWNLOADS_NOTHING),
        (host, DOWNLOADS_NOTHING),
        (host_rest, DOWNLOADS_NOTHING),
        (resume, DOWNLOADS_NOTHING),
        (prepare, DOWNLOADS_NOTHING),
    ],
)
def test_nothing_else_is_chosen(function: Callable[..., Any], chosen: dict[str, Any]) -> None:
    parameters = inspect.signature(function).parameters.values()
    given = {each.name: each.default for each in parameters if each.default is not inspect.Parameter.empty}
    unsaid = {name for name, value in given.items() if value is None}
    assert given == dict.fromkeys(unsaid) | chosen
