"""The training loop: what it measures, when, and that it can be repeated exactly."""

from __future__ import annotations

import math
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from torch.nn import functional

from workbench.analysis import matrices
from workbench.nets.datasets import load
from workbench.nets.parts import epoch_order, normalise, split
from workbench.runs.layout import HISTORY_FIELDS, keeps_gram
from workbench.runs.spec import DataSpec, NetSpec, OptimiserSpec, RunSpec, SpecError
from workbench.training.events import Event, Progress, Snapshot, Started, TrainingError
from workbench.training.forecast import forecast
from workbench.training.loop import loop
from workbench.training.loop.loop import train
from workbench.training.loop.steps import Steps, augmented
from workbench.training.recipes import recipe

if TYPE_CHECKING:
    from collections.abc import Callable

    Trained = Callable[..., tuple[Started, list[Snapshot]]]

CONVOLUTIONAL = RunSpec(
    NetSpec("digits_conv", widths=(3, 4, 6, 5)),
    DataSpec("digits", classes=(0, 1)),
    OptimiserSpec("adam", learning_rate=1e-3),
    batch_size=64,
    iterations=3,
    device="cpu",
    snapshots="every:2",
)


def test_the_events_come_in_order_and_say_beforehand_what_will_be_kept(tiny: RunSpec, run_of: Trained) -> None:
    started, snapshots = run_of(tiny.changed(snapshots="log"))
    assert started.snapshots == tuple(each.iteration for each in snapshots) == (0, 1, 2, 4, 8, 9, 18)
    assert [each.index for each in snapshots] == list(range(7))
    assert [each.epoch for each in snapshots] == [each.iteration / 9 for each in snapshots]
    for each in snapshots:
        assert set(each.history) == set(HISTORY_FIELDS)
        found = {key: (value.shape, str(value.dtype)) for key, value in each.parameters.items()}
        assert found == started.parameters
        assert all(value.flags.c_contiguous for value in each.parameters.values())


def test_the_resolved_spec_holds_the_facts_and_makes_the_same_run(tiny: RunSpec, run_of: Trained) -> None:
    started, snapshots = run_of(tiny)
    spec, facts = started.spec, started.spec.facts
    assert facts is not None
    assert spec.net == NetSpec("lenet", (12, 6), True, (1, 8, 8), 3)
    assert (spec.iterations, spec.epochs, facts.iterations_per_epoch) == (18, 2.0, 9)
    assert (
        facts.activity_images == facts.validation_images == round(0.1 * (facts.train_images + facts.validation_images))
    )
    order = epoch_order(facts.train_images, 4, 0)
    assert facts.first_epoch_crc32 == zlib.crc32(order.astype("<i8").tobytes())
    again = run_of(spec)
    assert again[0] == started
    assert_same(again[1], snapshots)


def assert_same(one: list[Snapshot], other: list[Snapshot]) -> None:
    """Bit for bit, but for the seconds."""
    for first, second in zip(one, other, strict=True):
        for name in ("parameters", "spectrum", "gram", "activity"):
            left, right = getattr(first, name), getattr(second, name)
            assert left.keys() == right.keys()
            for key, value in left.items():
                assert value.tobytes() == right[key].tobytes()
        assert {**first.history, "seconds": 0.0} == {**second.history, "seconds": 0.0}
        assert first.test_accuracy_per_class == second.test_accuracy_per_class


