"""Fixtures for the tests of networks and data."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True, scope="package")
def one_thread() -> Iterator[None]:
    """Spinning threads of a busy machine make small networks many times slower."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def data_folder() -> Path:
    """A folder with the real MNIST and CIFAR-10, where there is one."""
    folder = os.environ.get("WORKBENCH_DATA")
    if not folder:
        pytest.skip(
            "MNIST and CIFAR-10 are not on this machine: name their folder in WORKBENCH_DATA to test them"
        )
    return Path(folder)
