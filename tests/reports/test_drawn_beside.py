"""Figures that another process draws while a report is measured are those that are drawn here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from workbench.reports.binding import bound, drawn, page_of
from workbench.reports.blocks import Document, Heading, Pictures
from workbench.reports.contents import history_pictures
from workbench.reports.process.drawings import DrawingsBeside

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.runs.run import Run

NAMES = ("page", "pdf")


@pytest.fixture(scope="module")
def document(run: Run) -> Document:
    pictures = tuple(history_pictures(run, run.snapshots - 1))
    assert len(pictures) == 2
    return Document("Title", (Heading(1, "Title"), Pictures(pictures)))


@pytest.fixture(scope="module")
def expected(document: Document) -> dict[str, bytes]:
    return bound(document, drawn(document), NAMES)


@pytest.fixture
def drawings() -> Iterator[DrawingsBeside]:
    beside = DrawingsBeside()
    yield beside
    beside.close()


def finished(drawings: DrawingsBeside, document: Document) -> dict[str, bytes]:
    for picture in document.blocks[1].pictures:  # type: ignore[union-attr]
        drawings.add(picture, page_of(picture))
    return bound(document, drawings, NAMES)


def begin(drawings: DrawingsBeside, run: Run) -> None:
    for picture in history_pictures(run, run.snapshots - 1):  # other objects than those of the document
        drawings.begin(page_of(picture))


def test_the_files_are_the_same_to_the_byte(
    drawings: DrawingsBeside, document: Document, expected: dict[str, bytes], run: Run
) -> None:
    begin(drawings, run)
    assert finished(drawings, document) == expected
    child = drawings._child
    assert child is not None
    drawings.close()
    assert child.process.poll() is not None


def test_where_the_process_ends_all_is_drawn_here(
    drawings: DrawingsBeside, document: Document, expected: dict[str, bytes], run: Run
) -> None:
    begin(drawings, run)
    child = drawings._child
    assert child is not None
    child.process.kill()
    assert finished(drawings, document) == expected


def test_where_no_process_can_be_started_all_is_drawn_here(
    drawings: DrawingsBeside,
    document: Document,
    expected: dict[str, bytes],
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_arguments: object, **_options: object) -> None:
        raise OSError("no more processes")

    monkeypatch.setattr("workbench.reports.process.drawings.start_module", refuse)
    begin(drawings, run)
    assert finished(drawings, document) == expected
