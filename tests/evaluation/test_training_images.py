"""Training images stay in memory only as long as somebody holds them."""

from __future__ import annotations

import gc
import weakref
from typing import TYPE_CHECKING

import pytest

from tests.own_mnist import write_data
from workbench.nets import datasets

if TYPE_CHECKING:
    from pathlib import Path


def test_training_images_are_let_go_and_still_noticed_when_they_change(tmp_path: Path) -> None:
    root = write_data(tmp_path / "data")
    before, data = datasets.changes(), datasets.in_memory("mnist", root)
    images, labels = data.train_images, data.train_labels
    assert data.train_images is images  # while somebody holds them
    whole = datasets.load("mnist", root)
    assert images.equal(whole.train_images)
    assert labels.equal(whole.train_labels)
    held = weakref.ref(images)
    del images
    gc.collect()
    assert held() is None
    write_data(root)  # the same again
    assert datasets.in_memory("mnist", root) is data
    assert data.train_images.equal(whole.train_images)
    write_data(root, shift=1, part="train")
    with pytest.raises(datasets.DataMissing, match="replaced meanwhile"):
        _ = data.train_images
    assert datasets.changes() == before + 1
    assert datasets.in_memory("mnist", root) is not data
