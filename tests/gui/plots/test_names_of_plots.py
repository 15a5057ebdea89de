"""No plot of ours gives an attribute of pyqtgraph's widgets another meaning: `range` is where a view looks."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import pyqtgraph as pg

import workbench.gui

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

PLOTS = {"Plot", "PlotWidget", "GraphicsView"}


def assigned(node: ast.ClassDef) -> Iterator[str]:
    stored = (each for each in ast.walk(node) if isinstance(each, ast.Attribute) and isinstance(each.ctx, ast.Store))
    return (each.attr for each in stored if isinstance(each.value, ast.Name) and each.value.id == "self")


def test_no_plot_hides_what_its_widget_is_made_of(qtbot: QtBot) -> None:
    bare = pg.PlotWidget()
    qtbot.addWidget(bare)
    theirs = set(vars(bare))
    assert {"range", "plotItem"} <= theirs
    classes = [
        node
        for path in Path(workbench.gui.__path__[0]).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
    ]
    known = set(PLOTS)
    while (
        more := {each.name for each in classes if known & {ast.unparse(base).split(".")[-1] for base in each.bases}}
        - known
    ):
        known |= more
    ours = [each for each in classes if each.name in known]
    assert len(ours) > 5
    hidden = {each.name: clash for each in ours if (clash := theirs & set(assigned(each)))}
    assert hidden == {}