@pytest.mark.parametrize(
    "change",
    [
        {},
        {
            "net": NetSpec("vgg11", widths=(4, 4, 4, 4, 4, 4, 4, 4, 8, 8)),
            "data": DataSpec("digits", classes=(0, 1)),
        },
        {"data": DataSpec("digits", classes=(0, 1), augment=True, label_noise=0.2)},
        {"precision": "bfloat16"},
    ],
    ids=["plain", "dropout", "augmentation and noise", "bfloat16"],
)
def test_the_same_spec_gives_the_same_run_bit_for_bit(
    change: dict[str, object], run_of: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = CONVOLUTIONAL.changed(**change)
    if "net" in change:  # five pools need 32 pixels: give the digits a frame
        framed(monkeypatch)
    _, first = run_of(spec)
    monkeypatch.setattr(loop, "PROGRESS_INTERVAL", 0.0)  # reading the sums back more often changes nothing
    torch.manual_seed(987)  # nor does the global generator
    _, second = run_of(spec)
    assert_same(first, second)
    _, other = run_of(spec.changed(seed=1))
    assert other[-1].parameters["fc1.weight"].tobytes() != first[-1].parameters["fc1.weight"].tobytes()


def test_a_device_without_units_for_bfloat16_trains_in_float32_and_says_so(
    run_of: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = CONVOLUTIONAL.changed(precision="bfloat16")
    monkeypatch.setattr("workbench.training.preparation.computes_bfloat16", lambda _where: False)
    started, stayed = run_of(wanted)
    assert started.spec.precision == "float32"
    assert "no units for bfloat16" in stayed[0].note
    _, plain = run_of(wanted.changed(precision="float32"))
    assert_same(stayed, plain)
    monkeypatch.setattr("workbench.training.preparation.computes_bfloat16", lambda _where: True)
    begun, narrow = run_of(wanted)
    assert (begun.spec.precision, narrow[0].note) == ("bfloat16", "")


def framed(monkeypatch: pytest.MonkeyPatch) -> None:
    digits = load("digits")
    train_images, test_images = (
        functional.pad(images, (12,) * 4) for images in (digits.train_images, digits.test_images)
    )
    larger = replace(digits, train_images=train_images, test_images=test_images)
    monkeypatch.setattr("workbench.training.preparation.load", lambda *_: larger)


def test_training_leaves_the_global_generator_alone(run_of: Trained, monkeypatch: pytest.MonkeyPatch) -> None:
    framed(monkeypatch)
    before = torch.random.get_rng_state()
    run_of(CONVOLUTIONAL.changed(net=NetSpec("vgg11", widths=(4,) * 8 + (8, 8))))
    assert torch.equal(torch.random.get_rng_state(), before)


@pytest.mark.parametrize(
    "spec", [CONVOLUTIONAL, recipe("digits-quick").changed(epochs=1, device="cpu", snapshots="epoch")]
)
def test_spectrum_gram_and_activity_belong_to_the_weights(spec: RunSpec, run_of: Trained) -> None:
    started, snapshots = run_of(spec)
    for snapshot in snapshots:
        for layer in started.layers:
            weights = snapshot.parameters[f"{layer.name}.weight"].reshape(layer.units, layer.inputs).astype(float)
            singular = np.linalg.svd(weights, compute_uv=False)
            assert snapshot.spectrum[layer.name] == pytest.approx(singular**2, rel=1e-9, abs=1e-12 * singular[0] ** 2)
            assert (layer.name in snapshot.gram) == keeps_gram(layer.units, layer.inputs)
            if layer.name in snapshot.gram:
                assert np.array_equal(snapshot.gram[layer.name], matrices.gram(weights))
            assert snapshot.activity[layer.name].shape == (layer.units,)


def test_activity_is_the_fraction_of_validation_images_above_zero(tiny: RunSpec, run_of: Trained) -> None:
    _, snapshots = run_of(tiny)
    data = load("digits")
    held_out = split(data, classes=(3, 5, 7), seed=tiny.seed).validation
    images = normalise(held_out.images, data.mean, data.std).flatten(1).numpy()
    fc1 = snapshots[-1].parameters
    expected = (images @ fc1["fc1.weight"].T + fc1["fc1.bias"] > 0).mean(0)
    assert snapshots[-1].activity["fc1"] == pytest.approx(expected, abs=1e-6)


def test_accuracy_per_class_adds_up_to_the_accuracy(tiny: RunSpec, run_of: Trained) -> None:
    _, snapshots = run_of(tiny)
    labels = split(load("digits"), classes=(3, 5, 7)).test.labels
    counts = torch.bincount(labels).numpy()
    mean = (np.array(snapshots[-1].test_accuracy_per_class) * counts).sum() / counts.sum()
    assert mean == pytest.approx(snapshots[-1].test_accuracy)


def test_without_validation_images_its_curves_are_nan_and_training_images_show_activity(
    tiny: RunSpec, run_of: Trained
) -> None:
    started, snapshots = run_of(tiny.changed(data=replace(tiny.data, validation=0.0), epochs=1))
    assert started.spec.facts is not None
    assert started.spec.facts.activity_images == started.spec.facts.train_images
    assert math.isnan(snapshots[-1].validation_accuracy)
    assert math.isnan(snapshots[-1].history["validation_loss"])


def test_real_digits_are_learned_in_a_few_epochs(run_of: Trained) -> None:
    _, snapshots = run_of(recipe("digits-quick").changed(device="cpu"))
    assert snapshots[0].test_accuracy < 30
    assert snapshots[-1].test_accuracy > 90


def test_progress_comes_several_times_a_second_and_foresees_the_end(long: RunSpec) -> None:
    seen = []
    events = train(long)
    for event in events:
        seen += [event] if isinstance(event, Progress) else []
        if len(seen) == 5:
            break
    events.close()
    gaps = np.diff([each.seconds for each in seen])
    assert gaps.max() < 1.0  # 0.1 on a quiet machine
    assert seen[-1].remaining > seen[-1].seconds
    assert 0 < seen[-1].accuracy <= 100


def test_a_training_stops_at_the_next_step_when_asked(long: RunSpec) -> None:
    seen: list[Event] = []
    events = train(long, should_stop=lambda: any(isinstance(each, Progress) for each in seen))
    seen.extend(events)
    *_, progress, last = seen
    assert isinstance(progress, Progress)
    assert isinstance(last, Snapshot)
    assert (last.index, last.iteration) == (1, progress.iteration)
    assert seen[-1].iteration < 10_000_000


def test_a_diverged_training_goes_on_and_says_so(tiny: RunSpec, run_of: Trained) -> None:
    wild = replace(tiny.optimiser, learning_rate=1e20, schedule="constant")
    _, snapshots = run_of(tiny.changed(optimiser=wild))
    assert snapshots[0].note == ""
    assert "not a finite number since iteration" in snapshots[-1].note
    assert np.isnan(snapshots[-1].spectrum["fc1"]).all()
    assert len(snapshots) == 3


def test_lack_of_memory_becomes_a_clear_error(tiny: RunSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    def forward(*_: object) -> None:
        raise RuntimeError("[enforce fail at alloc_cpu.cpp:117] DefaultCPUAllocator: can't allocate memory")

    monkeypatch.setattr(Steps, "_forward", forward)
    with pytest.raises(TrainingError, match="ran out of memory with batches of 50: choose a smaller batch") as caught:
        list(train(tiny))
    assert "alloc_cpu" in caught.value.details


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"batch_size": 0}, "the batch size is at least 1, not 0"),
        ({"seed": -1}, "the seed is a whole number from 0"),
        ({"epochs": None}, "given in epochs or in iterations"),
        ({"iterations": 99}, "2 epochs are 18 iterations of batch 50, not 99"),
        ({"iterations": 0, "epochs": None}, "at least 1 iteration"),
        ({"snapshots": "often"}, "the snapshot schedule 'often' is not known"),
        ({"device": "abacus"}, "there is no device 'abacus' here; choose one of auto,.*cpu"),
        ({"device": "meta"}, "there is no device 'meta' here"),
        ({"initialiser": "glorot"}, "glorot_normal"),
        ({"net": NetSpec("lenett")}, "lenet"),
        ({"net": NetSpec("lenet", classes=7)}, "a number of classes of 7, but the data have 3"),
        ({"net": NetSpec("lenet", image_shape=(1, 28, 28))}, "images of shape"),
        ({"data": DataSpec("digit")}, "digits"),
        ({"optimiser": OptimiserSpec("adam", momentum=0.9)}, "only sgd takes a momentum"),
        ({"optimiser": OptimiserSpec(learning_rate=math.nan)}, "the learning rate is above 0"),
    ],
)
def test_a_spec_that_makes_no_sense_is_refused_in_one_sentence(
    tiny: RunSpec, change: dict[str, object], said: str
) -> None:
    with pytest.raises(ValueError, match=said) as caught:
        next(train(tiny.changed(**change)))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["digits-quick", "digits-conv"])
