from __future__ import annotations

import random
import subprocess
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from run_files import LAYERS, PLAN, SPEC, make, python, random_rows

from workbench.runs import commits, layout
from workbench.runs.rows import Rows
from workbench.runs.run import open_run
from workbench.runs.verify import Finding, verify
from workbench.runs.writing.birth import create
from workbench.runs.writing.recorder import Recorder, finish

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A finished run of three snapshots."""
    make(tmp_path / "run.h5")
    return tmp_path / "run.h5"


def findings(path: Path) -> list[Finding]:
    with open_run(path) as run:
        return list(verify(run))


def test_a_sound_run_has_no_findings(file: Path) -> None:
    assert findings(file) == []


def test_one_flipped_byte_in_any_snapshot_is_named(file: Path) -> None:
    sound = file.read_bytes()
    with h5py.File(file) as opened:
        places = [(p.path, opened[p.path].id.get_offset(), p.row_bytes) for p in PLAN]
        records = opened[layout.COMMIT].id.get_offset()
    places.append((layout.COMMIT, records, 4 * commits.words(len(PLAN))))

    @given(st.sampled_from(places), st.integers(0, 2), st.data(), st.integers(1, 255))
    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
    def flip(place: tuple[str, int, int], snapshot: int, data: st.DataObject, bits: int) -> None:
        path, offset, size = place
        spoilt = bytearray(sound)
        spoilt[offset + snapshot * size + data.draw(st.integers(0, size - 1))] ^= bits
        file.write_bytes(spoilt)
        assert (path, snapshot) in {(found.dataset, found.snapshot) for found in findings(file)}

    flip()


def test_a_damaged_commit_record_hides_the_snapshots_behind_it(file: Path) -> None:
    with h5py.File(file, "r+") as opened:
        opened[layout.COMMIT][1, 2] += 1
    with open_run(file) as run:
        assert run.snapshots == 1
        assert [(found.snapshot, found.problem[:20]) for found in verify(run)] == [
            (1, "its commit record is"),
            (2, "cannot be reached, b"),
        ]


@pytest.mark.parametrize(("group", "said"), [("gram", "differs"), ("spectrum", "differs")])
def test_a_spectrum_or_gram_that_is_not_that_of_the_weights_is_named(tmp_path: Path, group: str, said: str) -> None:
    create(tmp_path / "run.h5", SPEC, LAYERS, PLAN, 1, "")
    rows = random_rows(0)
    rows[f"/{group}/fc1"].flat[1] += 1e-4
    with Recorder(tmp_path / "run.h5") as recorder:
        recorder.commit(rows)
    found = findings(tmp_path / "run.h5")
    assert [f.dataset for f in found] == [f"/{group}/fc1"]
    assert said in str(found[0])


def test_weights_that_are_not_finite_are_counted(tmp_path: Path) -> None:
    create(tmp_path / "run.h5", SPEC, LAYERS, PLAN, 1, "")
    rows = random_rows(0)
    rows["/parameters/fc1.weight"][:2, 3] = np.nan
    with Recorder(tmp_path / "run.h5") as recorder:
        recorder.commit(rows)
    found = findings(tmp_path / "run.h5")
    assert [str(f) for f in found] == ["/parameters/fc1.weight, snapshot 0: 2 of 96 numbers are infinite or undefined"]


WRITER = """
import sys
from run_files import *
create(sys.argv[1], SPEC, LAYERS, PLAN, 5000, "")
recorder = Recorder(sys.argv[1])
for t in range(5000):
    recorder.commit(random_rows(t))
    print(recorder.committed, flush=True)
"""


def test_a_writer_killed_at_any_moment_leaves_every_committed_snapshot(tmp_path: Path) -> None:
    chance = random.Random(0)
    for number in range(10):
        path = tmp_path / f"{number}.h5"
        with python(WRITER, str(path), stdout=subprocess.PIPE) as child:
            assert child.stdout is not None
            child.stdout.readline()
            time.sleep(chance.random() * 0.05)
            child.kill()
            said = [int(line) for line in child.stdout.read().split()]
        with open_run(path) as run:
            assert run.snapshots >= max(said, default=1)
            assert not run.finished
            assert {found.dataset for found in verify(run)} <= {layout.COMMIT}  # at most a half-written record
            last = random_rows(run.snapshots - 1)
            np.testing.assert_array_equal(run.layer("fc1").weights(), last["/parameters/fc1.weight"])
            finish(path)
            after = run.refreshed()
            assert (after.snapshots, after.capacity, after.finished) == (run.snapshots, run.snapshots, True)
            after.close()
        assert findings(path) == []


def test_a_run_that_ends_while_it_is_opened_has_not_stopped_early(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    create(tmp_path / "run.h5", SPEC, LAYERS, PLAN, 2, "")
    with ExitStack() as writing:
        recorder = writing.enter_context(Recorder(tmp_path / "run.h5"))
        recorder.commit(random_rows(0))
        count = Rows.committed

        def committed(rows: Rows, first: int = 0) -> int:
            found = count(rows, first)
            if found == 1:  # amid the reading, the last snapshot is written
                recorder.commit(random_rows(1))
                writing.close()
            return found

        monkeypatch.setattr(Rows, "committed", committed)
        with open_run(tmp_path / "run.h5") as run:
            assert (run.snapshots, run.finished, run.notes) == (1, False, ())
            after = run.refreshed()
        assert (after.snapshots, after.finished, after.notes) == (2, True, ())
        after.close()
