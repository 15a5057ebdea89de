"""Classifiers of torchvision are trained from freshly drawn weights, resumed and evaluated; others are refused."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from torch.nn.functional import pad

from workbench.evaluation.run_evaluators import evaluator
from workbench.experiments.files import disagreement
from workbench.nets import torchvision_loading
from workbench.nets.architectures import shapes
from workbench.nets.architectures.shapes import parameter_shapes
from workbench.nets.datasets import load
from workbench.nets.torchvision_loading import torchvision
from workbench.runs.place import Place
from workbench.runs.run import open_run
from workbench.runs.spec import DataSpec, NetSpec, OptimiserSpec, RunSpec, SpecError
from workbench.runs.verify import verify
from workbench.training.events import Snapshot
from workbench.training.forecast import Misfit, answers_at_once, forecast
from workbench.training.loop.loop import train
from workbench.training.preparation import prepare
from workbench.training.recording import record_run
from workbench.training.resuming import resume

if TYPE_CHECKING:
    from pathlib import Path

    from torch import nn

SMALL = "torchvision:shufflenet_v2_x0_5"
SPEC = RunSpec(
    NetSpec(SMALL), DataSpec("teacher_conv2", classes=(0, 1)), OptimiserSpec("adam", 1e-3), batch_size=16, iterations=2,
    snapshots="every:1", device="cpu", frozen=("conv1.0",),
)  # fmt: skip


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """torchvision's smallest ShuffleNet with few filters, and few images in colour: to be trained in a moment."""
    digits = load("digits")
    images = (pad(each[:300].expand(-1, 3, -1, -1), (12,) * 4) for each in (digits.train_images, digits.test_images))
    names = ("train_images", "test_images", "train_labels", "test_labels", "mean", "std")
    labels = (digits.train_labels[:300], digits.test_labels[:300])
    framed = replace(digits, **dict(zip(names, (*images, *labels, (0.3,) * 3, (0.4,) * 3), strict=True)))
    monkeypatch.setattr("workbench.training.preparation.load", lambda *_: framed)
    monkeypatch.setattr("workbench.nets.datasets.in_memory", lambda *_: framed)
    models = torchvision("models")

    def get_model(_name: str, weights: None, num_classes: int) -> nn.Module:
        made: nn.Module = models.ShuffleNetV2([1, 1, 1], [8, 8, 16, 16, 24], num_classes)
        return made

    known = SimpleNamespace(list_models=lambda module: [SMALL.partition(":")[2]], get_model=get_model)
    monkeypatch.setattr(torchvision_loading, "torchvision", lambda _part: known)
    monkeypatch.setattr(shapes, "_OF_TORCHVISION", {})


@pytest.mark.usefixtures("narrow")
def test_one_is_trained_frozen_resumed_and_evaluated(tmp_path: Path) -> None:
    whole, parts = tmp_path / "whole.h5", tmp_path / "parts.h5"
    for _ in record_run(whole, train(SPEC)):
        pass
    with closing(record_run(parts, train(SPEC))) as events:
        seen = 0
        while seen < 2:
            seen += isinstance(next(events), Snapshot)
    for _ in resume(parts):
        pass
    with open_run(whole) as one, open_run(parts) as other:
        assert not list(verify(one))
        assert answers_at_once(SPEC)
        assert forecast(SPEC).snapshots == one.snapshots == other.snapshots == 3
        assert (one.spec.net.name, one.spec.net.widths, one.spec.net.classes) == (SMALL, None, 2)
        assert disagreement(SPEC, one) is None
        for key, row in one.parameters(2).items():
            assert row.tobytes() == other.parameters(2)[key].tobytes(), key
        begun, ended = one.parameters(0), one.parameters(2)
        kept = {key for key, row in begun.items() if row.tobytes() == ended[key].tobytes()}
        assert kept == {"conv1.0.weight", "conv1.1.weight", "conv1.1.bias"}
        assert begun["conv1.0.weight"].std() == pytest.approx((2 / (3 * 9 + 8 * 9)) ** 0.5, rel=0.15)  # Glorot
        *_, measured = evaluator(Place(one, "conv5.0", 2)).ablations([])
        assert measured.accuracy == pytest.approx(one.test_accuracy[2])


@pytest.mark.parametrize(
    ("net", "data", "words"),
    [
        ("torchvision:resnet18", "mnist", "takes images of 3 channels; these have 1"),
        ("torchvision:alexnet", "cifar10", "cannot take images of 32×32 pixels"),
        ("torchvision:swin_t", "cifar10", "as transformers do"),
        ("torchvision:resnt18", "cifar10", "Did you mean resnet18"),
        ("torchvision:resnet-18", "cifar10", "Did you mean torchvision:resnet18"),
        ("resnet", "cifar10", "One of torchvision is written torchvision:NAME"),
    ],
)
def test_what_does_not_fit_is_said_before_anything_is_written(net: str, data: str, words: str) -> None:
    with pytest.raises(Misfit, match=words) as raised:
        forecast(SPEC.changed(net=NetSpec(net), data=DataSpec(data), frozen=()))
    assert raised.value.field == "net"


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        (SPEC.changed(net=NetSpec(SMALL, widths=(3, 4))), "has its own widths, not 3, 4"),
        (SPEC.changed(net=NetSpec(SMALL, bias=False)), "keeps its biases"),
        (SPEC.changed(initialiser="planted"), "units are planted in networks of the catalogue"),
    ],
)
def test_what_such_a_network_cannot_have_is_said(spec: RunSpec, words: str) -> None:
    with pytest.raises(SpecError, match=words):
        forecast(spec)


def test_auxiliary_heads_are_left_out() -> None:
    assert not [key for key in parameter_shapes("torchvision:googlenet", (3, 32, 32), 2) if key.startswith("aux")]


def test_a_last_batch_of_one_image_is_too_few_for_a_batch_norm(tiny: RunSpec) -> None:
    spec = tiny.changed(net=NetSpec("lenet_bn", widths=(12, 6)))
    images = prepare(tiny).parts.train.images
    with pytest.raises(SpecError, match="ends with a single one"):
        prepare(spec.changed(batch_size=len(images) - 1))
    prepare(spec.changed(batch_size=len(images) - 1, epochs=None, iterations=1))
