"""Pictures of the window while curves are still being measured: taken, and said to be preliminary."""

from __future__ import annotations

import time
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from workbench.cli import main
from workbench.evaluation.run_evaluators import forget
from workbench.figures.low_rank.costs import Coming, Costs
from workbench.gui.bench.screenshot import places
from workbench.gui.panels.low_rank.panel import LowRankPanel
from workbench.gui.panels.pruning import PruningPanel
from workbench.resource import resource

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from workbench.figures.low_rank.costs import Cost, Curves

SAMPLE = str(resource("sample_runs/digits_conv.h5"))


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Low ranks whose accuracies stay those of 100 images for as long as anybody looks."""
    measured = Costs.curves

    def for_ever(self: Costs, cost: Cost, longest: float = 0.0) -> Iterator[Curves]:
        *_, curves = measured(self, cost)
        early = replace(curves.shown, exact=False, images=100)
        while True:
            yield replace(curves, shown=early, coming=Coming(100, 360, 101, 101, 180.0))
            time.sleep(0.05)  # then `Latest` gives it up where the window closes

    monkeypatch.setattr(Costs, "curves", for_ever)
    yield
    forget()


def test_a_picture_is_taken_of_the_preliminary_answer_and_says_so(
    slow: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines: list[str] = []
    shut = LowRankPanel.shut
    monkeypatch.setattr(LowRankPanel, "shut", lambda panel: (lines.append(panel.line.text()), shut(panel)))
    out = tmp_path / "pictures"
    assert main(["screenshot", SAMPLE, "--layer", "fc1", "--wait", "0", "--out", str(out)]) == 0
    printed = capsys.readouterr()
    assert printed.out.split() == [str(path) for path in places(out)]
    assert all(path.stat().st_size > 1000 for path in places(out))
    coming = "curve from 100 of 360 images, exact in about 3 min"
    assert f"preliminary, as the picture says: Low rank: {coming}" in printed.err
    (line,) = lines
    assert f": {coming}; rank " in line


def test_a_picture_of_what_is_complete_says_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["screenshot", SAMPLE, "--layer", "fc3", "--out", str(tmp_path / "pictures")]) == 0
    assert "preliminary" not in capsys.readouterr().err
    forget()


def test_others_wait_until_each_named_order_has_its_first_curve() -> None:
    """The random band takes several times as long: it is not waited for."""
    lines = {name: SimpleNamespace(name=name) for name in ("max_mag", "max_fp", "random", "class 0")}

    def enough(quantity: str, *names: str) -> bool:
        question = SimpleNamespace(orders=("max_mag", "max_fp", "random"))
        drawn = tuple(lines[name] for name in names)
        return PruningPanel.enough(SimpleNamespace(quantity=quantity, question=question, lines=drawn))  # type: ignore[arg-type]

    assert not enough("accuracy")
    assert not enough("accuracy", "max_mag")
    assert enough("accuracy", "max_mag", "max_fp")
    assert not enough("class")
    assert enough("class", "class 0")
