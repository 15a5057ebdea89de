"""What a page holds: small, the same numbers as the graph and the spectrum, and read back by other programs."""

from __future__ import annotations

import json
import shutil
import subprocess
from base64 import b64decode
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import workbench as wb
from workbench.cli import main
from workbench.figures.kinds import figure
from workbench.figures.settings import GraphSettings, SpectrumSettings
from workbench.figures.stacks.making import graph_result
from workbench.figures.stacks.picture import StackedGraphs
from workbench.reports.pages import writing
from workbench.reports.pages.coding import in_gaps, shares
from workbench.reports.pages.moments import moments
from workbench.reports.pages.plots import SIZE, ticks, ticks_of_decades
from workbench.reports.pages.writing import MOST_BYTES, PageOf, fitting, write_page
from workbench.runs.place import Place

if TYPE_CHECKING:
    from workbench.reports.pages.moments import Moment
    from workbench.runs.run import Run

STUB = Path(__file__).parent / "stub.js"


@pytest.fixture(scope="module", params=["digits_conv", "digits_lenet"])
def sample(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, list[Moment], Path]:
    """A sample run, what is shown of its first large layer, and the page."""
    run = wb.open_run(f"sample_runs/{request.param}.h5")
    wanted = PageOf(Place(run, "fc1"))
    found = list(moments(wanted.place, wanted.graph, wanted.spectrum, wanted.snapshots))
    path = tmp_path_factory.mktemp("page") / "page.html"
    path.write_bytes(fitting(wanted, found)[0])
    return run, found, path


def data_in(path: Path) -> dict[str, Any]:
    text = path.read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text.partition('id="data">')[2].partition("</script>")[0])
    return found


def from_gaps(text: str) -> list[int]:
    """The slow twin of the script's reader."""
    found, number, gap, shift = [], 0, 0, 0
    for byte in b64decode(text):
        gap |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            number += gap
            found.append(number)
            gap = shift = 0
    return found


def edges_in(data: dict[str, Any]) -> list[list[tuple[int, int]]]:
    """The edges of each snapshot, read back as the format says."""
    pairs = [divmod(code, data["units"]) for code in from_gaps(data["pairs"])]
    here: set[int] = set()
    found = []
    for graph in data["graphs"]:
        here ^= set(from_gaps(graph["changed"]))
        found.append([pairs[at] for at in sorted(here)])
    return found


def test_a_page_is_small_and_holds_every_snapshot(sample: tuple[Run, list[Moment], Path]) -> None:
    run, _, path = sample
    assert path.stat().st_size < MOST_BYTES
    data = data_in(path)
    assert data["snapshots"] == list(range(run.snapshots))
    assert data["labels"][0] == "epoch 0"


def test_its_edges_and_cosines_are_those_of_the_weight_graph(sample: tuple[Run, list[Moment], Path]) -> None:
    run, _, path = sample
    data = data_in(path)
    for snapshot, edges in enumerate(edges_in(data)):
        graph, there = wb.layer_graph(run.layer("fc1"), snapshot), data["graphs"][snapshot]
        known = dict(zip(map(tuple, graph.edges.tolist()), graph.inner_products.tolist(), strict=True))
        assert sorted(known) == edges
        assert there["cutoff"] == graph.cutoff
        read = graph.cutoff + (1 - graph.cutoff) * np.frombuffer(b64decode(there["cosines"]), np.uint8) / 255
        np.testing.assert_allclose(read, [known[edge] for edge in edges], rtol=0, atol=(1 - graph.cutoff) / 509)
        norms = np.frombuffer(b64decode(there["norms"]), "<u2") / 65535 * data["largest"]
        np.testing.assert_allclose(norms, graph.norms, rtol=0, atol=data["largest"] / 131069)


def test_its_nodes_lie_where_those_of_the_figure_do(sample: tuple[Run, list[Moment], Path]) -> None:
    _, found, path = sample
    data = data_in(path)
    for moment, there in zip(found, data["graphs"], strict=True):
        assert moment.graph is not None
        drawn = moment.graph.groups != data["hidden"]
        places = np.frombuffer(b64decode(there["places"]), "<u2").reshape(-1, 2) * data["step"]
        own = moment.graph.positions * (1, -1)
        shift = (places - own)[drawn]
        np.testing.assert_allclose(shift, np.broadcast_to(shift[0], shift.shape), atol=1e-6)
        assert (places[drawn] <= np.array([data["width"], data["height"]]) * data["step"]).all()


def test_its_bars_are_those_of_the_spectrum(sample: tuple[Run, list[Moment], Path]) -> None:
    run, _, path = sample
    there = data_in(path)["spectra"][-1]
    own: Any = figure("spectrum", run, "fc1", -1).figure
    np.testing.assert_allclose(np.array(there["bars"]) / SIZE * own.top, own.density, atol=own.top / SIZE)
    assert set(there["laws"]) == {law.name for law in own.laws}
    assert [float(text) for _, text in there["rug"]] == [float(f"{value:.3g}") for value in own.outliers]


