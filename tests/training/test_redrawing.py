"""A training that begins with another's initialisation, some layers of which are drawn again."""

from __future__ import annotations

import itertools
import shlex
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from workbench.cli.commands.training import specification
from workbench.cli.dispatching import parser_of
from workbench.nets.architectures.building import build
from workbench.nets.initialisers import freeze, initialise, permute_inputs, redraw
from workbench.runs.agreement import PARTS
from workbench.runs.run import open_run
from workbench.runs.spec import OptimiserSpec, SpecError
from workbench.training.command_line import command_line
from workbench.training.events import Snapshot
from workbench.training.forecast import forecast
from workbench.training.loop.loop import train
from workbench.training.recording import record_run
from workbench.training.resampling import resample
from workbench.training.resuming import resume
from workbench.training.surgery import retraining

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from workbench.runs.run import Run
    from workbench.runs.spec import RunSpec
    from workbench.training.events import Started

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


def test_a_permuted_suffix_has_its_own_weights_and_reads_units_in_another_order(parent: Run, run_of: Trained) -> None:
    spec = resample(parent, "fc1", suffix="permuted")
    assert spec.surgery is not None
    assert (spec.surgery.permuted, spec.surgery.redrawn) == (("fc2",), ())
    started, snapshots = run_of(spec)
    assert "inputs of fc2 permuted" in started.title
    before, after = parent.parameters(0), snapshots[0].parameters
    assert {key for key, row in after.items() if not np.array_equal(row, before[key])} == {"fc2.weight"}
    first, second = before["fc2.weight"].T, after["fc2.weight"].T
    source = [int(np.flatnonzero((first == column).all(1))[0]) for column in second]
    assert sorted(source) == list(range(12))
    assert all(at != unit for at, unit in enumerate(source))


def test_behind_a_convolution_whole_channels_change_places() -> None:
    net = build("digits_conv", widths=(3, 4, 5, 5))
    initialise(net, "glorot_normal", 0)
    before = {key: tensor.clone() for key, tensor in net.state_dict().items()}
    permute_inputs(net, ["conv2", "fc1"], 1)
    for key, units in (("conv2.weight", 3), ("fc1.weight", 4)):
        first, second = (state[key].reshape(len(before[key]), units, -1) for state in (before, net.state_dict()))
        same = [[torch.equal(first[:, one], second[:, two]) for one in range(units)] for two in range(units)]
        assert np.array(same).sum(0).tolist() == np.array(same).sum(1).tolist() == [1] * units
        assert not any(same[unit][unit] for unit in range(units))
    with pytest.raises(ValueError, match="is no layer behind another one"):
        permute_inputs(net, ["conv1"], 1)


@pytest.mark.parametrize("optimiser", ["sgd", "adam"])
def test_a_frozen_suffix_keeps_its_weights_also_when_resumed(
    parent: Run, run_of: Trained, tmp_path: Path, optimiser: str
) -> None:
    decaying = OptimiserSpec(optimiser, 0.05, weight_decay=0.1)
    spec = resample(parent, "fc1", suffix="kept", frozen=True).changed(optimiser=decaying, snapshots="every:6")
    assert spec.frozen == ("fc2", "fc3")
    started, snapshots = run_of(spec)
    assert started.title.endswith("trained on, fc2 and fc3 frozen")
    for key, row in snapshots[-1].parameters.items():
        assert np.array_equal(row, snapshots[0].parameters[key]) == key.startswith(("fc2", "fc3"))
    path = tmp_path / "frozen.h5"
    stopped = record_run(path, train(spec))
    list(itertools.islice((event for event in stopped if isinstance(event, Snapshot)), 2))
    stopped.close()
    for _ in resume(path):
        pass
    with open_run(path) as run:
        assert run.spec.frozen == ("fc2", "fc3")
        for key, row in run.parameters(-1).items():
            np.testing.assert_array_equal(row, snapshots[-1].parameters[key])


def test_what_cannot_be_frozen_or_permuted_is_refused(parent: Run, tiny: RunSpec) -> None:
    everything = ("fc1", "fc2", "fc3")
    for spec, said in (
        (tiny.changed(frozen=("fc9",)), "no layer 'fc9' to freeze; there are fc1, fc2, fc3"),
        (tiny.changed(frozen=everything), "nothing is left to train"),
        (retraining(parent, snapshot=0, permuted=("fc1",)), "no layer 'fc1' whose inputs can be permuted"),
        (retraining(parent, snapshot=0, permuted=("fc2",), redrawn=("fc2",)), "fc2 is drawn again"),
    ):
        for attempt in (forecast, lambda asked: next(train(asked))):
            with pytest.raises(SpecError, match=said):
                attempt(spec)
    with pytest.raises(SpecError, match="redrawn, permuted, kept, not 'gone'"):
        resample(parent, "fc1", suffix="gone")  # type: ignore[arg-type]
    with pytest.raises(SpecError, match="nothing would change"):
        resample(parent, "fc1", suffix="kept")


def test_the_command_says_what_is_frozen_and_permuted(parent: Run, tmp_path: Path) -> None:
    spec = resample(parent, "fc1", suffix="permuted", frozen=True)
    options = parser_of("train").parse_args(shlex.split(command_line(spec, tmp_path / "new.h5"))[2:])
    again = specification(options, ())
    assert (again.frozen, again.surgery) == (spec.frozen, spec.surgery)


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


def test_a_batch_norm_is_frozen_with_its_layer() -> None:
    net = build("vgg19bn", (3, 32, 32), 5, (4,) * 16 + (6, 6))
    freeze(net, ["conv2", "fc3"])
    frozen = {name for name, parameter in net.named_parameters() if not parameter.requires_grad}
    assert frozen == {"conv2.weight", "conv2.bias", "bn2.weight", "bn2.bias", "fc3.weight", "fc3.bias"}
