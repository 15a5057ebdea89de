"""Any training recorded from its own loop: what is kept, when, in which form, and what happens when it cannot be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from noise import small, trained
from torch import nn

import workbench as wb
from workbench.nets.architectures.building import build
from workbench.recorders.own_loop import record
from workbench.runs import layout
from workbench.runs.run import open_run
from workbench.runs.spec import UNKNOWN
from workbench.runs.verify import verify

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("options", "kept"),
    [
        ({"snapshots": 3, "steps": 10}, [0, 3, 6, 9, 10]),
        ({"snapshots": "every:5", "steps": 10}, [0, 5, 10]),
        ({"snapshots": "log:4", "steps": 10}, [0, 1, 3, 10]),
        ({"snapshots": "log", "steps": 10}, list(range(11))),
        ({"snapshots": "log", "steps": 10, "steps_per_epoch": 5}, [0, 1, 2, 4, 5, 10]),
        ({"snapshots": "epoch", "epochs": 2, "steps_per_epoch": 5}, [0, 5, 10]),
        ({"snapshots": 4}, [0, 4, 8, 10]),
        ({"snapshots": "log"}, [0, 1, 2, 3, 4, 5, 6, 7, 8, 10]),
        ({"snapshots": 2, "steps": 6}, [0, 2, 4, 6, 8, 10]),
        ({"snapshots": 50, "steps": 100}, [0, 10]),
    ],
    ids=str,
)
def test_the_network_is_kept_at_the_steps_that_were_asked_for(tmp_path: Path, options: dict, kept: list[int]) -> None:
    model = small()
    with record(tmp_path / "run.h5", model, quiet=True, **options) as recorder:
        states = trained(recorder, model, 10)
    with open_run(tmp_path / "run.h5") as run:
        assert (run.iterations.tolist(), run.capacity, run.finished) == (kept, len(kept), True)
        for snapshot, step in enumerate(kept):
            stored = run.parameters(snapshot)
            assert list(stored) == list(states[step])
            assert all(np.array_equal(stored[key], states[step][key]) for key in stored)
        assert not list(verify(run))
    assert [path.name for path in tmp_path.iterdir()] == ["run.h5"]


def test_curves_are_means_since_the_snapshot_before_or_the_last_value(tmp_path: Path) -> None:
    model = small()
    with wb.record(tmp_path / "run.h5", model, snapshots=2, steps=4, steps_per_epoch=4, quiet=True) as recorder:
        for step in range(1, 5):
            recorder.step(train_loss=torch.tensor(float(step)), train_accuracy=10 * step, test_accuracy=50 + step)
    with open_run(tmp_path / "run.h5") as run:
        assert run.train_loss.tolist() == [1.0, 1.5, 3.5]  # the first batch was measured before any step
        assert run.train_accuracy.tolist() == [10.0, 15.0, 35.0]
        np.testing.assert_array_equal(run.test_accuracy, [np.nan, 52.0, 54.0])
        assert run.epochs.tolist() == [0, 0.5, 1.0]
        assert (np.diff(run.history("seconds")) >= 0).all()


def test_epochs_that_only_the_loop_knows(tmp_path: Path) -> None:
    model = small()
    with record(tmp_path / "run.h5", model, snapshots="epoch", quiet=True) as recorder:
        for epoch in range(3):
            trained(recorder, model, 4)
            recorder.epoch(test_accuracy=90.0 + epoch)
    with open_run(tmp_path / "run.h5") as run:
        assert run.iterations.tolist() == [0, 4, 8, 12]
        assert run.epochs.tolist() == [0, 1, 2, 3]
        assert run.test_accuracy[1:].tolist() == [90, 91, 92]


def test_measuring_at_snapshots_leaves_the_training_as_it_was(tmp_path: Path) -> None:
    model, inputs, seen = small(), torch.randn(7, 6), []

    def measure(module: nn.Module) -> dict[str, float]:
        torch.rand(3)
        seen.append(module)
        return {"test_accuracy": float(len(seen))}

    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)
    options = {"inputs": inputs, "evaluate": measure, "snapshots": 2, "steps": 4, "quiet": True}
    with record(tmp_path / "run.h5", model, **options) as recorder:
        states = trained(recorder, model, 4)
    assert torch.equal(torch.rand(2), expected)
    assert model.training
    with open_run(tmp_path / "run.h5") as run:
        assert run.test_accuracy.tolist() == [1, 2, 3]
        for snapshot, state in enumerate((states[0], states[2], states[4])):
            hidden = inputs.numpy() @ state["0.weight"].T + state["0.bias"]
            np.testing.assert_allclose(run.layer("0").activity(snapshot), (hidden > 0).mean(0), atol=1e-6)


def test_without_inputs_no_activity_is_kept(tmp_path: Path) -> None:
    with record(tmp_path / "run.h5", small(), steps=1, quiet=True):
        pass
    with open_run(tmp_path / "run.h5") as run:
        assert run.layer("0").activity(0) is None
        (note,) = [note for note in run.notes if "activity" in note]
        assert note == "/activity is missing, so that dead units are not known"


def test_chosen_layers_only_and_a_stated_number_type(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = nn.ModuleDict({"encoder": small(), "head": nn.Linear(3, 2)})
    with record(tmp_path / "run.h5", model, layers=["encoder.0", "*r.3"], dtype="bfloat16", steps=1):
        pass
    said = capsys.readouterr().err
    assert "2 chosen layers" in said
    assert "in bfloat16" in said
    with open_run(tmp_path / "run.h5") as run:
        wanted = {f"encoder.{at}.{part}": "bfloat16" for at in (0, 3) for part in ("weight", "bias")}
        assert run.parameter_types == wanted
        weights = model["encoder"][0].weight.detach().bfloat16().float().numpy()
        assert np.array_equal(run.layer("encoder.0").weights(0), weights)
        assert run.spec.origin.storage == "in bfloat16"
        assert not list(verify(run))


def test_compiled_networks_have_the_names_of_their_own(tmp_path: Path) -> None:
    model = small()
    compiled = torch.compile(model, backend="eager")
    with record(tmp_path / "run.h5", compiled, steps=2, snapshots=1, quiet=True) as recorder:
        states = trained(recorder, model, 2)
    with open_run(tmp_path / "run.h5") as run:
        assert list(run.parameters(2)) == list(states[0])
        assert np.array_equal(run.parameters(2)["0.weight"], states[2]["0.weight"])


@pytest.mark.parametrize("name", ["digits_conv", "lenet"])
def test_a_network_that_computes_what_one_of_the_catalogue_does_is_recognised(tmp_path: Path, name: str) -> None:
    ours = build(name, (1, 8, 8), 10)
    model = nn.Sequential(*ours.children())  # other names, the same function
    with record(tmp_path / "run.h5", model, steps=1, data="digits", quiet=True):
        pass
    with open_run(tmp_path / "run.h5") as run:
        assert (run.spec.net.name, run.spec.data.name, run.spec.net.image_shape) == (name, "digits", (1, 8, 8))


def test_the_same_shapes_with_another_function_are_not_taken_for_it(tmp_path: Path) -> None:
    model = nn.Sequential(nn.Flatten(), nn.Linear(784, 300), nn.Tanh(), nn.Linear(300, 100), nn.Tanh())
    model.append(nn.Linear(100, 10))
    with record(tmp_path / "run.h5", model, steps=1, quiet=True):
        pass
    with open_run(tmp_path / "run.h5") as run:
        assert (run.spec.net.name, run.spec.initialiser) == (UNKNOWN, UNKNOWN)


def test_spectra_that_cost_too_much_are_left_to_who_looks_at_them(tmp_path: Path) -> None:
    model = nn.Linear(6, 4)
    with record(tmp_path / "run.h5", model, steps=1, spectra=False, quiet=True):
        pass
    with open_run(tmp_path / "run.h5") as run:
        weights = model.weight.detach().double().numpy()
        np.testing.assert_allclose(run.layers[0].gram(0), weights @ weights.T)
        assert not run.layers[0].stored_gram
        assert "computed when" in run.spec.origin.note


def test_every_dataset_of_a_recorded_run_is_one_of_the_layout(tmp_path: Path) -> None:
    with record(tmp_path / "run.h5", small(), steps=1, inputs=torch.randn(3, 6), quiet=True):
        pass
    with open_run(tmp_path / "run.h5") as run:
        assert not run.notes
        shapes = {key: (value.shape, run.parameter_types[key]) for key, value in run.parameters().items()}
        planned = layout.plan(run.layers, shapes, 0)
        assert run.rows.structure.order == tuple(row.path for row in planned)
