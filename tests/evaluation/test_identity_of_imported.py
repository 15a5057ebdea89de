"""Accuracies of a network that was only taken for one of the catalogue carry that doubt until it is confirmed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch

import workbench as wb
from workbench.evaluation.doubts import warnings_of
from workbench.evaluation.named import name
from workbench.importing.layers import OF_ADAPTER
from workbench.importing.plan import Wanted, plan_of
from workbench.importing.run import import_run
from workbench.nets.architectures import build
from workbench.runs.run import open_run
from workbench.runs.spec import UNKNOWN
from workbench.training.any_loop import record

if TYPE_CHECKING:
    from pathlib import Path

DOUBT = (
    "The network is taken for LeNet 300-100 by the shapes of its parameters, which say neither its activation function "
    "nor how its images were normalised, and no stored accuracy confirms it: name the network to confirm it."
)


@pytest.mark.parametrize(
    ("net", "named", "said"), [(None, None, (DOUBT,)), ("lenet", None, ()), (None, "lenet", ())], ids=str
)
def test_a_guessed_network_is_doubted_until_it_is_named(
    tmp_path: Path, net: str | None, named: str | None, said: tuple[str, ...]
) -> None:
    torch.manual_seed(0)
    torch.save(build("lenet", (1, 8, 8), 10).state_dict(), tmp_path / "net.pt")
    for _ in import_run(plan_of(Wanted((tmp_path / "net.pt",), net=net, data="digits")), tmp_path / "run.h5"):
        pass
    with open_run(tmp_path / "run.h5") as run:
        assert run.spec.net.name == "lenet"
        if named:
            name(run, net=named)
        assert wb.ablate(run, run.layers[0].name, [0]).warnings == said


def test_a_recorded_network_that_computes_the_same_is_not_doubted(tmp_path: Path) -> None:
    with record(tmp_path / "run.h5", build("lenet", (1, 8, 8), 10), steps=1, data="digits", quiet=True):
        pass
    with open_run(tmp_path / "run.h5") as run:
        assert warnings_of(run, 0, "test") == ()


def test_an_adapter_is_no_network(tmp_path: Path) -> None:
    torch.save(
        {
            "base.weight": torch.randn(64, 64),
            "base.lora_A.weight": torch.randn(8, 64),
            "base.lora_B.weight": torch.randn(64, 8),
        },
        tmp_path / "lora.pt",
    )
    plan = plan_of(Wanted((tmp_path / "lora.pt",)))
    assert plan.spec.net.name == UNKNOWN
    assert [note for note in plan.notes if "LoRA" in note] == [OF_ADAPTER]
