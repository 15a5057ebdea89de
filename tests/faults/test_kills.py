"""Trainings killed at random moments: what was safe stays, and the rest is trained as if nothing had happened."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from faults.kills import killed, nursery
from faults.trained import NAME, SNAPSHOTS, rows_of, wrong

from workbench.runs.run import open_run

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="forks processes")


def test_killed_trainings_keep_what_was_safe_and_can_be_resumed(tmp_path: Path) -> None:
    *_, count = killed(tmp_path, times=3, resumed=1, seed=3)  # more by `python -m tests.faults kill --times 200`
    assert count.wrong == []
    assert count.kills == 3


def test_of_two_trainings_that_want_one_name_one_is_refused(tmp_path: Path) -> None:
    path = tmp_path / NAME
    with nursery() as one, nursery() as another:
        one.begin("train", path)
        another.begin("train", path)
        said = [one.rest(), another.rest()]
    (refused,) = (words for words in said if words[-1][0] == "failed")
    (whole,) = (words for words in said if words[-1][0] == "safe")
    assert whole[-1] == ("safe", SNAPSHOTS)
    assert len(refused) == 1
    assert "never overwritten" in str(refused[0][1]) or "is being written by" in str(refused[0][1])
    with open_run(path) as run:
        assert wrong(path, SNAPSHOTS, rows_of(run)) == []
