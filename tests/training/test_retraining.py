"""Pruning with retraining: what is removed stays removed, when it goes, and where the weights come from."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
import torch
from torch.nn import functional

from workbench.analysis.orders import joint_order, removal_order
from workbench.nets.architectures.building import build
from workbench.nets.datasets import load
from workbench.nets.initialisers import initialise
from workbench.nets.neighbours import removed_units
from workbench.nets.parts import epoch_order, normalise, split
from workbench.runs.run import Run, open_run
from workbench.runs.spec import DataSpec, IterativeSpec, NetSpec, OptimiserSpec, RunSpec, SpecError, SurgerySpec
from workbench.training.events import Snapshot, Started
from workbench.training.forecast import forecast
from workbench.training.loop.loop import train
from workbench.training.process.host import host
from workbench.training.surgery import removals, retraining

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Trained = Callable[..., tuple[Started, list[Snapshot]]]
    Recorded = Callable[[RunSpec, Path], Run]

ADAM = OptimiserSpec("adam", learning_rate=1e-2, weight_decay=1e-2)
MOMENTUM = OptimiserSpec("sgd", learning_rate=0.1, momentum=0.9, weight_decay=1e-2)


@pytest.fixture
def deep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, recorded: Recorded) -> Run:
    """A narrow VGG19 with batch norm, two steps on framed digits."""
    digits = load("digits")
    larger = (functional.pad(each, (12,) * 4) for each in (digits.train_images, digits.test_images))
    framed = replace(digits, **dict(zip(("train_images", "test_images"), larger, strict=True)))
    monkeypatch.setattr("workbench.training.preparation.load", lambda *_: framed)
    spec = RunSpec(
        NetSpec("vgg19bn", widths=(4,) * 16 + (6, 6)),
        DataSpec("digits", classes=(0, 1)),
        MOMENTUM,
        batch_size=32,
        iterations=2,
        device="cpu",
    )
    return recorded(spec, tmp_path / "deep.h5")


def zero_rows(parameters: dict[str, np.ndarray], *keys: str) -> list[int]:
    """The units whose rows are zero under every one of these keys."""
    zero = np.all([(parameters[key].reshape(len(parameters[key]), -1) == 0).all(1) for key in keys], axis=0)
    return np.flatnonzero(zero).tolist()


@pytest.mark.parametrize("optimiser", [MOMENTUM, ADAM, replace(ADAM, weight_decay=0.0)], ids=["sgd", "decay", "adam"])
def test_removed_units_stay_zero_and_the_others_learn(parent: Run, run_of: Trained, optimiser: OptimiserSpec) -> None:
    order = removal_order("max_mag", parent.layer("fc1").gram(-1))
    _, snapshots = run_of(retraining(parent, ["fc1"], fraction=0.5).changed(optimiser=optimiser, snapshots="every:3"))
    for snapshot in snapshots:
        assert zero_rows(snapshot.parameters, "fc1.weight", "fc1.bias") == sorted(order[:6].tolist())
        assert snapshot.activity["fc1"][order[:6]].max() == 0
    kept = np.sort(order[6:])
    assert np.array_equal(snapshots[0].parameters["fc1.weight"][kept], parent.layer("fc1").weights(-1)[kept])
    assert not np.array_equal(snapshots[-1].parameters["fc1.weight"][kept], parent.layer("fc1").weights(-1)[kept])


@pytest.mark.parametrize("optimiser", [MOMENTUM, ADAM], ids=["sgd", "adam"])
def test_in_batch_norm_nets_scale_and_shift_stay_zero_too(deep: Run, run_of: Trained, optimiser: OptimiserSpec) -> None:
    spec = retraining(deep, ["conv2", "fc1"], fraction=0.5, rule="fractions").changed(optimiser=optimiser, iterations=3)
    _, snapshots = run_of(spec.changed(epochs=None))
    for snapshot in snapshots:
        assert len(zero_rows(snapshot.parameters, "conv2.weight", "conv2.bias", "bn2.weight", "bn2.bias")) == 2
        assert len(zero_rows(snapshot.parameters, "fc1.weight", "fc1.bias")) == 3
        assert all(np.isfinite(values).all() for values in snapshot.parameters.values())


def test_the_pruned_network_computes_what_the_smaller_one_does(parent: Run, run_of: Trained) -> None:
    _, snapshots = run_of(retraining(parent, ["fc1"], units=((0, 3, 7),)).changed(epochs=1))
    data = load("digits")
    test = split(data, classes=(3, 5, 7), seed=4).test
    images = normalise(test.images, data.mean, data.std).flatten(1).double().numpy()
    there = [unit for unit in range(12) if unit not in (0, 3, 7)]
    for snapshot in snapshots:
        p = {key: value.astype(np.float64) for key, value in snapshot.parameters.items()}
        first = np.maximum(images @ p["fc1.weight"][there].T + p["fc1.bias"][there], 0)
        second = np.maximum(first @ p["fc2.weight"][:, there].T + p["fc2.bias"], 0)
        right = (second @ p["fc3.weight"].T + p["fc3.bias"]).argmax(1) == test.labels.numpy()
        assert snapshot.test_accuracy == pytest.approx(100 * right.mean())


def test_an_iterative_schedule_removes_a_ratio_of_what_is_left_each_time(parent: Run, run_of: Trained) -> None:
    plan = IterativeSpec(start=2, end=13, every=5, ratio=0.25)
    _, snapshots = run_of(retraining(parent, ["fc1"], iterative=plan).changed(snapshots="every:1", optimiser=MOMENTUM))
    gone = [zero_rows(each.parameters, "fc1.weight", "fc1.bias") for each in snapshots]
    assert [len(units) for units in gone] == [0] * 2 + [3] * 5 + [5] * 5 + [7] * 7  # 12, 9, 7, 5 units
    assert all(set(earlier) <= set(later) for earlier, later in pairwise(gone))


def test_an_iterative_schedule_ranks_the_weights_of_the_moment(parent: Run, run_of: Trained) -> None:
    plain = retraining(parent).changed(snapshots="every:1")
    _, untouched = run_of(plain)
    _, pruned = run_of(
        retraining(parent, ["fc1"], iterative=IterativeSpec(7, 7, 1, 0.5)).changed(snapshots=plain.snapshots)
    )
    weights = untouched[7].parameters["fc1.weight"].astype(np.float64)
    smallest = removal_order("max_mag", weights @ weights.T)[:6]
    assert zero_rows(pruned[7].parameters, "fc1.weight") == sorted(smallest.tolist())
    assert np.array_equal(pruned[6].parameters["fc1.weight"], untouched[6].parameters["fc1.weight"])


def test_rewinding_takes_the_early_weights_with_the_late_ranking(parent: Run, run_of: Trained) -> None:
    started, snapshots = run_of(retraining(parent, ["fc1"], snapshot=0, ranked_at=-1, fraction=0.25))
    surgery = started.spec.surgery
    assert surgery is not None
    assert (surgery.snapshot, surgery.ranked_at) == (0, 2)
    late = removal_order("max_mag", parent.layer("fc1").gram(2))[:3]
    early = removal_order("max_mag", parent.layer("fc1").gram(0))[:3]
    assert set(late) != set(early)
    expected = parent.layer("fc1").weights(0).copy()
    expected[late] = 0
    assert np.array_equal(snapshots[0].parameters["fc1.weight"], expected)
    assert np.array_equal(snapshots[0].parameters["fc2.weight"], parent.parameters(0)["fc2.weight"])


@pytest.mark.parametrize(("rule", "order"), [("ranked", "max_fp"), ("ranked", "nearest"), ("fractions", "max_fp")])
def test_several_layers_lose_units_by_the_joint_order(parent: Run, run_of: Trained, rule: str, order: str) -> None:
    _, snapshots = run_of(retraining(parent, ["fc1", "fc2"], fraction=1 / 3, rule=rule, order=order))
    grams = [parent.layer(name).gram(-1) for name in ("fc1", "fc2")]
    expected = joint_order(order, grams, rule=rule).removed(6)  # type: ignore[arg-type]
    for name, units in zip(("fc1", "fc2"), expected, strict=True):
        assert zero_rows(snapshots[-1].parameters, f"{name}.weight") == sorted(units.tolist())


def test_each_layer_keeps_at_least_one_unit(parent: Run, run_of: Trained) -> None:
    _, snapshots = run_of(retraining(parent, ["fc1", "fc2"], fraction=0.88).changed(epochs=1))  # 16 of 18
    assert [len(zero_rows(snapshots[-1].parameters, f"{name}.weight")) for name in ("fc1", "fc2")] == [11, 5]


def test_what_the_parent_had_removed_stays_and_is_not_counted_again(
    parent: Run, run_of: Trained, recorded: Recorded, tmp_path: Path
) -> None:
    once = recorded(retraining(parent, ["fc1"], fraction=0.5).changed(epochs=1), tmp_path / "once.h5")
    _, twice = run_of(retraining(once, ["fc1"], fraction=0.5).changed(optimiser=ADAM))
    before = zero_rows(once.parameters(-1), "fc1.weight")
    for snapshot in twice:
        gone = zero_rows(snapshot.parameters, "fc1.weight", "fc1.bias")
        assert (len(before), len(gone)) == (6, 9)
        assert set(before) < set(gone)
    _, onwards = run_of(retraining(once).changed(optimiser=ADAM))
    assert zero_rows(onwards[-1].parameters, "fc1.weight", "fc1.bias") == before
    others = tuple(unit for unit in range(12) if unit not in before)
    with pytest.raises(SpecError, match="no unit of fc1 would be left"):
        run_of(retraining(once, ["fc1"], units=(others,)))


def test_the_same_retraining_gives_the_same_run_also_in_another_process(
    parent: Run, run_of: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    spec = retraining(parent, ["fc1"], iterative=IterativeSpec(0, 9, 3, 0.2), order="random")
    started, first = run_of(spec)
    again, second = run_of(started.spec)
    assert again == started
    for one, other in zip(first, second, strict=True):
        assert all(value.tobytes() == other.parameters[key].tobytes() for key, value in one.parameters.items())
    for _ in host(spec, tmp_path / "hosted.h5"):
        pass
    with open_run(tmp_path / "hosted.h5") as run:
        assert run.spec == started.spec
        assert run.spec.parent == parent.run_id
        assert run.title.endswith("fc1 pruned by random")
        for key, value in run.parameters(-1).items():
            assert value == pytest.approx(first[-1].parameters[key], abs=1e-4)
        assert zero_rows(run.parameters(-1), "fc1.weight") == zero_rows(first[-1].parameters, "fc1.weight")


def test_without_surgery_a_run_is_the_plain_loop_bit_for_bit(tiny: RunSpec, run_of: Trained) -> None:
    _, snapshots = run_of(tiny.changed(optimiser=replace(tiny.optimiser, schedule="constant")))
    data = load("digits")
    train_part = split(data, classes=(3, 5, 7), seed=4).train
    net = build("lenet", (1, 8, 8), 3, (12, 6))
    initialise(net, "glorot_normal", 4)
    sgd = torch.optim.SGD(net.parameters(), 0.1, 0.9, weight_decay=1e-3, fused=True)
    for epoch in range(2):
        for chosen in torch.from_numpy(epoch_order(len(train_part), 4, epoch)).split(50):
            sgd.zero_grad()
            logits = net(normalise(train_part.images[chosen], data.mean, data.std))
            functional.cross_entropy(logits, train_part.labels[chosen]).backward()
            sgd.step()
    for key, value in net.state_dict().items():
        assert value.numpy().tobytes() == snapshots[-1].parameters[key].tobytes(), key


def test_a_retraining_that_removes_nothing_goes_on_from_the_parents_weights(parent: Run, run_of: Trained) -> None:
    started, snapshots = run_of(retraining(parent, snapshot=1))
    for key, value in parent.parameters(1).items():
        assert np.array_equal(value, snapshots[0].parameters[key])
    assert snapshots[0].test_accuracy == pytest.approx(parent.test_accuracy[1])
    assert started.title.endswith("trained on")


def test_a_pruned_digits_network_recovers_its_accuracy(tmp_path: Path, run_of: Trained, recorded: Recorded) -> None:
    spec = RunSpec(
        NetSpec("lenet", widths=(60, 30)), DataSpec("digits"), OptimiserSpec("sgd", 0.1, 0.9), epochs=4, device="cpu"
    )
    run = recorded(spec, tmp_path / "digits.h5")
    _, snapshots = run_of(retraining(run, ["fc1", "fc2"], fraction=0.7, rule="fractions"))
    assert snapshots[0].test_accuracy < run.test_accuracy[-1] - 10
    assert snapshots[-1].test_accuracy > run.test_accuracy[-1] - 4


def test_the_specification_survives_json_and_the_default_is_as_before() -> None:
    surgery = SurgerySpec(
        "a/b.h5", 3, None, ("fc1", "fc2"), "min_fp", iterative=IterativeSpec(0, 9, 3, 0.5), rule="fractions"
    )
    spec = RunSpec(NetSpec("lenet"), DataSpec("digits"), epochs=1, parent="id", surgery=surgery)
    assert RunSpec.from_json(spec.to_json()) == spec
    listed = spec.changed(surgery=SurgerySpec("a.h5", layers=("fc1",), units=((1, 2),)))
    assert RunSpec.from_json(listed.to_json()) == listed
    assert msgspec.json.decode(spec.changed(surgery=None).to_json())["surgery"] is None


def test_the_forecast_equals_what_the_retraining_announces(parent: Run) -> None:
    spec = retraining(parent, ["fc1"], fraction=0.5)
    started = next(train(spec))
    assert isinstance(started, Started)
    assert (forecast(spec).snapshots, forecast(spec).bytes) == (len(started.snapshots), started.bytes)


def test_asking_for_a_retraining_loads_no_torch(parent: Run) -> None:
    program = f"""
