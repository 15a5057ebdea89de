"""Fixtures for the tests of networks and data."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(autouse=True, scope="module")
def on_one_thread(one_thread: None) -> None:
    """Every test here."""


@pytest.fixture
def data_folder() -> Path:
    """A folder with the real MNIST and CIFAR-10, where there is one."""
    folder = os.environ.get("WORKBENCH_DATA")
    if not folder:
        pytest.skip("MNIST and CIFAR-10 are not on this machine: name their folder in WORKBENCH_DATA to test them")
    return Path(folder)
