"""A figure of the report is rebuilt whole: runs, page, table and pictures; a second time nothing is trained."""

from __future__ import annotations

import csv
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from workbench.experiments.report import trainings
from workbench.experiments.report.graphs import in_largest, only_pairs
from workbench.experiments.report.numbers import COLUMNS
from workbench.experiments.report.reproducing import reproduce
from workbench.figures.progress import Progress, Written
from workbench.figures.stacks.stack import stack
from workbench.runs.run import open_run

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("one_thread", "no_evaluator_stays")


@pytest.fixture(scope="module")
def rebuilt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fig. 5 on the digits, as far as a few iterations take it."""
    folder = tmp_path_factory.mktemp("rebuilt")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("WORKBENCH_DATA", raising=False)
        short = {name: replace(each, digits=8) for name, each in trainings.NETWORKS.items()}
        patch.setattr(trainings, "NETWORKS", short)
        for _ in range(2):  # the second time nothing is trained
            events = list(reproduce("fig5", folder, repeats=2, command=("workbench", "reproduce", "fig5")))
            done = [event.done for event in events if isinstance(event, Progress)]
            assert done == sorted(done)
            assert isinstance(events[-1], Written)
    return folder


def test_the_folder_holds_page_table_pictures_and_runs(rebuilt: Path) -> None:
    names = {path.relative_to(rebuilt).as_posix() for path in rebuilt.rglob("*") if path.is_file()}
    runs = {f"runs/conv2-{kind}.h5" for kind in
            ("quick-digits-seed0", "quick-digits-seed1", "redrawn-quick-digits-seed0")}  # fmt: skip
    pictures = {f"figures/{name}.svg" for name in ("fig5a", "fig5b", "fig5a-control")}
    assert names == {"report.html", "report.pdf", "table.csv", *runs, *pictures}
    with (rebuilt / "table.csv").open() as stream:
        header, *rows = csv.reader(stream)
    assert tuple(header) == COLUMNS
    assert {row[0] for row in rows} == {"fig5"}
    page = (rebuilt / "report.html").read_text()
    assert "CIFAR-10 is not on this machine" in page
    assert "Figure 5: the same start, another classifier" in page
    assert page.count("<figure>") == 3


def test_pairs_and_the_largest_cluster_are_those_of_a_graph_that_is_counted_by_hand(rebuilt: Path) -> None:
    runs = rebuilt / "runs"
    with (
        open_run(runs / "conv2-quick-digits-seed0.h5") as one,
        open_run(runs / "conv2-redrawn-quick-digits-seed0.h5") as other,
    ):
        joined = stack(one, other, layer="conv2").graph(0.48).to_networkx()
        import networkx as nx

        components = [sorted(each) for each in nx.connected_components(joined)]
        units = one.layer("conv2").units
        pairs = sum(len(each) == 2 and each[1] == each[0] + units for each in components)
        assert only_pairs(one, other, "conv2", 0.48) == pairs > 0
        largest = np.array(max(components, key=len))
        assert sum(in_largest(one, other, "conv2", 0.48)) == len(largest)
