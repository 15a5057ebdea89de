"""Trainings of transformers' Trainer, recorded for real where that is installed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import Dataset

from workbench.runs.run import open_run
from workbench.runs.verify import verify

if TYPE_CHECKING:
    from pathlib import Path


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
    ("arguments", "measured"),
    [
        ({"eval_strategy": "epoch"}, [4, 8]),
        ({"eval_strategy": "steps", "eval_steps": 3}, [3, 6, 8]),
        ({"eval_strategy": "steps", "eval_steps": 1, "gradient_accumulation_steps": 2}, [1, 2, 3, 4]),
        ({"eval_strategy": "no"}, []),
        ({"eval_strategy": "steps", "eval_steps": 3, "eval_on_start": True}, [0, 3, 6, 8]),
        ({"eval_strategy": "steps", "eval_steps": 2, "save_strategy": "steps", "save_steps": 2,
          "load_best_model_at_end": True, "metric_for_best_model": "eval_loss", "greater_is_better": True}, [2, 4]),
    ],
    ids=str,
)  # fmt: skip
def test_what_transformers_evaluates_is_stored_with_the_weights_it_is_of(
    transformers: Any, tmp_path: Path, arguments: dict, measured: list[int]
) -> None:
    import workbench as wb

    torch.manual_seed(0)
    model = Guesser()
    settings = transformers.TrainingArguments(**{
        "output_dir": str(tmp_path / "out"), "num_train_epochs": 2, "per_device_train_batch_size": 4, "report_to": [],
        "save_strategy": "no", "logging_steps": 2, "use_cpu": True, "disable_tqdm": True, "learning_rate": 0.1,
        **arguments,
    })  # fmt: skip
    apart = 2 if "load_best_model_at_end" in arguments else 1
    callbacks = [wb.TransformersRecorder(tmp_path / "run.h5", snapshots=apart, quiet=True)]
    seen: dict[int, torch.Tensor] = {}

    class After(transformers.TrainerCallback):
        def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            seen[state.global_step] = model.net.weight.detach().clone()
            if args.load_best_model_at_end and state.global_step == 5:
                control.should_training_stop = True

    trainer = transformers.Trainer(
        model=model, args=settings, train_dataset=Tokens(), eval_dataset=Tokens(), callbacks=[*callbacks, After()]
    )
    trainer.train()
    everything = [Tokens()[index] for index in range(16)]
    with open_run(tmp_path / "run.h5") as run:
        loss = run.history("validation_loss")
        assert run.iterations[np.isfinite(loss)].tolist() == measured
        for snapshot, step in enumerate(run.iterations):
            weights = run.layer("net").weights(snapshot)
            if step:
                assert np.array_equal(weights, seen[int(step)].numpy())
            if np.isfinite(loss[snapshot]):
                with torch.no_grad():
                    model.net.weight.copy_(torch.from_numpy(np.array(weights)))
                    model.net.bias.copy_(torch.from_numpy(np.array(run.parameters(snapshot)["net.bias"])))
                    batch = {key: torch.stack([each[key] for each in everything]) for key in everything[0]}
                    assert loss[snapshot] == pytest.approx(model(**batch)["loss"].item(), rel=1e-5)


class Guesser(nn.Module):
    """A network that says something of tokens."""

    def __init__(self) -> None:
        super().__init__()
        self.net = nn.Linear(8, 50)

    def forward(self, input_ids: torch.Tensor, labels: torch.Tensor) -> dict[str, torch.Tensor]:
        outputs = self.net(input_ids / 50)
        return {"loss": nn.functional.cross_entropy(outputs, labels[:, 1]), "logits": outputs}


def test_a_resumed_transformers_training_counts_on(transformers: Any, tmp_path: Path) -> None:
    import workbench as wb

    def trained(epochs: int, *recorders: Any) -> Any:
        torch.manual_seed(0)
        settings = transformers.TrainingArguments(
            output_dir=str(tmp_path / "out"), num_train_epochs=epochs, per_device_train_batch_size=4, report_to=[],
            save_strategy="epoch", use_cpu=True, disable_tqdm=True,
        )  # fmt: skip
        return transformers.Trainer(
            model=Guesser(), args=settings, train_dataset=Tokens(), eval_dataset=Tokens(), callbacks=list(recorders)
        )

    trained(1).train()
    resumed = trained(3, wb.TransformersRecorder(tmp_path / "run.h5", snapshots=4, quiet=True))
    resumed.train(resume_from_checkpoint=True)
    with open_run(tmp_path / "run.h5") as run:
        assert (run.iterations.tolist(), run.epochs.tolist()) == ([4, 8, 12], [1, 2, 3])
        assert not run.spec.holds_initialisation
