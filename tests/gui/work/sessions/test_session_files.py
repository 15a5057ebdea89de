"""Sessions as files: their paths, and those of earlier versions."""

from __future__ import annotations

from pathlib import Path

from workbench.gui.work.sessions.file import located, written


def test_paths_are_relative_where_that_means_anything(tmp_path: Path) -> None:
    folder = tmp_path / "paper"
    for path, text in ((folder / "a.h5", "a.h5"), (tmp_path / "runs" / "b.h5", "../runs/b.h5")):
        assert written(path, folder) == text
        assert located(text, folder) == path
    assert written(Path("/elsewhere/c.h5"), folder) == "/elsewhere/c.h5"
    assert located("/elsewhere/c.h5", folder) == Path("/elsewhere/c.h5")
