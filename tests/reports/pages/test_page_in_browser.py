"""The page in a real browser: it draws the edges that `workbench graph` writes, by keyboard, and does nothing else."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser import COMMAND, MISSING, browser
from workbench.cli import main
from workbench.reports.pages.html import Words, page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.browser import Page

pytestmark = pytest.mark.skipif(COMMAND is None, reason=MISSING)
SAMPLE = "sample_runs/digits_conv.h5"
HOSTILE = "</script><script>document.title = 'owned'</script><img src=x onerror=\"document.title = 'owned'\">&lt;"
DRAWN = """({
  nodes: [...document.querySelectorAll("#nodes path")].filter((node) => node.getAttribute("visibility") === "visible")
    .map((node) => [node.dataset.unit, node.getAttribute("transform")]),
  edges: [...document.querySelectorAll("#edges path")].map((edge) => edge.getAttribute("d")).join(""),
})"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "graph.html"
    assert main(["page", SAMPLE, "--layer", "fc1", "--snapshots", "20:", "--out", str(path)]) == 0
    return path


@pytest.fixture(scope="module")
def shown(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with browser(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


def drawn(shown: Page) -> set[tuple[int, int]]:
    """The pairs of units between which a line is drawn."""
    found: dict[str, Any] = shown.value(DRAWN)
    units = {}
    for unit, transform in found["nodes"]:
        match = re.match(r"translate\((\d+) (\d+)\)", transform)
        assert match is not None
        units[match.groups()] = int(unit)
    ends = re.findall(r"M(\d+) (\d+)L(\d+) (\d+)", found["edges"])
    pairs = {tuple(sorted((units[end[:2]], units[end[2:]]))) for end in ends}
    assert len(pairs) == len(ends)
    return pairs  # type: ignore[return-value]


def written(folder: Path, snapshot: int) -> set[tuple[int, int]]:
    """The edges that the command writes."""
    out = folder / f"{snapshot}.json"
    assert main(["graph", SAMPLE, "--layer", "fc1", "--snapshot", str(snapshot), "--out", str(out)]) == 0
    return {(edge["source"], edge["target"]) for edge in json.loads(out.read_text())["edges"]}


def test_it_draws_the_edges_of_the_command_and_goes_by_keyboard(shown: Page, made: Path, tmp_path: Path) -> None:
    shown.open(f"{made.as_uri()}#22")
    assert drawn(shown) == written(tmp_path, 22)
    shown.press("Tab", "Tab")
    assert shown.value("document.activeElement.id") == "moment"
    assert shown.value("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    shown.press("End")
    assert drawn(shown) == written(tmp_path, 28)
    shown.press("ArrowLeft", "ArrowLeft", "ArrowLeft")
    assert drawn(shown) == written(tmp_path, 25)
    assert shown.value("document.activeElement.getAttribute('aria-valuetext')") == "epoch 20.48"
    assert "epoch 20.48" in shown.value("document.getElementById('seen').textContent")
    shown.press("Tab")
    shown.ask("Input.insertText", text="7")
    assert re.match(r"unit 7: norm [\d.]+, \d+ edges", shown.value("document.getElementById('unit').textContent"))
    assert shown.value("document.querySelector('.ring').getAttribute('visibility')") == "visible"


def test_it_plays(shown: Page, made: Path) -> None:
    shown.open(made.as_uri())
    shown.press("Tab", " ")
    begun = "new Promise((done) => { const look = () => (document.getElementById('moment').value > 0 && "
    begun += "document.getElementById('moment').value < 8 ? done(true) : setTimeout(look, 20)); look(); })"
    assert shown.value(begun)
    assert shown.value("document.activeElement.textContent") == "Pause"
    shown.press(" ")
    assert shown.value("document.activeElement.textContent") == "Play"


def test_it_is_quiet_light_dark_and_printed_light(shown: Page, made: Path) -> None:
    shown.open(made.as_uri())
    ground = "getComputedStyle(document.body).backgroundColor"
    scheme = {"name": "prefers-color-scheme"}
    found = []
    for media, value in (("screen", "light"), ("screen", "dark"), ("print", "dark")):
        shown.ask("Emulation.setEmulatedMedia", media=media, features=[{**scheme, "value": value}])
        found.append((shown.value(ground), shown.value("getComputedStyle(document.querySelector('button')).display")))
    shown.ask("Emulation.setEmulatedMedia", media="", features=[])
    assert [colour for colour, _ in found] == ["rgb(255, 255, 255)", "rgb(30, 30, 30)", "rgb(255, 255, 255)"]
    assert [button for _, button in found] == ["block", "block", "none"]
    assert shown.events("Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled") == []
    asked = {event["request"]["url"] for event in shown.events("Network.requestWillBeSent")}
    assert asked == {made.as_uri()}


def test_names_are_literal_and_nothing_else_may_run(shown: Page, made: Path, tmp_path: Path) -> None:
    content = made.read_text(encoding="utf-8")
    known = json.loads(content.partition('id="data">')[2].partition("</script>")[0])
    known |= {"labels": [HOSTILE] * 9, "words": [HOSTILE] * 9, "compared": HOSTILE, "start": HOSTILE}
    for graph in known["graphs"]:
        graph |= {"words": HOSTILE, "names": [[group, HOSTILE] for group, _ in graph["names"]]}
        graph["labels"] = [[HOSTILE, *place] for _, *place in graph["labels"]]
    path = tmp_path / "hostile.html"
    path.write_bytes(page(Words(HOSTILE, HOSTILE, ((HOSTILE, HOSTILE),)), known))
    shown.open(path.as_uri())
    assert shown.value("document.title") == HOSTILE
    for element in ("h1", ".about", "dt", "dd", "#seen", "#found", "#now", "#graph text", "#groups li"):
        assert shown.value(f"document.querySelector({element!r}).textContent") == HOSTILE, element
    assert shown.value("document.querySelectorAll('img').length") == 0
    refused = """(async () => {
      const tried = [], script = document.createElement("script");
      try { script.text = "document.title = 'owned'"; document.body.append(script); } catch { tried.push("script"); }
      try { document.body.innerHTML = "<b>"; } catch { tried.push("html"); }
      try { await fetch("data:,x"); } catch { tried.push("fetch"); }
      return [document.title, ...tried];
    })()"""
    assert shown.value(refused) == [HOSTILE, "script", "html", "fetch"]
