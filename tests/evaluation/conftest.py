"""Small networks with data, and one thread, for the tests of the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from workbench.evaluation import run_evaluators

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True, scope="module")
def on_one_thread(one_thread: None) -> None:
    """Every test here."""


@pytest.fixture
def forgotten() -> Iterator[None]:
    """Networks and data that a test asked are forgotten after it."""
    yield
    run_evaluators.forget()
