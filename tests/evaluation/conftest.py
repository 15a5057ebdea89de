"""Small networks with data, and one thread, for the tests of the engine."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True, scope="module")
def on_one_thread(one_thread: None) -> None:
    """Every test here."""
