"""A report says what the panels and the commands say, of whatever run it is given, and needs nothing else."""

from __future__ import annotations

import io
import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from pypdf import PdfReader

from workbench.analysis.curves import area_under
from workbench.analysis.low_rank import ELBOWS, OF_WEIGHTS
from workbench.evaluation.evaluator import exact
from workbench.evaluation.questions import low_rank, prune
from workbench.evaluation.run_evaluators import evaluator
from workbench.evaluation.smaller.merging import merging
from workbench.figures.graph.needs import GraphNeeds
from workbench.figures.graph.picture import Graphs
from workbench.figures.graph.words import in_words
from workbench.figures.overview.layer import overview_of
from workbench.figures.overview.words import finding, text_of
from workbench.figures.progress import Progress, Written
from workbench.reports.binding import bound, drawn
from workbench.reports.contents import LayerFindings, RunFindings
from workbench.reports.costs import Costs, costs_of
from workbench.reports.structure import structure_of
from workbench.reports.words import told_costs
from workbench.reports.writing import compose, report
from workbench.runs.errors import RunError
from workbench.runs.place import place_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from workbench.runs.run import Run

LAYER = "fc2"


pytestmark = pytest.mark.usefixtures("one_thread", "no_evaluator_stays")


@pytest.fixture(scope="module")
def folder(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report of one layer."""
    place = tmp_path_factory.mktemp("report") / "here"
    events = list(report([run], place, [LAYER]))
    done = [event.done for event in events if isinstance(event, Progress)]
    assert done == sorted(done)
    assert isinstance(events[-1], Written)
    assert [path.name for path in sorted(place.iterdir())] == ["report.html", "report.pdf"]
    return place


@pytest.fixture(scope="module")
def costs(run: Run) -> Costs:
    *_, found = costs_of(place_in(run, LAYER, 28))
    assert isinstance(found, Costs)
    return found


class Page(HTMLParser):
    """What there is on a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str, str]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def test_the_page_needs_nothing_but_itself(folder: Path) -> None:
    page = Page((folder / "report.html").read_text(encoding="utf-8"))
    assert page.tags["svg"] == 7
    assert not {"script", "link", "iframe", "object", "embed", "img"} & set(page.tags)
    places = [value for _, name, value in page.attributes if name in ("src", "href", "xlink:href")]
    assert places
    assert all(place.startswith(("#", "data:")) for place in places)
    assert not [name for _, name, _ in page.attributes if name.startswith("on")]
    style = " ".join(page.words)
    assert not re.findall(r"url\((?!data:|#)", style)
    assert "@import" not in style
    policy = [value for tag, name, value in page.attributes if tag == "meta" and name == "content"]
    assert any("default-src 'none'" in value for value in policy)


def test_every_name_in_the_page_is_there_once_and_every_reference_leads_somewhere(folder: Path) -> None:
    text = (folder / "report.html").read_text(encoding="utf-8")
    page = Page(text)
    names = Counter(value for _, name, value in page.attributes if name == "id")
    assert [name for name, count in names.items() if count > 1] == []
    wanted = {value[1:] for _, name, value in page.attributes if name.endswith("href") and value.startswith("#")}
    wanted |= set(re.findall(r"url\(#([^)]*)\)", text))
    assert wanted <= set(names)


def test_the_numbers_of_the_weights_are_those_of_the_analysis(run: Run) -> None:
    found = structure_of(place_in(run, "fc1", 28))
    *_, panel = Graphs().results(GraphNeeds(place_in(run, "fc1", 28), found.cutoff, 0.5))
    assert found.now.words == in_words(panel)
    assert found.now.sizes == tuple(size for size in panel.graph.component_sizes.tolist() if size > 1)
    assert (found.now.isolated, found.now.dead) == (panel.graph.isolated, int(panel.states.dead.sum()))
    assert found.now.isolated_and_dead == 26
    assert found.before.sizes == ()
    weights = run.layer("fc1").weights(28).astype(float)
    values = np.linalg.svd(weights, compute_uv=False) ** 2
    assert found.stable_rank == pytest.approx(values.sum() / values[0])
    rows = weights / np.linalg.norm(weights, axis=1, keepdims=True)
    assert found.now.mean_square_cosine == pytest.approx(((rows @ rows.T) ** 2).mean())


