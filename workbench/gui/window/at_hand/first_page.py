"""What the start page shows and does: the runs opened last are read off the GUI thread."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from workbench.gui.background.latest import Latest
from workbench.gui.background.ticker import single_shot
from workbench.gui.state import samples
from workbench.gui.widgets.start_page import StartPage
from workbench.runs.collection.listing import Summary, summary
from workbench.runs.files.patience import patiently

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from workbench.gui.background.latest import Answer
    from workbench.gui.state.session import Selection
    from workbench.gui.window.main_window import MainWindow

REST_MS = 250  # the page may be in sight for a moment only, while a session is opened
PATIENCE = 10.0  # seconds for each run


def summaries(paths: tuple[Path, ...]) -> Iterator[tuple[Path, Summary] | None]:
    """What each of these runs is; None while a disk does not answer."""
    for path in paths:
        try:
            found = yield from patiently(partial(summary, path), path.name, PATIENCE)
        except TimeoutError as error:
            found = Summary(problem=str(error))
        yield path, found


class FirstPage(QObject):
    """Makes and fills the start page, and does what its cards ask for."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.page: StartPage = StartPage(samples.listed())
        self.page.open_requested.connect(lambda: window.choose_file())
        self.page.path_chosen.connect(self._on_page_path_chosen)
        self.page.train_requested.connect(lambda: window.train_actions.train())
        self.page.tour_requested.connect(lambda: window.tour.begin())
        self._asker = Latest(summaries, window.pool, self)
        self._asker.answered.connect(self._on_asker_answered)
        self._resting = single_shot(self, REST_MS, self._read)
        self.page.shown.connect(self._resting.start)
        self._opened: samples.Sample | None = None  # whose card was clicked, until a run comes
        window.session.changed.connect(self._on_session_changed)

    def list_recent(self) -> None:
        """List the runs opened last, and read them soon."""
        self.page.show_recent(self._window.settings.recent())
        self._resting.start()

    def shut(self) -> None:
        self._resting.stop()
        self._asker.close()

    def _on_page_path_chosen(self, path: Path) -> None:
        self._opened = next((sample for sample in samples.listed() if sample.path == path), None)
        self._window.open(path)

    def _on_session_changed(self, old: Selection, new: Selection) -> None:
        """A sample comes up with the layer that its card shows and tells of."""
        run, sample = new.run, self._opened
        if run is None or old.same_source(new):
            return
        self._opened = None
        if sample is not None and run.path == sample.path:
            self._window.session.adjust(layer=sample.layer)

    def _read(self) -> None:
        paths = tuple(self.page.recent)
        if paths and self.page.isVisible():
            self._asker.ask(paths)

    def _on_asker_answered(self, answer: Answer) -> None:
        if answer.value is not None:
            self.page.describe_recent(*answer.value)
