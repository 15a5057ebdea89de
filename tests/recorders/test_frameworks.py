"""Trainings of Lightning, recorded for real where it is installed, and what is said where a library is missing."""

from __future__ import annotations

import builtins
import importlib
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from workbench.recorders.own_loop import RecordingWarning
from workbench.runs.run import open_run
from workbench.runs.verify import verify

if TYPE_CHECKING:
    from pathlib import Path


def trainer(lightning: Any, folder: Path, *callbacks: Any, **options: Any) -> Any:
    return lightning.Trainer(
        accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False,
        enable_model_summary=False, default_root_dir=folder, callbacks=list(callbacks), **options,
    )  # fmt: skip


def classifier(lightning: Any, loss_name: str = "val_loss", accuracy_name: str = "val_acc") -> Any:
    class Classifier(lightning.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.net = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 3))
            self.seen: list[torch.Tensor] = []

        def training_step(self, batch: Any, _: int) -> torch.Tensor:
            inputs, labels = batch
            self.seen.append(self.net[0].weight.detach().clone())
            loss = nn.functional.cross_entropy(self.net(inputs), labels)
            self.log("train_loss", loss)
            return loss

        def validation_step(self, batch: Any, _: int) -> None:
            inputs, labels = batch
            outputs = self.net(inputs)
            self.log(loss_name, nn.functional.cross_entropy(outputs, labels))
            self.log(accuracy_name, (outputs.argmax(1) == labels).float().mean())

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return torch.optim.SGD(self.parameters(), lr=0.1)

    torch.manual_seed(0)
    return Classifier()


def batches() -> DataLoader[Any]:
    generator = torch.Generator().manual_seed(0)
    inputs = torch.randn(40, 6, generator=generator)
    return DataLoader(TensorDataset(inputs, inputs.argmax(1) % 3), batch_size=10)


def accuracy_of(model: Any) -> float:
    """In percent, on the batches that are both learned and validated."""
    inputs, labels = batches().dataset.tensors  # type: ignore[attr-defined]
    return 100 * (model.net(inputs).argmax(1) == labels).double().mean().item()


@pytest.mark.parametrize(
    ("snapshots", "kept"), [("epoch", [0, 4, 8]), (3, [0, 3, 6, 8]), ("log", [0, 1, 2, 4, 8])], ids=str
)
def test_a_lightning_training_is_recorded(lightning: Any, tmp_path: Path, snapshots: str | int, kept: list) -> None:
    import workbench as wb

    model, path = classifier(lightning), tmp_path / "run.h5"
    recorder = wb.LightningRecorder(path, snapshots=snapshots, quiet=True)
    trainer(lightning, tmp_path, recorder, max_epochs=2).fit(model, batches(), batches())
    with open_run(path) as run:
        assert (run.iterations.tolist(), run.finished, run.capacity) == (kept, True, len(kept))
        assert [layer.name for layer in run.layers] == ["net.0", "net.2"]
        for snapshot, step in enumerate(kept[:-1]):  # what was seen before step t + 1 is what step t left behind
            assert np.array_equal(run.layer("net.0").weights(snapshot), model.seen[step].numpy())
        assert np.array_equal(run.layer("net.0").weights(-1), model.net[0].weight.detach().numpy())
        assert run.epochs[-1] == 2
        assert np.isfinite(run.train_loss).all()
        assert run.history("learning_rate")[-1] == pytest.approx(0.1)
        assert run.validation_accuracy[-1] == pytest.approx(accuracy_of(model))
        assert not list(verify(run))


def stored_and_recomputed(path: Path) -> list[tuple[int, float, float, float, float]]:
    """Of each snapshot: its step, validation loss and accuracy as stored, and those of its own weights."""
    inputs, labels = batches().dataset.tensors  # type: ignore[attr-defined]
    found = []
    with open_run(path) as run:
        for snapshot, step in enumerate(run.iterations):
            stored = {key: torch.from_numpy(np.array(value)) for key, value in run.parameters(snapshot).items()}
            hidden = nn.functional.relu(inputs @ stored["net.0.weight"].T + stored["net.0.bias"])
            outputs = hidden @ stored["net.2.weight"].T + stored["net.2.bias"]
            loss = nn.functional.cross_entropy(outputs, labels).item()
            accuracy = 100 * (outputs.argmax(1) == labels).double().mean().item()
            of = (run.history(name)[snapshot] for name in ("validation_loss", "validation_accuracy"))
            found.append((int(step), *map(float, of), loss, accuracy))
    return found


@pytest.mark.parametrize(
    ("options", "snapshots", "measured"),
    [
        ({}, 2, [4, 8, 12]),
        ({}, "epoch", [4, 8, 12]),
        ({"accumulate_grad_batches": 2}, 1, [2, 4, 6]),
        ({"val_check_interval": 2}, 2, [2, 4, 6, 8, 10, 12]),
        ({"val_check_interval": 1}, 3, [3, 6, 9, 12]),
        ({"check_val_every_n_epoch": 2}, "epoch", [8]),
        ({"limit_val_batches": 0}, "epoch", []),
        ({"max_steps": 6, "val_check_interval": 2}, 4, [4, 6]),
    ],
    ids=str,
)
def test_what_lightning_validates_is_stored_with_the_weights_it_is_of(
    lightning: Any, tmp_path: Path, options: dict, snapshots: str | int, measured: list[int]
) -> None:
    import workbench as wb

    recorder = wb.LightningRecorder(tmp_path / "run.h5", snapshots=snapshots, quiet=True)
    fitting = trainer(lightning, tmp_path, recorder, **{"max_epochs": 3, **options})
    fitting.fit(classifier(lightning, "val/loss", "val/acc"), batches(), batches())
    found = stored_and_recomputed(tmp_path / "run.h5")
    assert [step for step, loss, *_ in found if np.isfinite(loss)] == measured
    for _, loss, accuracy, own_loss, own_accuracy in found:
        if np.isfinite(loss):
            assert (loss, accuracy) == (pytest.approx(own_loss, rel=1e-5), pytest.approx(own_accuracy))