def test_the_costs_are_those_of_the_commands(run: Run, costs: Costs) -> None:
    test, validation = (
        dict(prune(run, LAYER, orders=("max_mag", "max_fp", "random"), part=part).curves)
        for part in ("test", "validation")
    )  # type: ignore[arg-type]
    assert costs.start == pytest.approx(run.test_accuracy[28])
    for each in costs.pruned:
        heights = np.stack([curve.accuracy for curve in test[each.order]])
        assert each.area.mean == pytest.approx(heights.mean())
        assert each.area == area_under(heights, images=360)
        mean = heights.mean(axis=0)
        assert (mean[: each.removable + 1] >= mean[0] - 1.0 - 1e-9).all()
        assert mean[each.removable + 1] < mean[0] - 1.0
        other = np.stack([curve.accuracy for curve in validation[each.order]]).mean(axis=0)
        assert each.chosen == int(np.argmax(other < other[0] - 1.0 - 1e-9)) - 1
        assert each.chosen_accuracy == pytest.approx(mean[each.chosen])
    ranks = low_rank(run, LAYER, estimators=True)
    assert (costs.rank, costs.tolerated) == (ranks.spectrum.kneedle, ranks.within_tolerance)
    assert costs.rank_accuracy is not None
    asked = evaluator(place_in(run, LAYER, 28), "test")
    assert costs.rank_accuracy.correct == exact(asked.low_ranks(costs.rank)).correct
    *_, merges = merging(run, LAYER, 28)
    for here, there in zip(costs.merges, merges.points, strict=True):
        assert (here.cosine, here.removed) == (there.cosine, there.removed)
        assert here.accuracy.class_correct == there.accuracy.class_correct
        assert here.accuracy.loss == pytest.approx(there.accuracy.loss, rel=1e-6)


def test_why_the_classifier_is_not_merged_ends_with_one_full_stop(run: Run) -> None:
    *_, found = costs_of(place_in(run, "fc3", 28))
    assert isinstance(found, Costs)
    assert (
        "Units are not merged: fc3 is the classifier: its units are the classes and cannot be removed."
    ) in told_costs(found)
    assert "and cannot be removed (" in found.pruning_words


def test_the_report_tells_these_numbers_on_the_page_and_in_the_pdf(run: Run, folder: Path, costs: Costs) -> None:
    page = Page((folder / "report.html").read_text(encoding="utf-8")).text
    sheets = PdfReader(folder / "report.pdf").pages
    pdf = " ".join(" ".join(sheet.extract_text() for sheet in sheets).split())
    structure = structure_of(place_in(run, LAYER, 28))
    by_order = {each.order: each for each in costs.pruned}
    for text in (page, pdf):
        assert "Redundancy in digits_conv.h5" in text
        assert f"{costs.start:.2f} %" in text
        assert f"{by_order['max_mag'].area.mean:.2f}" in text
        assert f"{by_order['max_fp'].area.low:.2f} to {by_order['max_fp'].area.high:.2f}" in text
        assert f"its stable rank is {structure.stable_rank:.3g} of 32".lower() in text.lower()
        assert run.run_id in text
        assert run.content() in text
        assert "workbench train --recipe digits-conv" in text
        assert "workbench report digits_conv.h5 --snapshot -1 --out here --layers fc2" in text
        assert "FP(Ŵ) = Σᵢⱼ⟨ŵᵢ, ŵⱼ⟩² = ‖ŴŴᵀ‖²_F" in text
        assert "eigenvalue λ of WWᵀ" in text  # in a figure, as text
        assert costs.pruning_words[:40] in text
        assert text_of(finding(overview_of(place_in(run, LAYER)), costs.overview)) in text


def test_the_pdf_has_whole_pages_with_their_number_and_an_outline(folder: Path) -> None:
    reader = PdfReader(folder / "report.pdf")
    forms: Any = reader.pages[0]["/Resources"]["/XObject"]  # type: ignore[index]  # those of all pages
    said = "".join(sheet.get_contents().get_data().decode("latin-1") for sheet in reader.pages)  # type: ignore[union-attr]
    placed = {name: (float(x), float(y)) for x, y, name in re.findall(r"1 0 0 1 (\S+) (\S+) cm (/Figure\d+) Do", said)}
    assert placed.keys() == forms.keys()
    for (left, bottom, right, top), (x, y) in ((map(float, forms[name]["/BBox"]), at) for name, at in placed.items()):
        assert (x + left > 40, y + bottom > 25, x + right < 556, y + top < 800) == (True,) * 4
    forms.clear()  # texts of figures have places of their own
    for number, sheet in enumerate(reader.pages, 1):
        assert [round(float(side)) for side in (sheet.mediabox.width, sheet.mediabox.height)] == [595, 842]
        assert f"{number} of {len(reader.pages)}" in sheet.extract_text()
        places: list[tuple[float, float]] = []

        def see(text: str, user: Any, matrix: Any, *_: Any, places: list[tuple[float, float]] = places) -> None:
            if text.strip():
                x, y = matrix[4], matrix[5]
                places.append((user[0] * x + user[2] * y + user[4], user[1] * x + user[3] * y + user[5]))

        sheet.extract_text(visitor_text=see)
        assert all(40 < x < 550 and 25 < y < 800 for x, y in places)
    titles = [each.title for each in _flat(reader.outline)]  # type: ignore[attr-defined]
    assert titles == [
        "Redundancy in digits_conv.h5",
        "digits_conv.h5",
        "digits_conv: fc2",
        "Methods",
        "How to reproduce this report",
    ]
    assert reader.metadata is not None
    assert reader.metadata.title == "Redundancy in digits_conv.h5"


