"""The sample runs, opened, and one figure of each kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from workbench.resource import resource
from workbench.runs.run import Run, open_run

if TYPE_CHECKING:
    from collections.abc import Iterator

SAMPLES = {"A": "sample_runs/digits_conv.h5", "B": "sample_runs/digits_lenet.h5"}


@pytest.fixture(params=list(SAMPLES))
def sample(request: pytest.FixtureRequest) -> Iterator[Run]:
    """Each of the sample runs."""
    with open_run(resource(SAMPLES[request.param])) as run:
        yield run
