"""Pictures of the window while curves are still being measured: taken, and said to be preliminary."""

from __future__ import annotations

import time
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from workbench.cli import main
from workbench.evaluation.run_evaluators import forget
from workbench.figures.low_rank.costs import Coming, Costs
from workbench.figures.pruning.lines import Line
from workbench.figures.pruning.question import Item, next_in_turn
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


@pytest.mark.lengthy
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


@pytest.mark.lengthy
def test_a_picture_of_what_is_complete_says_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["screenshot", SAMPLE, "--layer", "fc3", "--out", str(tmp_path / "pictures")]) == 0
    assert "preliminary" not in capsys.readouterr().err
    forget()


def test_others_wait_until_each_named_order_has_its_first_curve_from_a_thousand_images() -> None:
    """The random band takes several times as long: it is not waited for."""
    every = ("max_mag", "max_fp", "random", "class 0")

    def enough(quantity: str, *names: str, images: int = 1_024, total: int = 10_000) -> bool:
        lines = {name: Line(name, np.zeros((1, 2)), images, total) for name in every}
        question = SimpleNamespace(orders=("max_mag", "max_fp", "random"))
        drawn = tuple(lines[name] for name in names)
        return PruningPanel.enough(SimpleNamespace(quantity=quantity, question=question, lines=drawn))  # type: ignore[arg-type]

    assert not enough("accuracy")
    assert not enough("accuracy", "max_mag")
    assert enough("accuracy", "max_mag", "max_fp")
    assert not enough("accuracy", "max_mag", "max_fp", images=256)
    assert enough("accuracy", "max_mag", "max_fp", images=256, total=256)
    assert not enough("class")
    assert enough("class", "class 0")


def test_named_orders_are_measured_on_a_thousand_images_before_anything_else() -> None:
    named, whole, band = Item("max_mag", "bias"), Item("max_mag", "zero"), Item("random", "bias")
    items, few, first = (named, whole, band), SimpleNamespace(images=256), SimpleNamespace(images=1_024)

    def turn(**found: SimpleNamespace) -> tuple[Item, ...]:
        of = {"named": named, "whole": whole, "band": band}
        return tuple(next_in_turn(items, {of[name]: each for name, each in found.items()}, "bias"))  # type: ignore[misc]

    assert turn() == turn(named=few) == (named,)
    assert turn(named=first) == turn(named=first, whole=few) == (whole,)
    assert turn(named=first, whole=first) == (band,)
    assert turn(named=first, whole=first, band=few) == (named, whole)
    assert tuple(next_in_turn((band,), {band: few}, "bias")) == (band,)  # type: ignore[dict-item]
