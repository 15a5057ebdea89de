"""Accuracies of a network that was only taken for one of the catalogue carry that doubt until it is confirmed."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pytest
import torch

import workbench as wb
from workbench.evaluation.doubts import warnings_of
from workbench.evaluation.evaluator import exact
from workbench.evaluation.identity import carries_doubt
from workbench.evaluation.networks.named import name
from workbench.evaluation.run_evaluators import evaluator
from workbench.importing.plan import Wanted, plan_of
from workbench.importing.run import import_run
from workbench.nets.architectures.building import build
from workbench.recorders.own_loop import record
from workbench.runs.place import place_in
from workbench.runs.run import open_run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.runs.run import Run

DOUBT = (
    "The network is taken for LeNet 300-100 by the shapes of its parameters, which say neither its activation function "
    "nor how its images were normalised, and no stored accuracy confirms it: confirm it with This is right or "
    "'workbench confirm', or name another network."
)

SAMPLE = Path(__file__).parents[2] / "sample_runs" / "digits_lenet.h5"


@pytest.fixture
def guessed(tmp_path: Path) -> Iterator[Run]:
    """An imported run on digits whose network only its shapes name."""
    torch.save(trained_state(), tmp_path / "net.pt")
    imported(Wanted((tmp_path / "net.pt",), data="digits"), tmp_path / "run.h5")
    with open_run(tmp_path / "run.h5") as run:
        yield run


def trained_state() -> dict[str, torch.Tensor]:
    """Of the sample that was trained on the digits."""
    with open_run(SAMPLE) as trained:
        return {key: torch.from_numpy(row.copy()) for key, row in trained.parameters().items()}


def imported(wanted: Wanted, path: Path) -> None:
    for _ in import_run(plan_of(wanted), path):
        pass


def test_a_person_confirms_a_guess_and_takes_it_back(guessed: Run) -> None:
    kept, before = guessed.path.with_name("run.identity.json"), guessed.path.read_bytes()
    wb.confirm(guessed)
    assert warnings_of(guessed, 0, "test") == ()
    assert msgspec.json.decode(kept.read_bytes()) == {"run_id": guessed.run_id, "net": "lenet", "data": "digits"}
    with open_run(guessed.path) as again:  # another reading, another process
        assert warnings_of(again, 0, "test") == ()
    wb.confirm(guessed, right=False)
    assert warnings_of(guessed, 0, "test") == (DOUBT,)
    assert not kept.exists()
    assert guessed.path.read_bytes() == before


@pytest.mark.parametrize("field", ["run_id", "net", "data"])
def test_a_confirmation_of_something_else_confirms_nothing(guessed: Run, field: str) -> None:
    wb.confirm(guessed)
    kept = guessed.path.with_name("run.identity.json")
    kept.write_bytes(msgspec.json.encode({**msgspec.json.decode(kept.read_bytes()), field: "another"}))
    assert warnings_of(guessed, 0, "test") == (DOUBT,)


def test_what_is_no_confirmation_is_said_and_never_replaced(guessed: Run) -> None:
    kept = guessed.path.with_name("run.identity.json")
    kept.write_text("[]")
    (said,) = warnings_of(guessed, 0, "test")
    assert said.startswith(f"{DOUBT} {kept} is not a confirmation")
    for right in (True, False):
        with pytest.raises(ValueError, match="is not a confirmation"):
            wb.confirm(guessed, right)
    assert kept.read_text() == "[]"


@pytest.mark.parametrize(
    ("wanted", "problem"),
    [({"data": "digits", "net": "lenet"}, "there is no guess to confirm: lenet was named"),
     ({}, "This run does not say what its network was trained on")],
    ids=["named", "no data"],
)  # fmt: skip
def test_what_cannot_be_confirmed_is_said(guessed: Run, tmp_path: Path, wanted: Any, problem: str) -> None:
    imported(Wanted((tmp_path / "net.pt",), **wanted), tmp_path / "other.h5")
    with open_run(tmp_path / "other.h5") as run, pytest.raises(ValueError, match=problem):
        wb.confirm(run)


def test_a_stored_accuracy_that_is_reproduced_confirms_a_guess(guessed: Run, tmp_path: Path) -> None:
    right = float(wb.ablate(guessed, guessed.layers[0].name, [0]).unchanged.accuracy)
    for folder, accuracy in (("right", right), ("wrong", right - 30.0)):
        tree = tmp_path / folder
        (tree / "snapshots").mkdir(parents=True)
        (tree / "metrics" / "training").mkdir(parents=True)
        shutil.copy(tmp_path / "net.pt", tree / "snapshots" / "0")
        np.save(tree / "metrics" / "training" / "accuracies.npy", np.array([accuracy]))
        imported(Wanted((tree,), data="digits"), tmp_path / f"{folder}.h5")
    with open_run(tmp_path / "right.h5") as run:
        assert run.spec.origin is not None
        assert run.spec.origin.identity == "guessed"
        assert warnings_of(run, 0, "test") == ()
    with open_run(tmp_path / "wrong.h5") as run:
        (said,) = warnings_of(run, 0, "test")
        assert said.startswith(f"The network computes {right:.2f} % on these")
        assert f"but the run stored {right - 30:.2f} %" in said


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


CLAIMS = {  # what the file states, from the accuracy that the network has -> whether it confirms the network
    "best_acc1 in a tensor": (lambda right: {"best_acc1": torch.tensor(right)}, True),
    "test_acc as a fraction": (lambda right: {"test_acc": right / 100}, True),
    "acc rounded": (lambda right: {"acc": round(right, 1)}, True),
    "of other data": (lambda right: {"val_acc": 97.5}, False),
}


def test_an_accuracy_that_guesses_reach_confirms_no_network(tmp_path: Path) -> None:
    state = build("lenet", (1, 8, 8), 10).state_dict()
    torch.save(state, tmp_path / "net.pt")
    imported(Wanted((tmp_path / "net.pt",), data="digits"), tmp_path / "run.h5")
    with open_run(tmp_path / "run.h5") as run:
        right = exact(evaluator(place_in(run, "fc3")).accuracies()).accuracy
    assert 7 < right < 14  # it was never trained
    torch.save({"state_dict": state, "epoch": 3, "test_acc": right}, tmp_path / "stating.pt")
    imported(Wanted((tmp_path / "stating.pt",), data="digits"), tmp_path / "stating.h5")
    with open_run(tmp_path / "stating.h5") as run:
        assert warnings_of(run, 0, "test") == (DOUBT,)


@pytest.mark.parametrize("case", CLAIMS)
def test_an_accuracy_in_the_file_confirms_a_network_that_reproduces_it(case: str, tmp_path: Path) -> None:
    stating, confirms = CLAIMS[case]
    with open_run(SAMPLE) as trained:
        right = exact(evaluator(place_in(trained, "fc3")).accuracies()).accuracy
    state = trained_state()
    torch.save({"state_dict": state, "epoch": 3, **stating(right)}, tmp_path / "stating.pt")
    imported(Wanted((tmp_path / "stating.pt",), data="digits"), tmp_path / "stating.h5")
    with open_run(tmp_path / "stating.h5") as run:
        said = warnings_of(run, 0, "test")
    if confirms:
        assert said == ()
        return
    assert said == (
        DOUBT.replace(
            "no stored accuracy confirms it",
            f"the file states val_acc 97.5 %, but the network computes {right:.2f} % on these 360 test images",
        ),
    )
    assert carries_doubt(said[0])
