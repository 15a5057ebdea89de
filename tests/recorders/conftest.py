"""Fixtures of the recorder tests: one thread, and the frameworks where they are installed."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import pytest

from workbench.nets.torchvision_loading import torchvision

if TYPE_CHECKING:
    from collections.abc import Iterator

WHY = "an optional test group: pip install '.[frameworks]'"


@pytest.fixture(autouse=True, scope="module")
def on_one_thread(one_thread: None) -> None:
    """Every test here."""


@pytest.fixture
def their_own_warnings() -> Iterator[None]:
    """What the frameworks warn about is theirs; they import torchvision, whichever build of torch it was made for."""
    torchvision("models")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@pytest.fixture
def lightning(their_own_warnings: None) -> Any:
    return pytest.importorskip("lightning.pytorch", reason=WHY)


@pytest.fixture
def transformers(their_own_warnings: None) -> Any:
    pytest.importorskip("accelerate", reason=WHY)
    return pytest.importorskip("transformers", reason=WHY)
