"""What is stored of a recorded training belongs to the weights it is stored with, as the network computes with them."""

from __future__ import annotations

import shutil
import warnings
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations, prune, spectral_norm, weight_norm

from workbench.recorders.logged import field
from workbench.recorders.own_loop import RecordingWarning, record
from workbench.runs.run import open_run
from workbench.runs.verify import verify

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

INPUTS = torch.randn(30, 6, generator=torch.Generator().manual_seed(0))
LABELS = INPUTS.argmax(1) % 3


def small() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 3))


def accuracy(model: nn.Module) -> float:
    return 100 * (model(INPUTS).argmax(1) == LABELS).double().mean().item()


def steps(model: nn.Module, count: int) -> Iterator[int]:
    """Train for some steps; the number of each, after it was made."""
    optimiser = torch.optim.SGD(model.parameters(), lr=0.5)
    for step in range(1, count + 1):
        optimiser.zero_grad()
        nn.functional.cross_entropy(model(INPUTS), LABELS).backward()
        optimiser.step()
        yield step


def said() -> AbstractContextManager[pytest.WarningsRecorder]:
    return pytest.warns(RecordingWarning)


def texts(recorded: pytest.WarningsRecorder) -> list[str]:
    """What was said, without the name of the run."""
    of_ours = (str(each.message) for each in recorded if each.category is RecordingWarning)
    return [text.partition("run.h5: ")[2] for text in of_ours]


@pytest.mark.parametrize(
    ("snapshots", "every", "how", "expected"),
    [
        (2, 2, "step", [0, 2, 4, 6, 8]),
        (2, 4, "measured", [0, 4, 8]),
        ("epoch", 4, "epoch", [0, 4, 8]),
        (2, 4, "epoch", [0, 4, 8]),
        ("log:4", 1, "measured", [0, 1, 3, 8]),
    ],
)
def test_what_is_measured_is_stored_with_its_weights(
    tmp_path: Path, snapshots: str | int, every: int, how: str, expected: list[int]
) -> None:
    model = small()
    with record(tmp_path / "run.h5", model, snapshots=snapshots, steps=8, steps_per_epoch=4, quiet=True) as recorder:
        recorder.measured(validation_accuracy=accuracy(model))
        for step in steps(model, 8):
            due = step % every == 0
            now = {"validation_accuracy": accuracy(model)} if due else {}
            recorder.step(**now if how == "step" else {})
            if due and how != "step":
                getattr(recorder, how)(**now)
    with open_run(tmp_path / "run.h5") as run:
        stored = run.validation_accuracy
        assert run.iterations[np.isfinite(stored)].tolist() == expected
        for snapshot in np.flatnonzero(np.isfinite(stored)):
            model.load_state_dict({key: torch.from_numpy(np.array(v)) for key, v in run.parameters(snapshot).items()})
            assert stored[snapshot] == pytest.approx(accuracy(model))
        assert not list(verify(run))


def test_what_is_never_measured_at_a_snapshot_is_said(tmp_path: Path) -> None:
    model = small()
    with said() as recorded, record(tmp_path / "run.h5", model, snapshots=2, steps=4, quiet=True) as recorder:
        for step in steps(model, 4):
            recorder.step(**{"test_accuracy": 50.0} if step % 2 else {})
    assert texts(recorded) == [
        "test_accuracy was measured only after steps that were not kept, so it is not recorded: "
        "measure it at snapshots."
    ]
    with open_run(tmp_path / "run.h5") as run:
        assert np.isnan(run.test_accuracy).all()


@pytest.mark.parametrize(
    ("fractions", "given", "stored", "sentence"),
    [
        (False, [0.95, 0.97], [0.95, 0.97], "test_accuracy has not exceeded 1 so far, but accuracies are given in "
                                            "percent: multiply fractions by 100."),
        (False, [0.5, 95.0], [0.5, 95.0], None),
        (False, [95.0, 9500.0], [95.0, np.nan], "test_accuracy is 9500, which is not an accuracy: such values are "
            "left out."),
        (True, [0.5, 1.0], [50.0, 100.0], None),
        (True, [95.0, 97.0], [95.0, 97.0], "test_accuracy is 95, which is not a fraction: it is read as percent "
            "from here on."),
        (True, [-1.0, 0.5], [np.nan, 50.0], "test_accuracy is -1, which is not an accuracy: such values are left out."),
    ],
)  # fmt: skip
def test_the_unit_of_an_accuracy_is_held_against_its_value(
    tmp_path: Path, fractions: bool, given: list[float], stored: list[float], sentence: str | None
) -> None:
    model, options = small(), {"snapshots": 1, "steps": 2, "fractions": fractions, "quiet": True}
    with warnings.catch_warnings(record=True) as recorded:
        warnings.simplefilter("always")
        with record(tmp_path / "run.h5", model, **options) as recorder:
            for value in given:
                recorder.step(test_accuracy=value)
    assert texts(recorded) == ([] if sentence is None else [sentence])
    with open_run(tmp_path / "run.h5") as run:
        np.testing.assert_array_equal(run.test_accuracy[1:], stored)


@pytest.mark.parametrize(
    ("name", "curve"),
    [
        ("val/loss", "validation_loss"), ("val/acc", "validation_accuracy"), ("train/loss", "train_loss"),
        ("eval_accuracy", "validation_accuracy"), ("Test Acc", "test_accuracy"), ("valid.loss", "validation_loss"),
        ("learning_rate", "learning_rate"), ("loss", None), ("val_f1", None), ("val/loss/head", None),
    ],
)  # fmt: skip
def test_names_are_read_however_their_words_are_parted(name: str, curve: str | None) -> None:
    assert field(name) == curve


class Holder(nn.Module):
    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        return self.model(inputs)


