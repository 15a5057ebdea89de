"""Every class of attack is refused in one sentence that names the place inside the file."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import h5py
import numpy as np
import pytest
import sound
import spoils
from attacks import ATTACKS

from workbench.runs.errors import RunError
from workbench.runs.run import open_run

if TYPE_CHECKING:
    from pathlib import Path

POSIX = ("FIFO", "device", "socket")


def refused(path: Path, said: str) -> str:
    """The one sentence that refuses a file: names it, holds `said`, says what to do."""
    with pytest.raises(RunError, match=said) as caught:
        open_run(path)
    sentence = str(caught.value)
    assert sentence.startswith((f"{path} ", f"{path}: "))
    assert "; " in sentence
    assert sentence.endswith(".")
    assert sentence.isprintable()
    assert len(sentence) < 700
    return sentence


@pytest.mark.parametrize("name", ATTACKS)
def test_it_is_refused(file: Path, canary: Path, name: str) -> None:
    if os.name == "nt" and name in POSIX:
        pytest.skip("there is no such thing on Windows")
    spoil, said = ATTACKS[name]
    spoil(file, canary)
    sentence = refused(file, said)
    assert spoils.CANARY[:7].decode() not in sentence


def test_the_file_that_was_looked_into_is_the_one_that_is_read(file: Path, tmp_path: Path) -> None:
    with open_run(file) as run:
        weights = run.layer("fc1").weights(0)
        other = tmp_path / "other.h5"
        other.write_bytes(bytes(file.stat().st_size))
        os.replace(other, file)
        np.testing.assert_array_equal(run.layer("fc1").weights(0), weights)


def test_a_sound_run_is_not_refused(file: Path) -> None:
    with open_run(file) as run:
        assert run.snapshots == 3
        assert run.notes == ()
        assert run.protections


def rotten(path: Path, snapshot: int, value: float) -> None:
    """Damage the iteration of one snapshot behind the back of its checksum."""
    with h5py.File(path, "r+") as file:
        file["/history/iteration"][snapshot] = value


@pytest.mark.parametrize("value", [-5.0, 0.0, 1e300])
def test_a_damaged_iteration_is_taken_out_with_a_note(file: Path, value: float) -> None:
    rotten(file, 2, value)
    with open_run(file) as run:
        np.testing.assert_array_equal(run.iterations, [0, 26, np.nan])
        assert run.notes == ("/history/iteration is damaged at snapshot 2",)


@pytest.mark.parametrize("iterations", [(0, 52, 26), (0, 26, 26), (-1, 26, 52), (0, 26, 1e16), (0, 26, np.inf)])
def test_iterations_that_were_written_so_are_refused(tmp_path: Path, iterations: tuple[float, ...]) -> None:
    path = tmp_path / "run.h5"
    sound.make(path, instead={"/history/iteration": [np.float64(iteration) for iteration in iterations]})
    refused(path, "/history/iteration does not increase as it should at snapshot [02]")
