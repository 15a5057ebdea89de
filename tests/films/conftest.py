"""Sample run A, opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from workbench.resource import resource
from workbench.runs.run import Run, open_run

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def run() -> Iterator[Run]:
    with open_run(resource("sample_runs/digits_conv.h5")) as opened:
        yield opened