def test_the_forecast_equals_what_the_training_announces(name: str) -> None:
    spec = recipe(name).changed(device="cpu")
    started = next(train(spec))
    assert isinstance(started, Started)
    foreseen = forecast(spec)
    assert foreseen.bytes == started.bytes
    assert foreseen.snapshots == len(started.snapshots)
    assert foreseen.iterations == started.snapshots[-1]


def test_a_forecast_names_what_is_wrong() -> None:
    with pytest.raises(SpecError, match="only sgd takes a momentum"):
        forecast(recipe("digits-quick").changed(optimiser=OptimiserSpec("adam", momentum=0.5)))


def test_an_augmented_image_is_a_window_of_the_padded_one_possibly_mirrored() -> None:
    images = torch.arange(1, 2 * 8 * 8 + 1, dtype=torch.uint8).reshape(2, 1, 8, 8)
    changed = augmented(images, 0, 3)
    assert changed.dtype == torch.uint8
    for image, crop in zip(images.numpy(), changed.numpy(), strict=True):
        padded = np.pad(image[0], 4)
        windows = [padded[y : y + 8, x : x + 8] for y in range(9) for x in range(9)]
        assert any(np.array_equal(crop[0], view) for each in windows for view in (each, each[:, ::-1]))
    assert torch.equal(changed, augmented(images, 0, 3))
    assert not torch.equal(changed, augmented(images, 0, 4))
