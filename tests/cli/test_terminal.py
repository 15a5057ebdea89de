"""Names and titles that would steer a terminal are shown on it, whatever the command."""

from __future__ import annotations

import io
import json
import shutil
import sys
import unicodedata
from typing import TYPE_CHECKING

import h5py
import numpy as np
import pytest

from workbench.cli import main
from workbench.cli.terminal import plain, plain_output
from workbench.resource import resource

if TYPE_CHECKING:
    from pathlib import Path

OBEYED = "\x1b]0;pwned\x07\x1b[2J\r\x08\x9b31m\x85\x7f\u202e\u2066\u200f\u061c\u2028"
DIRECTIONS = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
SHOWN = r"\x1b]0;pwned\x07\x1b[2J\r\x08\x9b31m\x85\x7f\u202e\u2066\u200f\u061c\u2028"


def test_all_that_a_terminal_obeys_is_written_out() -> None:
    assert plain(OBEYED) == SHOWN
    assert plain("fc1: 40 → 98.4 %\tÄ\u00a0中 👩\u200d🔬\n") == "fc1: 40 → 98.4 %\tÄ\u00a0中 👩\u200d🔬\n"
    assert plain("\udcff") == r"\udcff"
    everything = plain("".join(map(chr, range(sys.maxunicode + 1))))
    assert {c for c in everything if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp")} == {"\n", "\t"}
    assert not {unicodedata.bidirectional(c) for c in everything} & DIRECTIONS


def test_a_bar_begins_its_line_anew_and_a_name_in_it_does_not() -> None:
    raw, before = io.StringIO(), sys.stderr
    sys.stderr = raw
    try:
        with plain_output():
            sys.stderr.write("\r 40%: \r\x1b[A fc1 \r")
            assert not sys.stderr.isatty()
    finally:
        sys.stderr = before
    assert raw.getvalue() == "\r 40%: \\r\\x1b[A fc1 \r"


@pytest.fixture
def named(tmp_path: Path) -> Path:
    """A run whose own name and title are such texts."""
    path = tmp_path / f"run{OBEYED}.h5"
    shutil.copy(resource("sample_runs/digits_lenet.h5"), path)
    with h5py.File(path, "r+") as file:
        file.attrs["title"] = np.bytes_(f"{OBEYED} title".encode())
    return path


COMMANDS = (
    ["info"], ["verify"], ["spectrum", "--layer", "fc1"], ["graph", "--layer", "fc1"], ["info", "--layer", "nothing"],
    ["repair", "--out"], ["import"], ["export"], ["figure", "spectrum"],
)  # fmt: skip


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_no_command_sends_them(named: Path, words: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    main([words[0], str(named), *words[1:]])
    said = "".join(capfd.readouterr())
    assert said
    assert not [c for c in said if (c in OBEYED and not c.isascii()) or (ord(c) < 32 and c not in "\n\t")]


def test_json_holds_what_the_file_says(named: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["info", str(named), "--json"]) == 0
    said = capfd.readouterr().out
    assert said.isascii()
    assert json.loads(said)["title"] == f"{OBEYED} title"
