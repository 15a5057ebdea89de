"""A run that has one of everything is told of in the singular, by the commands and in a report."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from singular import ONE_OF_MANY

from tests.runs.run_files import random_rows
from workbench.cli import main
from workbench.runs import layout
from workbench.runs.spec import DataSpec, NetSpec, RunSpec
from workbench.runs.writing import birth
from workbench.runs.writing.recorder import Recorder

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def least(tmp_path: Path) -> Path:
    """A run of one snapshot of one layer with one unit that has one input."""
    path, layers = tmp_path / "least.h5", (layout.LayerInfo("fc", "linear", 1, 1, 0),)
    plan = layout.plan(layers, {"fc.weight": ((1, 1), "float32")}, 10)
    spec = RunSpec(NetSpec("lenet"), DataSpec("digits"), epochs=1.0, iterations=1)
    birth.create(path, spec, layers, plan, 1, "least")
    with Recorder(path) as recorder:
        recorder.commit(random_rows(3, layers, plan))
    return path


@pytest.mark.parametrize(
    "words",
    [
        ("info", "RUN"),
        ("verify", "RUN"),
        ("graph", "RUN", "--layer", "fc", "--out", "OUT.json"),
        ("export", "RUN", "--history", "OUT.csv"),
        ("repair", "RUN", "OUT.h5"),
        ("animate", "timeline", "RUN", "--fps", "1", "--no-motion", "--size", "480x300", "--out", "OUT.mp4"),
        ("report", "RUN", "--no-costs", "--out", "OUT"),
    ],
)
@pytest.mark.thinned(3)
def test_a_command_says_one_of_something_as_one(
    least: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    named = [word.replace("RUN", str(least)).replace("OUT", str(tmp_path / "out")) for word in words]
    status = main(named)
    told = "".join(capsys.readouterr()).replace(str(tmp_path), "")
    assert status == 0, told
    assert re.search(r"(?<![\w.,])1 [a-z]+\b", told), "nothing is counted here"
    assert not ONE_OF_MANY.findall(told)


def test_a_report_says_one_of_something_as_one(least: Path, tmp_path: Path) -> None:
    assert main(["report", str(least), "--no-costs", "--out", str(tmp_path / "out")]) == 0
    page = (tmp_path / "out" / "report.html").read_text()
    told = re.sub(r"<(script|style|svg)\b.*?</\1>|<[^>]+>|\d \w+, \d [^<]{0,40}data:", " ", page, flags=re.DOTALL)
    assert "1 unit with 1 input" in told
    assert not ONE_OF_MANY.findall(told)
