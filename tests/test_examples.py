"""The examples run, and say what is true; and nothing that people copy uses more than the public names."""

from __future__ import annotations

import ast
import re
import runpy
import shutil
from typing import TYPE_CHECKING

import pytest

import workbench
from workbench.resource import resource

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLES = sorted((resource("guide").parent / "examples").glob("*.py"))
SAID = {  # example -> what it prints, among others
    "01": "epoch 40.00: 98.6 %",
    "02": "largest component 74, 24 isolated",
    "03": "fc1: 10 of 100 eigenvalues beyond",
    "04": r"max_mag: \d\d\.\d\d % without 150 units",
    "05": r"rank \d+ keeps 9\d\.\d\d % of 9\d\.\d\d %; elbow at \d+",
    "06": r"5 snapshots of \['0', '2'\]",
    "07": "Finished",
    "08": "saved graph.pdf and spectrum.svg",
    "09": r"4 trainings, [\s\S]*weight decay 0.03: stable rank of fc1 \d+\.\d over 2 seeds",
}
MOST_NAMES = 60


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_runs_and_says_what_is_true(
    example: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(resource("sample_runs/digits_conv.h5").parent, tmp_path / "sample_runs")
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(example))
    said = capsys.readouterr().out
    assert re.search(SAID[example.stem[:2]], said), said


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_uses_the_public_names_only(example: Path) -> None:
    text = example.read_text(encoding="utf-8")
    assert len(text.splitlines()) < 40
    for node in ast.walk(ast.parse(text)):
        assert not (isinstance(node, ast.ImportFrom) and str(node.module).startswith("workbench"))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "wb":
            assert node.attr in workbench.__all__


def test_the_public_names_are_few_and_all_there() -> None:
    assert len(workbench.__all__) <= MOST_NAMES
    assert set(workbench.__all__) - {"__version__"} == set(workbench._LATER)
    missing = [
        name
        for name in set(workbench.__all__) - {"LightningRecorder", "TransformersRecorder"}
        if not hasattr(workbench, name)
    ]
    assert missing == []


def test_programs_that_are_copied_import_from_the_workbench_itself() -> None:
    for path in (resource("guide").parent.parent / "workbench" / "gui").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                assert not re.search(r"(from|import) workbench\.", node.value), (path, node.value)
