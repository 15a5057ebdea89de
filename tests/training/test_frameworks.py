"""Trainings of Lightning and of transformers, recorded for real where these libraries are installed."""

from __future__ import annotations

import builtins
import importlib
import sys
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset, TensorDataset

from workbench.nets.torchvision_loading import torchvision
from workbench.runs.run import open_run
from workbench.runs.verify import verify

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WHY = "an optional test group: pip install '.[frameworks]'"


@pytest.fixture(autouse=True)
def their_own_warnings() -> Iterator[None]:
    """What the frameworks warn about is theirs; they import torchvision, whichever build of torch it was made for."""
    torchvision("models")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@pytest.fixture
def lightning(their_own_warnings: None) -> Any:
    return pytest.importorskip("lightning.pytorch", reason=WHY)


@pytest.fixture
def transformers(their_own_warnings: None) -> Any:
    pytest.importorskip("accelerate", reason=WHY)
    return pytest.importorskip("transformers", reason=WHY)


def trainer(lightning: Any, folder: Path, *callbacks: Any, **options: Any) -> Any:
    return lightning.Trainer(
        accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False,
        enable_model_summary=False, default_root_dir=folder, callbacks=list(callbacks), **options,
    )  # fmt: skip


def classifier(lightning: Any) -> Any:
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
            self.log("val_acc", (self.net(inputs).argmax(1) == labels).float().mean())

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


class Tokens(Dataset):  # type: ignore[type-arg]
    def __len__(self) -> int:
        return 16

    def __getitem__(self, index: int) -> dict[str, torch.Tensor]:
        tokens = (torch.arange(8) * (index + 1)) % 50
        return {"input_ids": tokens, "labels": tokens}


@pytest.mark.parametrize("kind", ["gpt2", "bert"])
def test_a_transformers_training_is_recorded(transformers: Any, tmp_path: Path, kind: str) -> None:
    import workbench as wb

    torch.manual_seed(0)
    if kind == "gpt2":
        small = {"n_embd": 12, "n_layer": 1, "n_head": 2, "n_positions": 8, "vocab_size": 50}
        model = transformers.GPT2LMHeadModel(transformers.GPT2Config(**small))
    else:
        small = {"hidden_size": 12, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 20}
        model = transformers.BertForMaskedLM(transformers.BertConfig(**small, vocab_size=50))
    arguments = transformers.TrainingArguments(
        output_dir=str(tmp_path / "out"), num_train_epochs=2, per_device_train_batch_size=4, report_to=[],
        logging_steps=1, save_strategy="no", eval_strategy="epoch", use_cpu=True, disable_tqdm=True,
    )  # fmt: skip
    trainer = transformers.Trainer(model=model, args=arguments, train_dataset=Tokens(), eval_dataset=Tokens())
    trainer.add_callback(wb.TransformersRecorder(tmp_path / "run.h5", snapshots=2, quiet=True))
    trainer.train()
    with open_run(tmp_path / "run.h5") as run:
        assert (run.iterations.tolist(), run.finished) == ([0, 2, 4, 6, 8], True)
        stored, final = run.parameters(-1), model.state_dict()
        assert list(stored) == list(final)
        assert all(np.array_equal(stored[key], final[key].numpy()) for key in final)
        if kind == "gpt2":
            fused = final["transformer.h.0.attn.c_attn.weight"].numpy()
            assert np.array_equal(run.layer("transformer.h.0.attn.c_attn.k").weights(), fused[:, 12:24].T)
            assert run.layer("transformer.h.0.mlp.c_fc").weights().shape == (48, 12)
        else:
            query = run.layer("bert.encoder.layer.0.attention.self.query")
            assert (query.units, query.inputs) == (12, 12)
        assert np.isfinite(run.train_loss[1:]).all()
        assert np.isfinite(run.history("validation_loss")[-1])
        assert not list(verify(run))


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
    monkeypatch.delitem(sys.modules, f"workbench.training.{module}", raising=False)
    with pytest.raises(ImportError, match=needs):
        builtins.__import__(f"workbench.training.{module}")
    monkeypatch.delitem(sys.modules, f"workbench.training.{module}", raising=False)
