"""The page of one unit: its weights, its history, what is near it, what excites it and what its removal costs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Signal

from workbench.analysis.units import HARDLY_MOVED_COSINE
from workbench.figures.drawing import in_file_name
from workbench.figures.overview.one_unit import NO_NEXT
from workbench.figures.overview.unit_words import chance_words, page_csv
from workbench.gui.background.latest import Answer, Failure, Latest
from workbench.gui.background.ticker import single_shot
from workbench.gui.panels.base import Panel
from workbench.gui.panels.frame import UNIT_PAGE, Empty, place_with_layer
from workbench.gui.panels.kind import ACROSS, PanelKind
from workbench.gui.panels.units.cards import Card, Cards, Links, bold, picture_of
from workbench.gui.panels.units.charts import Bars, BarView, Curve, HistoryView
from workbench.gui.panels.units.help import UNIT as HELP
from workbench.gui.panels.units.page_answers import Page, PageNeeds, Pages
from workbench.gui.panels.units.page_words import among, capital, numbers, of_images, of_losses, state
from workbench.gui.panels.units.pictures import ImageStrip, WeightView
from workbench.gui.state.program import program
from workbench.gui.widgets.plain_text import DoubtLabel, as_tooltip, literal, plain_label
from workbench.gui.work.saving_tables import TableFiles

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import ThreadPoolExecutor

    from PySide6.QtGui import QImage

    from workbench.figures.overview.one_unit import Outgoing
    from workbench.figures.overview.unit_measures import UnitMeasures
    from workbench.gui.state.session import Selection, Session
    from workbench.gui.work.workshop import Workshop

OF_HISTORY = (
    "Direction: the cosine with its weights at snapshot 0. "
    f"Above {HARDLY_MOVED_COSINE:g} it has hardly moved, unless it is dead."
)
REST_MS = 400  # until the network is asked
NO_UNIT = (
    "No unit is selected. Click a row in the Units panel, or a node in the weight graph; "
    "a double click on a row opens this page."
)


class UnitPage(Panel):
    """Cards about the selected unit, or the first of several."""

    kind = PanelKind(
        name=UNIT_PAGE,
        title="Unit page",
        help=HELP,
        figure=False,
        shortcut="Ctrl+Shift+9",
        next_to="graph",
        way=ACROSS,
        one_run="A unit belongs to one training: the unit of that number in another seed is another unit.",
        asks_data=True,
    )

    save_requested = Signal(str, object)  # the name of a file, and what makes its text
    copy_requested = Signal(object)
    save_picture_requested = Signal(str, object)  # the name of a file, and the image
    copy_picture_requested = Signal(object)

    @classmethod
    def make(cls, shop: Workshop) -> UnitPage:
        page, files = cls(shop.session, shop.pool, shop.slow_pool), TableFiles(shop)
        page.save_requested.connect(files.save)
        page.save_picture_requested.connect(files.save_picture)
        page.copy_picture_requested.connect(files.copy_picture)
        page.copy_requested.connect(files.copy)
        return page

    def __init__(self, session: Session, pool: ThreadPoolExecutor, slow_pool: ThreadPoolExecutor) -> None:
        self._pages = Pages()
        super().__init__(session, pool)
        self.weights, self.history, self.links, self.images = WeightView(), HistoryView(), Links(), ImageStrip()
        self.losses, self.outgoing = BarView("Points lost by class"), BarView("Outgoing weights")
        self.name, self.about = plain_label(""), plain_label("", wrap=True)
        self.name.setFont(bold(self.name.font()))
        self.of_weights, self.of_history = Card("Weights", self.weights), Card("History", self.history)
        self.of_nearest = Card("Nearest units", self.links)
        self.of_images = Card("Test images that activate it most", self.images)
        self.of_losses = Card("What its removal costs each class", self.losses)
        self.of_outgoing = Card("Outgoing weights", self.outgoing)
        cards = (self.of_weights, self.of_history, self.of_images, self.of_losses, self.of_nearest, self.of_outgoing)
        self.doubt = DoubtLabel()
        self.picture.addWidget(self.name)
        self.picture.addWidget(self.about)
        self.cards = Cards(cards)
        self.picture.addWidget(self.cards, 1)
        self.picture.addWidget(self.doubt)
        self._wanted: PageNeeds | None = None  # of the network
        self.measures: UnitMeasures | None = None
        self._finished = True
        self._resting = single_shot(self, REST_MS, lambda: self._asker.ask(self._wanted))
        self._asker = Latest(self._pages.measures, slow_pool, self, urgent=True)
        self._asker.answered.connect(self._on_asker_answered)
        self._asker.completed.connect(self._on_asker_completed)
        self._asker.failed.connect(self._on_asker_failed)
        menu = self.export.menu()
        for text, do in (
            ("Save picture…", self.save_picture), ("Copy image", self.copy_picture),
            ("Save CSV…", self.save), ("Copy numbers", self.copy_numbers),
        ):  # fmt: skip
            menu.addAction(text).triggered.connect(do)
        self.export.setToolTip("Save or copy the page as a picture or its numbers, or copy a program")
        self.history.chosen.connect(lambda snapshot: self.session.select(snapshot=snapshot))
        self.links.chosen.connect(lambda unit: self.session.select(units=frozenset((unit,))))

    def needs(self, selection: Selection) -> object:
        place = place_with_layer(selection)
        if isinstance(place, Empty):
            return place
        if not selection.units:
            return Empty(NO_UNIT)
        return PageNeeds(place, min(selection.units), len(selection.units))

    def place(self, needs: PageNeeds) -> object:
        return needs.place.subject, needs.unit

    def awaited(self, needs: PageNeeds) -> str:
        return f"{needs.place.words}: unit {needs.unit}, computing…"

    def compute(self, needs: PageNeeds) -> Iterator[Page]:
        return self._pages.page(needs)

    def clear(self) -> None:
        self._ask_network(None)
        if not self.session.runs:
            self._pages.forget()

    def retry(self) -> None:
        """Also what rests on images, which may have changed."""
        self._pages.forget()
        self._wanted = None
        super().retry()

    def shut(self) -> None:
        self._resting.stop()
        self._asker.close()
        super().shut()

    @property
    def complete(self) -> bool:
        """Also what the network says is there."""
        return super().complete and (self._finished or not self.isVisible())

    def as_python(self) -> str | None:
        page: Page | None = self.shown_result
        if page is None:
            return None
        place = page.needs.place
        return program(
            place.run,
            f"units = wb.units(run, {place.layer!r}, {place.snapshot}, costs=True)",
            f"print(dict(zip(units.columns, units.row({page.needs.unit}))))",
        )

    def save(self) -> None:
        """Ask for a file and save all numbers of the page."""
        page: Page | None = self.shown_result
        if page is not None:
            measures = self.measures
            self.save_requested.emit(
                f"{_file_name(page.needs)}.csv", lambda: page_csv(page.facts, page.table, measures)
            )

    def copy_numbers(self) -> None:
        """Put all numbers of the page into the clipboard."""
        page: Page | None = self.shown_result
        if page is not None:
            measures = self.measures
            self.copy_requested.emit(lambda: page_csv(page.facts, page.table, measures, "\t"))

    def save_picture(self) -> None:
        """Ask for a file and save the whole page as a picture, what is scrolled out of sight too."""
        page: Page | None = self.shown_result
        if page is not None:
            self.save_picture_requested.emit(f"{_file_name(page.needs)}.png", self._picture_of(page.needs))

    def copy_picture(self) -> None:
        """Put the same picture into the clipboard."""
        page: Page | None = self.shown_result
        if page is not None:
            self.copy_picture_requested.emit(self._picture_of(page.needs))

    def _picture_of(self, needs: PageNeeds) -> QImage:
        parts = (self.name, self.about, self.cards.inside, self.doubt)
        return picture_of(f"{needs.place.words}: unit {needs.unit}", parts)

    # --- drawing ---

    def draw(self, result: Page) -> None:
        needs, facts = result.needs, result.facts
        self._describe(result)
        self.weights.show_picture(facts.picture)
        history, missing = facts.history, facts.history.missing
        self.history.show_curves(
            (
                Curve("norm", history.norm),
                Curve("direction", history.cosine, missing.get("cosine", "")),
                Curve("activity", history.activity, missing.get("activity", "")),
            ),
            needs.place.snapshot,
        )
        self.of_history.say(OF_HISTORY)
        self.links.show_units(facts.nearest.units, facts.nearest.cosines)
        chance = "" if result.table is None else chance_words(result.table, "nearest_cosine")
        self.links.setToolTip(as_tooltip(f"Cosine with the nearest unit {chance}") if chance else "")
        self.of_nearest.say("" if facts.nearest.units else "– This unit is removed, or all others are.")
        self._show_outgoing(facts.outgoing)
        self.line.setText(f"{needs.place.words}: unit {needs.unit}{among(needs)}")
        self._ask_network(needs)

    def _describe(self, page: Page) -> None:
        unit, table = page.needs.unit, page.table
        self.name.setText(f"Unit {unit}{'' if table is None else f': {state(table, unit)}'}")
        self.about.setText("" if table is None else literal(f"Rule: {table.rule(unit)}. {numbers(table, unit)}."))

    def _show_outgoing(self, outgoing: Outgoing | None) -> None:
        if outgoing is None:
            self.of_outgoing.title.setText("Outgoing weights")
            self.of_outgoing.say(f"– {capital(NO_NEXT)}, or it is the last layer.")
            self.outgoing.show_bars(None)
            return
        self.of_outgoing.title.setText(f"Outgoing weights to {outgoing.layer}")
        what = "The weight" if outgoing.signed else f"The norm of {outgoing.weights.shape[1]:,} weights"
        largest = int(np.abs(outgoing.strengths).argmax())
        self.of_outgoing.say(f"{what} to each of its units; the largest to unit {largest}.")
        self.outgoing.show_bars(Bars(outgoing.strengths, f"unit of {outgoing.layer}"))

    # --- what the network says ---

    def _ask_network(self, needs: PageNeeds | None) -> None:
        """Ask soon what the network says, unless that is known or on its way."""
        wanted = None if needs is None else replace(needs, selected=1)
        if wanted == self._wanted:
            return
        self._wanted, self.measures, self._finished = wanted, None, wanted is None
        self._asker.ask(None)
        self._show_measures(None)
        if wanted is None:
            self._resting.stop()
        else:
            self._resting.start()

    def _show_measures(self, found: UnitMeasures | None) -> None:
        self.images.show_images(() if found is None or found.images is None else found.images)
        self.of_images.say(of_images(found))
        losses = None if found is None else found.losses
        some = losses is not None and bool(np.nan_to_num(losses.by_class).any())
        self.losses.show_bars(Bars(losses.by_class, "class", "points") if losses is not None and some else None)
        self.of_losses.say(of_losses(found))
        self.doubt.setText("" if found is None else "; ".join(found.warnings))

    def _on_asker_answered(self, answer: Answer) -> None:
        if answer.question is not None and answer.question == self._wanted:
            self.measures = answer.value
            self._show_measures(answer.value)

    def _on_asker_completed(self, question: PageNeeds | None) -> None:
        if question is not None and question == self._wanted:
            self._finished = True
            self.drawn.emit()

    def _on_asker_failed(self, failure: Failure) -> None:
        if failure.question == self._wanted:
            self._finished = True
            for card in (self.of_images, self.of_losses):
                card.say(f"– {failure.words}")


def _file_name(needs: PageNeeds) -> str:
    run, layer = in_file_name(needs.place.run.path.stem), in_file_name(needs.place.layer)
    return f"{run}_{layer}_unit_{needs.unit}"
