"""Train, validation and test parts, and the order of an epoch."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.nets.datasets import ImageData, load
from workbench.nets.parts import epoch_order, normalise, split


def numbered(train: int, test: int = 6, classes: int = 4) -> ImageData:
    """Images whose four pixels spell their own index, labels that go round."""

    def part(count: int) -> tuple[torch.Tensor, torch.Tensor]:
        index = torch.arange(count)
        pixels = torch.stack([index // 256, index % 256, index * 0, index * 0], dim=1)
        return pixels.to(torch.uint8).reshape(count, 1, 2, 2), index % classes

    names = tuple(f"class {number}" for number in range(classes))
    return ImageData("numbered", *part(train), *part(test), mean=(0.0,), std=(1.0,), classes=names, citation="")


def indices(images: torch.Tensor) -> list[int]:
    return (images[:, 0, 0, 0].long() * 256 + images[:, 0, 0, 1].long()).tolist()


@settings(deadline=None)
@given(st.integers(1, 600), st.floats(0, 0.99), st.integers(0, 2**32 - 1), st.floats(0, 1))
def test_the_parts_are_disjoint_complete_and_in_natural_order(
    count: int, fraction: float, seed: int, noise: float
) -> None:
    held_out = round(fraction * count)
    if held_out == count:
        with pytest.raises(ValueError, match="No image of numbered is left to train on"):
            split(numbered(count), validation=fraction, seed=seed)
        return
    parts = split(numbered(count), validation=fraction, label_noise=noise, seed=seed)
    train, kept = indices(parts.train.images), indices(parts.validation.images)
    assert len(kept) == held_out == len(parts.validation)
    assert sorted(train + kept) == list(range(count))
    assert train == sorted(train)
    assert kept == sorted(kept)
    assert parts.validation.labels.tolist() == [index % 4 for index in kept]
    assert indices(parts.test.images) == list(range(6))


def test_held_out_images_are_the_first_of_the_stated_permutation() -> None:
    generator = np.random.Generator(np.random.PCG64(np.random.SeedSequence((5, 1))))
    expected = sorted(generator.permutation(200)[:20].tolist())
    assert indices(split(numbered(200), seed=5).validation.images) == expected


def test_another_seed_holds_out_other_images_and_the_same_seed_the_same() -> None:
    chosen = [indices(split(numbered(300), seed=seed).validation.images) for seed in (0, 0, 1)]
    assert chosen[0] == chosen[1] != chosen[2]


def test_label_noise_does_not_move_the_held_out_images() -> None:
    clean, noisy = (split(numbered(300), label_noise=noise) for noise in (0.0, 1.0))
    assert indices(clean.validation.images) == indices(noisy.validation.images)


def test_a_class_subset_is_renumbered_in_the_order_given() -> None:
    parts = split(load("digits"), classes=(7, 3, 5), validation=0.2)
    data = load("digits")
    for part in (parts.train, parts.validation, parts.test):
        assert set(part.labels.tolist()) == {0, 1, 2}
    for new, old in enumerate((7, 3, 5)):
        assert torch.equal(parts.test.images[parts.test.labels == new], data.test_images[data.test_labels == old])
        kept = int((parts.train.labels == new).sum() + (parts.validation.labels == new).sum())
        assert kept == int((data.train_labels == old).sum())


def test_label_noise_redraws_the_stated_fraction_of_training_labels_only() -> None:
    data = numbered(40_000)
    clean, noisy = split(data, seed=2), split(data, label_noise=0.4, seed=2)
    changed = (clean.train.labels != noisy.train.labels).float().mean().item()
    # a redrawn label keeps its value with probability 1/4: three tenths change, within five standard errors
    assert changed == pytest.approx(0.4 * 3 / 4, abs=5 * (0.3 * 0.7 / 36_000) ** 0.5)
    assert torch.equal(clean.validation.labels, noisy.validation.labels)
    assert torch.equal(clean.test.labels, noisy.test.labels)
    assert torch.equal(data.train_labels, torch.arange(40_000) % 4)


def test_full_label_noise_makes_labels_independent_of_the_images() -> None:
    data = numbered(36_000)
    labels = split(data, label_noise=1.0, validation=0.0).train.labels
    agreement = (labels == data.train_labels).float().mean().item()
    assert agreement == pytest.approx(0.25, abs=5 * (0.25 * 0.75 / 36_000) ** 0.5)


def test_noise_in_a_class_subset_stays_within_the_subset() -> None:
    labels = split(numbered(1_000), classes=(1, 3), label_noise=1.0).train.labels
    assert set(labels.tolist()) == {0, 1}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"classes": (0, 4)}, r"has the classes 0 to 3; \[0, 4\]"),
        ({"classes": (-1,)}, "classes 0 to 3"),
        ({"classes": ()}, "classes 0 to 3"),
        ({"classes": (1, 1)}, "named once"),
        ({"label_noise": 1.5}, "from 0 to 1, not 1.5"),
        ({"validation": 1.0}, "below 1, not 1.0"),
        ({"validation": float("nan")}, "not nan"),
    ],
)
def test_impossible_parts_are_refused_with_a_reason(options: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        split(numbered(20), **options)  # type: ignore[arg-type]


def test_parts_move_to_a_device_together() -> None:
    moved = split(numbered(20)).train.to("meta")
    assert moved.images.device.type == moved.labels.device.type == "meta"


@settings(deadline=None)
@given(st.integers(0, 500), st.integers(0, 2**63 - 1), st.integers(0, 1_000))
def test_an_epochs_order_is_the_stated_permutation(n: int, seed: int, epoch: int) -> None:
    order = epoch_order(n, seed, epoch)
    assert order.dtype == np.int64
    expected = np.random.Generator(np.random.PCG64(np.random.SeedSequence((seed, 0, epoch)))).permutation(n)
    np.testing.assert_array_equal(order, expected)
    np.testing.assert_array_equal(np.sort(order), np.arange(n))


def test_epochs_and_seeds_have_orders_of_their_own() -> None:
    orders = {tuple(epoch_order(50, seed, epoch)) for seed in range(4) for epoch in range(4)}
    assert len(orders) == 16


def test_without_shuffling_every_epoch_is_in_the_datas_order() -> None:
    order = epoch_order(9, 3, 2, shuffle=False)
    assert order.dtype == np.int64
    assert order.tolist() == list(range(9))


def test_normalised_images_have_each_channels_mean_and_std_taken_out() -> None:
    images = torch.randint(0, 256, (5, 3, 4, 4), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    mean, std = (10.0, 20.0, 30.0), (2.0, 4.0, 8.0)
    result = normalise(images, mean, std)
    assert result.dtype == torch.float32
    for channel in range(3):
        expected = (images[:, channel].numpy().astype(np.float64) - mean[channel]) / std[channel]
        np.testing.assert_allclose(result[:, channel].numpy(), expected, rtol=1e-6)


def test_normalised_digits_have_mean_0_and_variance_1() -> None:
    data = load("digits")
    result = normalise(data.train_images, data.mean, data.std)
    assert result.mean().item() == pytest.approx(0, abs=1e-3)
    assert result.var().item() == pytest.approx(1, abs=1e-3)