import sys
from workbench.runs.run import open_run
from workbench.training.command_line import command_line
from workbench.training.forecast import forecast
from workbench.training.surgery import retraining
spec = retraining(open_run({str(parent.path)!r}), ["fc1"], fraction=0.5)
forecast(spec), command_line(spec, "x.h5")
print("torch" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("False", "")


def test_counts_are_ratios_of_what_is_left() -> None:
    surgery = SurgerySpec("p.h5", layers=("fc1",), iterative=IterativeSpec(10, 50, 10, 0.5))
    assert removals(surgery, 100) == {10: 50, 20: 25, 30: 12, 40: 6, 50: 4}
    assert removals(replace(surgery, iterative=None, fraction=0.29), 100) == {0: 29}
    assert removals(replace(surgery, iterative=IterativeSpec(0, 10**12, 1, 0.1)), 20)  # ends when nothing more goes


def test_removed_units_are_those_without_any_parameter() -> None:
    net = build("vgg19bn", (3, 32, 32), 5, (4,) * 16 + (6, 6))
    with torch.no_grad():
        for parameter in (*net.conv2.parameters(), net.bn2.weight, net.bn2.bias):  # type: ignore[union-attr]
            parameter[[1, 3]] = 0
        net.bn2.weight[3] = 1  # type: ignore[index]  # its output is still zero, but it may learn again
    assert removed_units(net, "conv2").tolist() == [1]
    assert removed_units(net, "fc1").tolist() == []
