"""Every class of attack is refused in one sentence that names the place inside the file."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
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
    assert sentence.startswith(f"{path}:")
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
    refused(file, said)


def test_a_sound_run_is_not_refused(file: Path) -> None:
    with open_run(file) as run:
        assert run.snapshots == 3
        assert run.notes == ()
        assert run.protections
