"""Data sets by name: the bundled digits, messages for missing data, and the real files where they are."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from workbench.nets import datasets
from workbench.nets.architectures.catalogue import DATA_SETS, data_set
from workbench.nets.datasets import DataMissing, ImageData, load
from workbench.nets.files.data_files import stored
from workbench.nets.torchvision_loading import torchvision
from workbench.resource import resource

if TYPE_CHECKING:
    from pathlib import Path


def assert_as_described(data: ImageData) -> None:
    facts = DATA_SETS[data.name]
    assert data.train_images.shape == (facts.train_images, *facts.image_shape)
    assert data.test_images.shape == (facts.test_images, *facts.image_shape)
    assert data.train_labels.shape == (facts.train_images,)
    assert data.test_labels.shape == (facts.test_images,)
    for images, labels in ((data.train_images, data.train_labels), (data.test_images, data.test_labels)):
        assert (images.dtype, labels.dtype) == (torch.uint8, torch.int64)
        assert images.is_contiguous()
        assert int(images.max()) == facts.highest
        assert set(labels.tolist()) == set(range(facts.classes))
    assert len(data.classes) == facts.classes
    assert len(data.mean) == len(data.std) == facts.image_shape[0]


def assert_normalised_by_the_pixels_of_its_training_part(data: ImageData) -> None:
    pixels = data.train_images.double()
    highest = DATA_SETS[data.name].highest
    assert data.mean == pytest.approx(pixels.mean((0, 2, 3)).tolist(), abs=1e-4 * highest)
    assert data.std == pytest.approx(pixels.std((0, 2, 3)).tolist(), abs=1e-4 * highest)


def test_the_bundled_digits_are_whole_and_in_their_scale() -> None:
    data = load("Digits")
    assert_as_described(data)
    assert_normalised_by_the_pixels_of_its_training_part(data)
    assert data.classes == tuple("0123456789")
    assert "10.24432/C50P49" in data.citation


def test_the_digits_keep_their_published_counts_over_both_parts() -> None:
    data = load("digits")
    counts = torch.bincount(torch.cat([data.train_labels, data.test_labels])).tolist()
    assert counts == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]  # UCI's description of the test file


def test_the_last_360_digits_of_a_fixed_permutation_are_the_test_part() -> None:
    with np.load(resource("digits/digits.npz"), allow_pickle=False) as archive:
        order = np.random.Generator(np.random.PCG64(0)).permutation(1_797)
        np.testing.assert_array_equal(load("digits").test_images[:, 0].numpy(), archive["images"][order[-360:]])
        np.testing.assert_array_equal(load("digits").test_labels.numpy(), archive["labels"][order[-360:]])


def test_the_digits_resource_names_its_licence_and_source() -> None:
    text = resource("digits/README.md").read_text(encoding="utf-8")
    assert "CC BY 4.0" in text
    assert "10.24432/C50P49" in text


@pytest.mark.parametrize("name", [name for name, facts in DATA_SETS.items() if facts.torchvision_class])
def test_data_that_are_not_in_the_folder_say_what_to_type(name: str, tmp_path: Path) -> None:
    with pytest.raises(DataMissing) as caught:
        load(name, root=tmp_path)
    message = str(caught.value)
    for part in (DATA_SETS[name].title, str(tmp_path), "--data-root FOLDER", "WORKBENCH_DATA", "--download"):
        assert part in message
    assert not list(tmp_path.iterdir())


def test_without_any_folder_the_message_says_how_to_name_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORKBENCH_DATA", raising=False)
    with pytest.raises(DataMissing, match=r"no data folder is named.*--data-root FOLDER.*WORKBENCH_DATA.*--download"):
        load("mnist")


def test_the_folder_comes_from_the_environment_unless_it_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKBENCH_DATA", str(tmp_path / "environment"))
    with pytest.raises(DataMissing, match="environment"):
        load("mnist")
    with pytest.raises(DataMissing, match="argument"):
        load("mnist", root=tmp_path / "argument")


def test_damaged_files_are_named_as_such(tmp_path: Path) -> None:
    raw = tmp_path / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for part in ("train", "t10k"):
        for kind in ("images-idx3", "labels-idx1"):
            (raw / f"{part}-{kind}-ubyte").write_bytes(b"\x00\x00\x08\x03\x00\x00")
    with pytest.raises(DataMissing, match="damaged"):
        load("mnist", root=tmp_path)


def test_a_failed_download_says_so_and_only_download_asks_for_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def unreachable(root: Path, train: bool, download: bool) -> None:
        asked.append(download)
        raise OSError("no route to host")

    monkeypatch.setattr(datasets, "torchvision", lambda _: SimpleNamespace(FashionMNIST=unreachable))
    with pytest.raises(DataMissing, match=r"could not be downloaded.*no route to host"):
        load("fashion-mnist", root=tmp_path, download=True)
    with pytest.raises(DataMissing, match="is not in"):
        load("fashion-mnist", root=tmp_path)
    assert asked == [True, False]


def test_an_unknown_data_set_suggests_the_nearest() -> None:
    with pytest.raises(ValueError, match=r"Did you mean fashion_mnist\?"):
        load("fashon-mnist")
    assert data_set("CIFAR-10").torchvision_class == "CIFAR10"


def test_real_mnist_is_as_described(data_folder: Path) -> None:
    data = load("mnist", root=data_folder)
    assert_as_described(data)
    assert_normalised_by_the_pixels_of_its_training_part(data)
    assert data.train_labels[:5].tolist() == [5, 0, 4, 1, 9]


def test_real_cifar10_is_as_described(data_folder: Path) -> None:
    data = load("cifar10", root=data_folder)
    assert_as_described(data)
    pixels = data.train_images.float().flatten(2) / 255
    assert data.mean == pytest.approx((255 * pixels.mean((0, 2))).tolist(), abs=0.02)
    # the figures in common use, and the report's, average each image's own std; that of all pixels is .247
    assert data.std == pytest.approx((255 * pixels.std(2).mean(0)).tolist(), abs=0.03)
    assert data.classes[3] == "cat"
    assert data.train_labels[:5].tolist() == [6, 9, 9, 4, 1]


@pytest.mark.parametrize("name", ["mnist", "cifar10"])
@pytest.mark.parametrize("train", [False, True])
def test_stored_files_are_read_as_torchvision_reads_them(data_folder: Path, name: str, train: bool) -> None:
    facts = data_set(name)
    part = getattr(torchvision("datasets"), str(facts.torchvision_class))(data_folder, train=train)
    found = stored(facts, data_folder / str(facts.folder), train)
    assert found is not None
    images = torch.as_tensor(part.data)
    assert torch.equal(found.images, images[:, None] if images.ndim == 3 else images.permute(0, 3, 1, 2))
    assert (found.labels.tolist(), found.classes) == (list(map(int, part.targets)), tuple(part.classes))


def test_images_are_read_without_torchvision(data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets, "torchvision", lambda _part: pytest.fail("torchvision was imported"))
    assert len(load("cifar10", root=data_folder).train_images) == 50_000
    assert len(load("mnist", root=data_folder).test_images) == 10_000


@pytest.mark.parametrize(("name", "damage"), [("test_batch", b"cposix\nsystem\n"), ("batches.meta", None)])
def test_a_batch_that_is_not_the_published_one_is_never_unpickled(
    data_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, damage: bytes | None
) -> None:
    facts = data_set("cifar10")
    folder = tmp_path / str(facts.folder)
    folder.mkdir()
    for file in (data_folder / str(facts.folder)).iterdir():
        if file.name != name:
            (folder / file.name).symlink_to(file)
        elif damage is not None:
            (folder / name).write_bytes(damage)
    assert stored(facts, folder, train=False) is None
    with pytest.raises(DataMissing, match="damaged"):
        load("cifar10", root=tmp_path)


@pytest.mark.parametrize("numbers", [(0x801, 3), (0x801, 10_000), (0x803, 10_000)])
def test_an_index_file_of_another_length_is_not_read(
    data_folder: Path, tmp_path: Path, numbers: tuple[int, ...]
) -> None:
    facts = data_set("mnist")
    (tmp_path / "t10k-images-idx3-ubyte").symlink_to(data_folder / str(facts.folder) / "t10k-images-idx3-ubyte")
    (tmp_path / "t10k-labels-idx1-ubyte").write_bytes(np.array(numbers, ">i4").tobytes() + b"\x03" * 9)
    assert stored(facts, tmp_path, train=False) is None
