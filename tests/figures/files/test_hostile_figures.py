"""Figures and films that are not what they seem: one sentence, soon, whatever lies at the name."""

from __future__ import annotations

import os
import zlib
from typing import TYPE_CHECKING

import pytest

from workbench.figures.files import reading
from workbench.figures.files.reading import recipe_in
from workbench.figures.recipe import RecipeError
from workbench.runs.confinement.restrictions import Limits
from workbench.runs.confinement.sandbox import Sandbox
from workbench.runs.files.regular_file import UnreadableFile

if TYPE_CHECKING:
    from pathlib import Path


def bomb() -> bytes:
    """A PDF file of 1 MB whose table of contents takes 1 GB when it is unpacked."""
    packed = zlib.compress(bytes(1 << 30), 1)
    head = b"<</Type/XRef/Size 3/W[1 2 1]/Root 1 0 R/Info 2 0 R/Filter/FlateDecode/Length %d>>" % len(packed)
    return b"%PDF-1.7\n1 0 obj\n" + head + b"\nstream\n" + packed + b"\nendstream\nendobj\nstartxref\n9\n%%EOF"


def deep() -> bytes:
    body = b"2 0 obj\n" + b"[" * 100_000 + b"]" * 100_000 + b"endobj\n"
    table = b"xref\n0 3\n0000000000 65535 f \n0000000000 65535 f \n0000000009 00000 n \n"
    return b"%PDF-1.7\n" + body + table + b"trailer<</Size 3/Root 1 0 R/Info 2 0 R>>\nstartxref\n200023\n%%EOF"


HARMFUL = {
    "bomb.pdf": (bomb, "damaged"),
    "deep.pdf": (deep, "damaged"),
    "odd.svg": (lambda: b'<?xml version="1.0" encoding="punycode"?><svg></svg>', "damaged"),
}


@pytest.mark.parametrize("name", HARMFUL)
def test_a_harmful_figure_is_refused(tmp_path: Path, name: str) -> None:
    make, said = HARMFUL[name]
    (tmp_path / name).write_bytes(make())
    with pytest.raises(RecipeError, match=said) as caught:
        recipe_in(tmp_path / name)
    assert str(caught.value).startswith(f"{name}: ")
    assert str(caught.value).isprintable()


def test_what_takes_too_long_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "slow.svg").write_bytes(b"<svg>" + b"<g>" * 20_000_000)
    for limits, said in (
        (Limits(memory=reading.MEMORY, processor=60, wall=0.1), "it is damaged"),
        (Limits(memory=reading.MEMORY, processor=1, wall=60.0), "needed more than 1 s of CPU time"),
        (Limits(memory=1 << 20, processor=60, wall=60.0), "the process that reads it"),
    ):
        monkeypatch.setattr(reading, "confined", Sandbox(reading.confined.task, limits, forking=False))
        with pytest.raises(RecipeError, match=said):
            recipe_in(tmp_path / "slow.svg")


@pytest.mark.skipif(os.name == "nt", reason="there is no such thing on Windows")
def test_only_regular_files_are_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo.mp4")
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "device.svg").symlink_to("/dev/zero")
    for name, said in (("fifo.mp4", r"pipe \(FIFO\)"), ("folder.png", "is a folder"), ("device.svg", "is a device")):
        with pytest.raises(UnreadableFile, match=said):
            recipe_in(tmp_path / name)
    (tmp_path / "loop.pdf").symlink_to("loop.pdf")
    for name, said in (
        ("loop.pdf", "symbolic links"),
        ("~nobody.pdf", "No such file"),
        ("x" * 300 + ".pdf", "too long"),
        ("nul\0.pdf", "cannot be the name"),
    ):
        with pytest.raises(OSError, match=said):
            recipe_in(tmp_path / name)
