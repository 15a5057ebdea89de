"""A training that begins with another's initialisation, some layers of which are drawn again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from workbench.nets.architectures.building import build
from workbench.nets.initialisers import initialise, redraw
from workbench.runs.agreement import PARTS
from workbench.runs.spec import SpecError
from workbench.training.loop.loop import train
from workbench.training.resampling import resample
from workbench.training.surgery import retraining

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.runs.run import Run
    from workbench.training.events import Snapshot, Started

    Trained = Callable[..., tuple[Started, list[Snapshot]]]


def test_drawn_again_is_only_what_is_named_and_the_rest_trains_as_before(parent: Run, run_of: Trained) -> None:
    again = retraining(parent, snapshot=0)
    _, same = run_of(again)
    assert all(np.array_equal(same[-1].parameters[key], row) for key, row in parent.parameters(-1).items())
    started, snapshots = run_of(retraining(parent, snapshot=0, redrawn=("fc2", "fc3")))
    assert started.spec.surgery is not None
    assert started.spec.surgery.redraw_seed == parent.spec.seed + 1
    assert "fc2 and fc3 drawn again" in started.title
    net = build("lenet", parent.spec.net.image_shape, parent.layer("fc3").units, parent.spec.net.widths)
    initialise(net, parent.spec.initialiser, parent.spec.seed + 1)
    for key, row in snapshots[0].parameters.items():
        kept = key.startswith("fc1")
        expected = parent.parameters(0)[key] if kept else net.state_dict()[key].numpy()
        np.testing.assert_array_equal(row, expected)
    assert not np.array_equal(snapshots[-1].parameters["fc1.weight"], same[-1].parameters["fc1.weight"])
    with pytest.raises(SpecError, match="drawn again with it, layers are the same"):
        next(train(retraining(parent, snapshot=0, redrawn=("fc2",), redraw_seed=parent.spec.seed)))


def test_the_layers_behind_a_chosen_one_are_redrawn_and_the_order_of_batches_changes(
    parent: Run, run_of: Trained
) -> None:
    spec = resample(parent, "fc1")
    assert spec.surgery is not None
    assert (spec.surgery.redrawn, spec.surgery.snapshot, spec.order_seed) == (("fc2", "fc3"), 0, None)
    assert spec == retraining(parent, snapshot=0, redrawn=("fc2", "fc3"))
    started, snapshots = run_of(resample(parent, "", "changed"))
    facts, before = started.spec.facts, parent.spec.facts
    assert facts is not None
    assert before is not None
    assert facts.first_epoch_crc32 != before.first_epoch_crc32
    assert [facts.sha256(part) for part in PARTS] == [before.sha256(part) for part in PARTS]
    for key, row in snapshots[0].parameters.items():
        np.testing.assert_array_equal(row, parent.parameters(0)[key])
    assert not np.array_equal(snapshots[-1].parameters["fc1.weight"], parent.parameters(-1)["fc1.weight"])
    assert (short := resample(parent, "fc2", iterations=3)).iterations == 3
    assert short.epochs is None
    for after, order, said in (
        ("fc3", "kept", "no layer lies behind fc3"),
        ("fc9", "kept", "has no layer 'fc9'"),
        ("", "kept", "nothing would change"),
    ):
        with pytest.raises(SpecError, match=said):
            resample(parent, after, order)  # type: ignore[arg-type]


def test_a_batch_norm_is_drawn_again_with_its_layer() -> None:
    net = build("vgg19bn", (3, 32, 32), 5, (4,) * 16 + (6, 6))
    initialise(net, "glorot_normal", 1)
    with torch.no_grad():
        for norm in (net.bn1, net.bn2):
            norm.weight.fill_(3)  # type: ignore[union-attr, operator]
    before = {key: tensor.clone() for key, tensor in net.state_dict().items()}
    redraw(net, ["conv2"], "glorot_normal", 2)
    changed = {key for key, tensor in net.state_dict().items() if not torch.equal(tensor, before[key])}
    assert changed == {"conv2.weight", "bn2.weight"}
