"""Rows of a form, made from the fields of a dataclass."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtWidgets import QFileDialog, QWidget

from workbench.figures.controls import Amount, Line, Location, setting
from workbench.gui.widgets.forms.reading import decimal, listed, whole, wholes
from workbench.gui.widgets.forms.rows import form_of_rows, rows_of, values_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

    from workbench.gui.widgets.forms.rows import FormRow


@dataclass(frozen=True)
class Trip:
    """One field of each kind that a dialog has."""

    hidden: int = 3
    goal: str = setting("sea", "Goal", "Where to", choices=lambda: dict(GOALS), label="To")
    by: str = setting("train", "By", choices={"train": "train", "boat": "boat"}, free=True)
    stops: tuple[int, ...] | None = setting(None, "Stops", kind=Line, parse=wholes(1), show=listed, empty="none")
    length: tuple[str, float] = setting(
        ("days", 2), "Length", "How long", Amount, units={"days": whole(1, 99), "hours": decimal(0, above=True)}
    )
    ticket: Path | None = setting(None, "Ticket", "What to read", Location, files="Tickets (*.pdf)")
    folder: Path | None = setting(None, "Folder", kind=Location)
    people: int = setting(1, "People", low=1, high=9, step=1, unit=" people")
    budget: float | None = setting(None, "Budget", low=10, high=90, digits=1, step=5, nothing="any")
    return_too: bool = setting(True, "Return trip")


GOALS = {"sea": "The sea", "hill": "A hill"}


@pytest.fixture
def rows(qtbot: QtBot) -> Iterator[dict[str, FormRow]]:
    made = rows_of(Trip)
    page = QWidget()
    page.setLayout(form_of_rows(made.values()))
    qtbot.addWidget(page)
    page.show()
    yield made
    page.close()


def test_a_form_begins_with_the_defaults_and_reads_what_is_set(rows: dict[str, FormRow], qtbot: QtBot) -> None:
    assert values_in(Trip, rows) == Trip()
    wanted: dict[str, Any] = {
        "goal": "hill", "by": "on foot", "stops": (3, 5), "length": ("hours", 1.5), "ticket": Path("/a/b.pdf"),
        "folder": Path("/c"), "people": 4, "budget": 12.5, "return_too": False,
    }  # fmt: skip
    for name, value in wanted.items():
        with qtbot.waitSignal(rows[name].changed):
            rows[name].set_value(value)
    found = values_in(Trip, rows)
    assert found == Trip(**wanted)
    assert type(found.people) is int
    rows["budget"].set_value(None)
    assert (rows["budget"].value(), rows["budget"].control.text()) == (None, "any")


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("goal", "moon", "'moon' is none of sea, hill"),
        ("budget", "much", "'much' is not a number"),
        ("return_too", 1, "1 is neither true nor false"),
    ],
)
def test_what_a_row_does_not_allow_is_refused(rows: dict[str, FormRow], name: str, value: object, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        rows[name].set_value(value)


def test_a_row_says_beneath_it_what_is_wrong(rows: dict[str, FormRow]) -> None:
    length = rows["length"]
    length.control.edit.setText("0")
    with pytest.raises(ValueError, match="a whole number from 1 to 99"):
        length.value()
    length.complain("too <b>short</b>")
    assert length.problem == "too <b>short</b>"
    assert [each.accessibleDescription() for each in length.controls] == ["too <b>short</b>"] * 2
    length.complain("")
    assert [each.accessibleDescription() for each in length.controls] == ["How long"] * 2
    length.explain("In days or hours")
    assert {each.toolTip() for each in length.controls} == {"In days or hours"}


def test_every_control_has_a_name_and_its_label_leads_to_it(rows: dict[str, FormRow]) -> None:
    names = [control.accessibleName() for row in rows.values() for control in row.controls]
    assert names == [
        "Goal", "By", "Stops", "Length", "Unit of: Length", "Ticket", "Choose: Ticket", "Folder", "Choose: Folder",
        "People", "Budget", "Return trip",
    ]  # fmt: skip
    labels = [row.label.text() for row in rows.values()]
    assert labels == ["To", "By", "Stops", "Length", "Ticket", "Folder", "People", "Budget", ""]
    assert all(row.label.buddy() is row.controls[0] is row.focusProxy() for row in rows.values())
    assert rows["stops"].control.placeholderText() == "none"


def test_a_path_is_chosen_in_a_file_dialog(rows: dict[str, FormRow], monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[tuple[Any, ...]] = []

    def chosen(*given: Any, **_options: Any) -> Any:
        begun.append(given[1:])
        return ("/x/ticket.pdf", "") if len(given) == 4 else "/x"

    monkeypatch.setattr(QFileDialog, "getSaveFileName", chosen)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", chosen)
    for name in ("ticket", "folder"):
        rows[name].control.choose.click()
    assert [rows[name].value() for name in ("ticket", "folder")] == [Path("/x/ticket.pdf"), Path("/x")]
    assert begun == [("Ticket", "", "Tickets (*.pdf)"), ("Folder", "")]
    rows["folder"].control.edit.setText("a\0b")
    with pytest.raises(ValueError, match="a name cannot contain this character"):
        rows["folder"].value()


def test_a_row_added_to_a_table_can_be_chosen(monkeypatch: pytest.MonkeyPatch, qtbot: QtBot) -> None:
    monkeypatch.setitem(GOALS, "city", "A city")
    row = rows_of(Trip)["goal"]
    qtbot.addWidget(row)
    assert [row.control.itemText(at) for at in range(row.control.count())] == ["The sea", "A hill", "A city"]
