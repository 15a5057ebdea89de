"""Formats that packages import by an entry point, read in the confined process; a broken one costs one message."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from importing_steps import imported, planned

from workbench.cli import main
from workbench.gui.work.opening import OpeningFailed, _open
from workbench.importing import importers
from workbench.importing.files import foreign
from workbench.importing.files.foreign import ImportProblem
from workbench.runs.confinement.structure import IMPORT_IT
from workbench.runs.errors import RunError
from workbench.runs.run import open_run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PACKAGE = """
import numpy as np
from workbench.importing.importers import Importer

def shapes(stream):
    stream.seek(0)
    units, inputs = map(int, stream.readline().split())
    return {"fc1.weight": ((units, inputs), "float32")}

def array(stream, name):
    (shape, _), = shapes(stream).values()
    return np.array(stream.read().split(), np.float32).reshape(shape)

plain = Importer("plain text", (".weights.txt",), shapes, array)
"""
POINTS = "[workbench.importers]\nplain = plain_text_weights:plain\nbroken = plain_text_weights:absent\n"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    folder = tmp_path / "site"
    (folder / "plain_text_weights-1.dist-info").mkdir(parents=True)
    (folder / "plain_text_weights.py").write_text(PACKAGE)
    (folder / "plain_text_weights-1.dist-info" / "METADATA").write_text("Name: plain-text-weights\nVersion: 1\n")
    (folder / "plain_text_weights-1.dist-info" / "entry_points.txt").write_text(POINTS)
    monkeypatch.syspath_prepend(folder)
    caches = importers.available_importers, foreign._sandbox
    for each in caches:
        each.cache_clear()
    yield
    for each in caches:
        each.cache_clear()


@pytest.mark.usefixtures("package")
def test_a_package_adds_a_format(tmp_path: Path) -> None:
    rows = np.arange(12, dtype=np.float32).reshape(3, 4) - 5
    (tmp_path / "a.weights.txt").write_text("3 4\n" + " ".join(map(str, rows.ravel().tolist())))
    imported(tmp_path / "run.h5", tmp_path / "a.weights.txt")
    with open_run(tmp_path / "run.h5") as run:
        np.testing.assert_array_equal(run.layers[0].weights(-1), rows)


@pytest.mark.usefixtures("package")
def test_a_file_that_an_importer_cannot_read_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.weights.txt").write_text("three four\n")
    with pytest.raises(ImportProblem, match="cannot be read as plain text"):
        planned(tmp_path / "a.weights.txt")


@pytest.mark.usefixtures("package")
def test_where_a_run_is_expected_the_import_is_offered(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = "a.weights.txt is not a workbench run, but plain text, which the importer plain reads; make a run of it with"
    path = tmp_path / "a.weights.txt"
    path.write_text("1 1\n0")
    for command in ("info", "verify"):
        assert main([command, str(path)]) == 1
        assert f"{said} 'workbench import', or with File" in capsys.readouterr().err
    (failed,) = _open((path,))
    assert isinstance(failed, OpeningFailed)
    assert isinstance(failed.error, RunError)
    assert failed.error.advice == IMPORT_IT  # by which the window offers it
    path.write_text("")
    assert main(["info", str(path)]) == 1
    assert "a.weights.txt is empty (0 bytes)" in capsys.readouterr().err


@pytest.mark.usefixtures("package")
def test_a_broken_importer_is_named_where_a_file_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "a.other").write_text("3 4\n")
    with pytest.raises(ImportProblem, match="the importer broken could not be loaded: plain_text_weights:absent"):
        planned(tmp_path / "a.other")