@pytest.mark.skipif(shutil.which("node") is None, reason="no node on this machine")
def test_the_script_draws_these_edges_without_a_browser_too(sample: tuple[Run, list[Moment], Path]) -> None:
    _, _, path = sample
    done = subprocess.run(["node", STUB, path], capture_output=True, text=True, check=True)
    drawn = [sorted(tuple(sorted(edge)) for edge in edges) for edges, _ in json.loads(done.stdout)]
    assert drawn == edges_in(data_in(path))
    assert not any(pairs for _, pairs in json.loads(done.stdout))


def test_a_stack_of_layers_moves_as_one_graph_whose_units_have_names(tmp_path: Path) -> None:
    page, run = tmp_path / "page.html", "sample_runs/digits_conv.h5"
    words = ["page", run, "--layer", "conv2", "--snapshots", "27:", "--set", "graph.stacked=rank:4", "--cutoff", "0.4"]
    assert main([*words, "--stack", run, "--out", str(page)]) == 0
    data = data_in(page)
    with wb.open_run(run) as opened:
        settings = GraphSettings(stacked=("rank:4",), cutoffs={"16x72": 0.4})
        result = graph_result(StackedGraphs(), opened.place("conv2", 28), settings, (opened,))
    assert data["units"] == 48
    assert data["graphs"][-1]["layers"] == [[name, 16] for name in result.stack.names]  # type: ignore[attr-defined]
    assert edges_in(data)[-1] == sorted(map(tuple, result.graph.edges.tolist()))
    assert "layers stacked on top of one another" in page.read_text(encoding="utf-8")
    pairs = sorted(tuple(sorted(pair)) for pair in result.pair_lines.tolist())
    assert len(pairs) >= 16
    assert [divmod(code, 48) for code in from_gaps(data["graphs"][-1]["joined"])] == pairs
    if shutil.which("node") is not None:
        done = subprocess.run(["node", STUB, page], capture_output=True, text=True, check=True)
        assert sorted(tuple(sorted(pair)) for pair in json.loads(done.stdout)[-1][1]) == pairs
    assert main([*words, "--set", "graph.pairs=false", "--stack", run, "--out", str(tmp_path / "without.html")]) == 0
    assert [graph["joined"] for graph in data_in(tmp_path / "without.html")["graphs"]] == ["", ""]
    assert main([*words, "--stack", "sample_runs/digits_lenet.h5", "--out", str(tmp_path / "no.html")]) == 2


def test_where_a_page_would_be_large_every_second_snapshot_is_left_out(
    sample: tuple[Run, list[Moment], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    run, found, _ = sample
    monkeypatch.setattr(writing, "MOST_BYTES", 120_000)
    content, number = fitting(PageOf(Place(run, "fc1")), found)
    assert len(content) <= 120_000
    assert number < len(found)
    assert f"{number} of {len(found)}, so that this file stays small" in content.decode()


def test_a_snapshot_that_is_not_finite_is_said_to_be_so(sample: tuple[Run, list[Moment], Path]) -> None:
    run, found, _ = sample
    broken = [*found[:2], replace(found[2], graph=None, spectrum=None, words="holds numbers that are not finite")]
    content = fitting(PageOf(Place(run, "fc1")), [*broken, found[3]])[0].decode()
    assert "holds numbers that are not finite" in content
    with pytest.raises(ValueError, match="no snapshot has finite weights"):
        fitting(PageOf(Place(run, "fc1")), broken[2:])


def test_whole_numbers_come_back_from_their_gaps() -> None:
    values = np.array([0, 0, 5, 132, 133, 20_000, 1 << 40], np.int64)
    assert from_gaps(in_gaps(values)) == values.tolist()
    assert from_gaps(in_gaps(np.zeros(0, np.int64))) == []
    with pytest.raises(ValueError, match="ascending"):
        in_gaps(np.array([3, 2]))
    assert shares(np.array([0.2, 0.2]), 0.2, 0.2).tolist() == [0, 0]


def test_axes_have_round_numbers() -> None:
    assert ticks(0.0, 1.4) == [[0, "0"], [357, "0.5"], [714, "1"]]
    assert ticks(-1.0, 1.0)[2] == [500, "0"]
    assert ticks_of_decades(-2.0, 1.25) == [[0, "0.01"], [308, "0.1"], [615, "1"], [923, "10"]]
    assert [text for _, text in ticks_of_decades(0.0, 1.0)] == ["1", "2", "5", "10"]


def test_snapshots_are_in_order_and_the_file_is_a_page(tmp_path: Path) -> None:
    with wb.open_run("sample_runs/digits_conv.h5") as run:
        with pytest.raises(ValueError, match="does not come after"):
            PageOf(Place(run, "fc1"), first=3, last=2)
        with pytest.raises(ValueError, match="of all units"):
            PageOf(Place(run, "fc1"), spectrum=SpectrumSettings(matrix="units"))
        (tmp_path / "run.h5").write_bytes(b"\x89HDF\r\n\x1a\n")
        with pytest.raises(FileExistsError, match="never overwritten"):
            next(write_page(PageOf(Place(run, "fc1")), tmp_path / "run.h5"))