def test_a_resumed_lightning_training_counts_on(lightning: Any, tmp_path: Path) -> None:
    import workbench as wb

    before = trainer(lightning, tmp_path, max_epochs=1)
    before.fit(classifier(lightning), batches())
    before.save_checkpoint(tmp_path / "before.ckpt")
    recorder = wb.LightningRecorder(tmp_path / "run.h5", snapshots=2, quiet=True)
    after = trainer(lightning, tmp_path, recorder, max_epochs=3)
    after.fit(classifier(lightning, "val_loss", "val_acc"), batches(), batches(), ckpt_path=tmp_path / "before.ckpt")
    with open_run(tmp_path / "run.h5") as run:
        assert run.iterations.tolist() == [4, 6, 8, 10, 12]
        assert run.epochs.tolist() == [1, 1.5, 2, 2.5, 3]
        saved = torch.load(tmp_path / "before.ckpt", weights_only=True)["state_dict"]
        assert np.array_equal(run.layer("net.0").weights(0), saved["net.0.weight"].numpy())
    for step, loss, _, own, _ in stored_and_recomputed(tmp_path / "run.h5"):
        assert loss == pytest.approx(own, rel=1e-5) if step in (8, 12) else np.isnan(loss)


def test_accuracies_in_percent_are_not_multiplied_and_slashes_are_read(lightning: Any, tmp_path: Path) -> None:
    import workbench as wb

    model = classifier(lightning)
    model.validation_step = lambda batch, batch_idx: model.log_dict({"val/acc": 95.0, "val/loss": 0.5})
    recorder = wb.LightningRecorder(tmp_path / "run.h5", snapshots="epoch", quiet=True)
    with pytest.warns(RecordingWarning) as said:
        trainer(lightning, tmp_path, recorder, max_epochs=2).fit(model, batches(), batches())
    texts = [str(each.message) for each in said if each.category is RecordingWarning]
    assert [text.partition("run.h5: ")[2] for text in texts] == [
        "validation_accuracy is 95, which is not a fraction: it is read as percent from here on."
    ]
    with open_run(tmp_path / "run.h5") as run:
        assert run.validation_accuracy[1:].tolist() == [95, 95]
        assert run.history("validation_loss")[1:].tolist() == [0.5, 0.5]


def test_what_averaged_weights_are_validated_with_is_not_recorded(lightning: Any, tmp_path: Path) -> None:
    import workbench as wb

    averaging = importlib.import_module("lightning.pytorch.callbacks").EMAWeightAveraging(decay=0.5)
    recorder = wb.LightningRecorder(tmp_path / "run.h5", snapshots="epoch", quiet=True)
    with pytest.warns(RecordingWarning, match="a callback validates with other weights"):
        trainer(lightning, tmp_path, recorder, averaging, max_epochs=2).fit(
            classifier(lightning, "val_loss", "val_acc"), batches(), batches()
        )
    with open_run(tmp_path / "run.h5") as run:
        assert np.isnan(run.validation_accuracy).all()


def test_gathered_batches_are_one_step(lightning: Any, tmp_path: Path) -> None:
    import workbench as wb

    recorder = wb.LightningRecorder(tmp_path / "run.h5", snapshots=1, quiet=True)
    gathering = trainer(lightning, tmp_path, recorder, max_epochs=1, accumulate_grad_batches=2)
    gathering.fit(classifier(lightning), batches())
    with open_run(tmp_path / "run.h5") as run:
        assert run.iterations.tolist() == [0, 1, 2]


def test_an_error_in_a_lightning_training_closes_the_run(lightning: Any, tmp_path: Path) -> None:
    import workbench as wb

    model = classifier(lightning)
    step = model.training_step

    def failing(batch: Any, batch_idx: int = 0) -> torch.Tensor:
        if len(model.seen) == 3:
            raise ArithmeticError("as the test wants it")
        return step(batch, batch_idx)

    model.training_step = failing
    recorder = wb.LightningRecorder(tmp_path / "run.h5", snapshots=2, quiet=True)
    with pytest.raises(ArithmeticError):
        trainer(lightning, tmp_path, recorder, max_epochs=2).fit(model, batches())
    with open_run(tmp_path / "run.h5") as run:
        assert (run.iterations.tolist(), run.finished) == ([0, 2], True)


@pytest.mark.parametrize(
    ("module", "needs"), [("lightning", "pip install lightning"), ("transformers", "pip install transformers")]
)
def test_a_library_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch, module: str, needs: str) -> None:
    theirs = ("lightning", "pytorch_lightning", "transformers")
    original = importlib.import_module

    def missing(name: str, *rest: Any) -> Any:
        if name.partition(".")[0] in theirs:
            raise ImportError(name)
        return original(name, *rest)

    monkeypatch.setattr(importlib, "import_module", missing)
    monkeypatch.delitem(sys.modules, f"workbench.recorders.{module}", raising=False)
    with pytest.raises(ImportError, match=needs):
        builtins.__import__(f"workbench.recorders.{module}")
    monkeypatch.delitem(sys.modules, f"workbench.recorders.{module}", raising=False)