def _flat(outline: Any) -> Iterator[Any]:
    for each in outline:
        yield from _flat(each) if isinstance(each, list) else [each]


def test_the_same_runs_give_the_same_report(run: Run, folder: Path, tmp_path: Path) -> None:
    list(report([run], tmp_path / folder.name, [LAYER]))
    one, other = (place / "report.html" for place in (folder, tmp_path / folder.name))
    assert one.read_bytes() == other.read_bytes()
    readers = [PdfReader(page.with_suffix(".pdf")) for page in (one, other)]
    texts = [[sheet.extract_text() for sheet in reader.pages] for reader in readers]
    assert texts[0] == texts[1]


def test_text_of_a_file_is_shown_literally(run: Run) -> None:
    evil = '<script>alert(1)</script><img src="http://x/y">&amp; $\\frac{a}$ 漢'
    spec = run.spec.changed(command=f"workbench train {evil}", initialiser=evil)
    odd = replace(run, title=evil, software=evil, spec=spec, notes=(evil,), path=run.path.with_name("<b>&amp;.h5"))
    found = RunFindings(odd, 28, (LayerFindings("conv1", None, None, evil),))
    document = compose([found], True, "x", (), 28)
    files = bound(document, drawn(document), ("page", "pdf"))
    page, pdf = Page(files["page"].decode()), files["pdf"]
    assert not {"script", "img"} & set(page.tags)
    assert evil in page.text
    text = " ".join(PdfReader(io.BytesIO(pdf)).pages[0].extract_text().split())
    assert "<script>alert(1)</script>" in text
    assert "\\frac{a}$ □" in text


def test_where_the_images_are_missing_the_report_says_so(run: Run, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("WORKBENCH_DATA", str(tmp_path / "nothing"))
    data = replace(run.spec.data, name="mnist")
    elsewhere = replace(run, run_id="elsewhere", spec=replace(run.spec, data=data))
    list(report([elsewhere], tmp_path / "report", ["conv1"]))
    page = Page((tmp_path / "report" / "report.html").read_text(encoding="utf-8"))
    assert "The cost of changes is not known: " in page.text
    assert page.tags["svg"] == 5  # the weights are told of all the same


def test_trainings_that_differ_by_seed_have_means(run: Run) -> None:
    other = replace(run, run_id="other", spec=replace(run.spec, seed=1))
    told = [RunFindings(each, 28, (LayerFindings("conv1", structure_of(place_in(each, "conv1", at)), None),))
            for each, at in ((run, 28), (other, 20))]  # fmt: skip
    grids = [block for block in compose(told, False, "x", (), 28).blocks if hasattr(block, "columns")]
    mean = next(grid for grid in grids if grid.caption.startswith("Means over 2 trainings"))  # type: ignore[attr-defined]
    potential = [each.layers[0].structure.now.mean_square_cosine for each in told]  # type: ignore[union-attr]
    assert mean.rows[0][3].startswith(f"{np.mean(potential):.4g} ± ")  # type: ignore[attr-defined]
    elbows = [[ELBOWS[name].rank(each.layers[0].structure.ranks, None) for name in OF_WEIGHTS] for each in told]  # type: ignore[union-attr]
    assert mean.columns[-3:] == OF_WEIGHTS == ("Kneedle", "gap", "MP edge")  # type: ignore[attr-defined]
    expected = [f"{np.mean(ranks):.4g}" for ranks in zip(*elbows, strict=True)]  # type: ignore[arg-type]
    assert [cell.partition(" ±")[0] for cell in mean.rows[0][-3:]] == expected  # type: ignore[attr-defined]
    weights = next(grid for grid in grids if "from their weights" in grid.caption)  # type: ignore[attr-defined]
    assert weights.rows[0][-3:] == tuple(map(str, elbows[0]))  # type: ignore[attr-defined]
    same = [RunFindings(run, 28, ()), RunFindings(run, 28, ())]
    assert not any("Means" in getattr(block, "caption", "") for block in compose(same, False, "x", (), 28).blocks)


def test_a_report_that_is_given_up_leaves_nothing(run: Run, tmp_path: Path) -> None:
    events = report([run], tmp_path / "report", ["conv1"], costs=False)
    for event in events:
        assert isinstance(event, Progress)
        if event.doing == "writing":
            break
    events.close()
    assert list(tmp_path.iterdir()) == []


def test_a_report_says_what_is_wrong_before_it_begins(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(FileExistsError, match="not a folder"):
        next(report([run], tmp_path / "file"))
    with pytest.raises(FileNotFoundError, match="no folder"):
        next(report([run], tmp_path / "a" / "b"))
    with pytest.raises(RunError, match="has no layer"):
        next(report([run], tmp_path / "report", ["fc9"]))
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "report.pdf").write_bytes(b"\x89HDF\r\n\x1a\n")
    with pytest.raises(FileExistsError, match="never overwritten"):
        next(report([run], tmp_path / "full"))