def compiled(model: nn.Sequential) -> nn.Module:
    return Holder(torch.compile(model, backend="eager"))


def changed(change: Callable[[nn.Module], object]) -> Callable[[nn.Sequential], nn.Module]:
    def with_change(model: nn.Sequential) -> nn.Module:
        change(model[0])
        return Holder(model)

    return with_change


def pruned_twice(layer: nn.Module) -> None:
    prune.l1_unstructured(layer, "weight", 0.3)
    prune.ln_structured(layer, "weight", 0.25, n=2, dim=0)
    prune.random_unstructured(layer, "bias", 0.5)


WAYS = {
    "compiled submodule": compiled,
    "pruned": changed(lambda layer: prune.l1_unstructured(layer, "weight", 0.5)),
    "pruned twice": changed(pruned_twice),
    "weight norm": changed(weight_norm),
    "weight norm, new": changed(parametrizations.weight_norm),
    "spectral norm": changed(spectral_norm),
    "spectral norm, new": changed(parametrizations.spectral_norm),
    "orthogonal": changed(parametrizations.orthogonal),
}


@pytest.mark.filterwarnings("ignore:.*weight_norm:FutureWarning")
@pytest.mark.parametrize("way", WAYS)
def test_layers_are_kept_as_the_network_computes_with_them(tmp_path: Path, way: str) -> None:
    model = WAYS[way](small())
    inside: dict[int, torch.Tensor] = {}
    options = {"snapshots": 1, "steps": 2, "inputs": INPUTS, "quiet": True}
    with record(tmp_path / "run.h5", model, **options) as recorder:
        for step in steps(model, 2):
            recorder.step()
            with torch.no_grad():
                inside[step] = model.eval()(INPUTS)
                model.train()
    with open_run(tmp_path / "run.h5") as run:
        assert [layer.name for layer in run.layers] == ["model.0", "model.2"]
        assert list(run.parameters(0)) == ["model.0.weight", "model.0.bias", "model.2.weight", "model.2.bias"]
        for step, outputs in inside.items():
            kept = {key: torch.from_numpy(np.array(values)) for key, values in run.parameters(step).items()}
            hidden = INPUTS @ kept["model.0.weight"].T + kept["model.0.bias"]
            own = nn.functional.relu(hidden) @ kept["model.2.weight"].T + kept["model.2.bias"]
            torch.testing.assert_close(own, outputs, atol=1e-5, rtol=1e-5)
            np.testing.assert_allclose(run.layer("model.0").activity(step), (hidden > 0).double().mean(0))


def test_recording_leaves_a_spectral_norm_as_it_was(tmp_path: Path) -> None:
    results = []
    for recorded in (False, True):
        model = Holder(small())
        parametrizations.spectral_norm(model.model[0])
        if recorded:
            with record(tmp_path / "run.h5", model, snapshots=1, steps=3, quiet=True) as recorder:
                for _ in steps(model, 3):
                    recorder.step()
        else:
            list(steps(model, 3))
        results.append(model.state_dict())
    assert all(torch.equal(results[0][key], results[1][key]) for key in results[0])


def test_pruning_in_the_middle_of_a_training_is_recorded(tmp_path: Path) -> None:
    model = small()
    with record(tmp_path / "run.h5", model, snapshots=1, steps=3, quiet=True) as recorder:
        for step in steps(model, 3):
            if step == 2:
                prune.l1_unstructured(model[0], "weight", 0.5)
            recorder.step()
    with open_run(tmp_path / "run.h5") as run:
        assert run.iterations.tolist() == [0, 1, 2, 3]
        assert [int((run.layer("0").weights(at) == 0).sum()) for at in range(4)] == [0, 0, 24, 24]


def test_what_a_run_cannot_keep_is_left_out_and_said(tmp_path: Path) -> None:
    model = small()
    model.register_buffer("turns", torch.zeros(2, dtype=torch.complex64))
    model.add_module("4bit", nn.Linear(4, 4))
    model[-1].weight = nn.Parameter(torch.zeros(8, 1, dtype=torch.uint8), requires_grad=False)
    with said() as recorded, record(tmp_path / "run.h5", model, steps=1, quiet=True):
        pass
    assert texts(recorded) == [
        "these layers do not compute with a plain matrix of their own and are not recorded: 4bit.",
        "a run cannot store the names or number types of these parameters, so they are not recorded: turns.",
    ]
    with open_run(tmp_path / "run.h5") as run:
        assert [layer.name for layer in run.layers] == ["0", "2"]


@pytest.mark.parametrize("what", ["moved", "deleted", "replaced"])
def test_a_run_whose_file_goes_away_goes_on_beside_its_place(tmp_path: Path, what: str) -> None:
    model, path = small(), tmp_path / "run.h5"
    with said() as recorded, record(path, model, snapshots=1, steps=6, quiet=True) as recorder:
        for step in steps(model, 6):
            recorder.step(test_accuracy=50.0 + step)
            if step == 3:
                recorder._keeping.background._pool.submit(lambda: None).result()
                path.unlink() if what == "deleted" else shutil.move(path, tmp_path / "elsewhere.h5")
                path.write_bytes(b"another") if what == "replaced" else None
    (sentence,) = texts(recorded)
    assert sentence.endswith(f"The recording continues in {tmp_path / 'run-recovered.h5'}, with all snapshots.")
    with open_run(tmp_path / "run-recovered.h5") as run:
        assert run.iterations.tolist() == [0, 1, 2, 3, 4, 5, 6]
        assert run.test_accuracy[1:].tolist() == [51, 52, 53, 54, 55, 56]
        assert run.finished
        assert not list(verify(run))
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        {"run-recovered.h5", *{"moved": ["elsewhere.h5"], "replaced": ["elsewhere.h5", "run.h5"]}.get(what, [])}
    )
