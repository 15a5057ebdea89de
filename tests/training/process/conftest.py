"""What a hosted training may leave: nothing."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
import warm_children
from hosting import children, descriptor_count

from workbench.runs.confinement.examination import confined

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def nothing_left() -> Iterator[None]:
    """No child process, reading thread or pipe outlives its test."""
    confined.start()  # the process that looks into files stays
    warm_children.start()  # so does the one that children are forked from
    threads, descriptors = threading.active_count(), descriptor_count()
    yield
    assert not children()
    assert threading.active_count() == threads
    assert descriptor_count() <= descriptors
