"""What leaves the window: figures as files, images and tables in the clipboard. Drawn in a process of its own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog

from workbench.cached import cached_property
from workbench.gui.dialogs.replacing import when_free, when_small

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from workbench.figures.drawing import Drawing
    from workbench.figures.page import Page
    from workbench.figures.process.renderer import Renderer
    from workbench.figures.style import Style
    from workbench.gui.dialogs.export_dialog import ExportDialog
    from workbench.gui.work.workshop import PanelView, Views, Workshop

NOTHING = "There is nothing to export yet: the panel is empty, or still computing."
NO_FIGURE = "The panel {title} has no figure to export."
COPIED_DPI = 300
LOOK_MS = 200  # between two looks at what panels behind tabs have computed


class Exporter(QObject):
    """Exports what the panels of a window show. `saved(paths)` and `copied(what)` say that it is done."""

    saved = Signal(object)
    copied = Signal(str)

    def __init__(self, shop: Workshop, views: Views, as_python: Callable[[str], None]) -> None:
        super().__init__(shop.window)
        self._shop, self._views = shop, views
        self._as_python = as_python
        views.panels.when_made(lambda name, panel: panel.export_requested.connect(lambda way: self.export(name, way)))

    @cached_property
    def renderer(self) -> Renderer:
        """What draws, in a process of its own."""
        from workbench.figures.process.renderer import Renderer

        return Renderer()

    def export(self, name: str | None = None, way: str = "figure") -> None:
        """What the panel of this name shows: as a figure ("figure"), into the clipboard ("image", "data", "python")."""
        from workbench.figures.page import Page

        name = name or self._views.looked_at()
        if way == "python":
            self._as_python(name)
            return
        panel = self._views.panels[name]
        drawing = panel.whole_drawing()
        if drawing is None:
            self._shop.notices.tell(NOTHING if panel.kind.figure else NO_FIGURE.format(title=panel.title))
        elif way == "data":
            self._copy_data(drawing)
        elif way == "image":
            self._copy(Page((drawing.figure,), replace(self._style(), dpi=COPIED_DPI)))
        else:
            self._ask(name)

    def shut(self) -> None:
        """End the process that draws."""
        if "renderer" in vars(self):
            self.renderer.close()

    # --- the dialog ---

    def _ask(self, name: str) -> None:
        from workbench.gui.dialogs.export_dialog import ExportDialog

        panels = self._views.panels
        behind = {key: panel for key, panel in panels.items() if panel.kind.figure and panel.behind}
        for panel in behind.values():
            panel.want(True)
        awaited = {key for key, panel in panels.items() if panel.kind.figure and not panel.complete}
        late = behind.keys() & awaited  # what is drawn of them has no accuracies, or is of another place
        shown = {key: (panel.title, None if key in late else panel.whole_drawing()) for key, panel in panels.items()}
        offered = {key: each for key, each in shown.items() if each[1] is not None or key in awaited}
        dialog = ExportDialog(offered, name, self.renderer.render, self._shop.pool, self._shop.window)
        dialog.form.set_style(self._style())
        formats, last = dialog.form.format, self._shop.settings.text("figure/format")
        formats.setCurrentIndex(max(formats.findData(last), 0))
        dialog.save_requested.connect(lambda: self._choose_file(dialog))
        dialog.copy_requested.connect(lambda: self._copy(replace(dialog.page, style=self._remembered(dialog))))
        dialog.program_requested.connect(lambda: self._copy_program(dialog))
        for key in dialog.awaited:
            self._await(key, dialog)
        for panel in behind.values():
            dialog.finished.connect(lambda _result, panel=panel: panel.want(False))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _await(self, name: str, dialog: ExportDialog) -> None:
        """Offer what a panel shows as soon as it has computed it; behind a tab, with what the network says."""
        panel = self._views.panels[name]

        def drawn() -> None:
            drawing = panel.whole_drawing()
            known = panel.preliminary is not None if panel.behind else drawing is not None
            if name in dialog.awaited and (known or panel.complete):
                dialog.offer(name, drawing)

        connection = panel.drawn.connect(drawn)
        dialog.finished.connect(lambda _result: panel.drawn.disconnect(connection))
        if panel.behind:  # not all of them say when they are complete
            self._look(panel, drawn, lambda: dialog.offer(name, panel.whole_drawing()), dialog)

    def _look(
        self, panel: PanelView, drawn: Callable[[], None], offer: Callable[[], None], dialog: ExportDialog
    ) -> None:
        """Look what a panel behind a tab has computed, until it is complete: what was preliminary is replaced."""
        looking = QTimer(dialog, interval=LOOK_MS)

        def look() -> None:
            drawn()
            if panel.complete:
                looking.stop()
                offer()
                dialog.show_page()

        looking.timeout.connect(look)
        looking.start()

    def _choose_file(self, dialog: ExportDialog) -> None:
        from workbench.figures.drawing import csv_paths, table_bytes
        from workbench.gui.widgets.forms.figure_form import FORMAT_NAMES

        kind, settings = dialog.form.kind, self._shop.settings
        proposed, kinds = str(self._proposed(dialog)), f"{FORMAT_NAMES[kind]} (*.{kind})"
        chosen, _ = QFileDialog.getSaveFileName(dialog, "Save figure", proposed, kinds)
        if not chosen:
            return
        path = Path(chosen)
        path = path if path.suffix.lower() == f".{kind}" else path.with_name(f"{path.name}.{kind}")
        settings.set_text("figure/folder", str(path.parent))
        self._remembered(dialog)
        csv = dialog.form.csv.isChecked()
        unasked = [path] if path != Path(chosen) else []
        unasked += csv_paths(path, dialog.page.figures) if csv else []

        def save() -> None:
            self.save(dialog.drawings, path, dialog.page, csv)
            dialog.accept()

        size = table_bytes(dialog.page.figures) if csv else 0
        when_small(dialog, size, "Its table", lambda: when_free(dialog, unasked, save))

    def _proposed(self, dialog: ExportDialog) -> Path:
        from workbench.figures.drawing import file_name

        folder = Path(self._shop.settings.text("figure/folder", str(Path.home())))
        return folder / file_name(dialog.drawings, dialog.form.kind)

    def save(self, drawings: Sequence[Drawing], path: Path, page: Page, csv: bool = False) -> None:
        """Write the page in the background; `saved(paths)` follows, or a notice that says what went wrong."""
        from workbench.figures.drawing import format_of, recipe_of, write_files

        def steps() -> Generator[tuple[Path, ...] | None, None, None]:
            recipe = recipe_of(drawings, page.style, page.columns)
            content = yield from self.renderer.steps(page, format_of(path), recipe)
            yield write_files(path, content, page, csv)

        self._shop.jobs.start(steps(), self._on_saved, self._shop.notices.tell_error, title="Save figure")

    def _copy(self, page: Page) -> None:
        def steps() -> Generator[QImage | None, None, None]:
            content = yield from self.renderer.steps(page, "png")
            yield QImage.fromData(content)

        self._shop.jobs.start(steps(), self._on_drawn, self._shop.notices.tell_error, title="Copy image")

    def _copy_program(self, dialog: ExportDialog) -> None:
        from workbench.gui.state.figure_program import page_program

        csv = dialog.form.csv.isChecked()
        text = page_program(dialog.drawings, dialog.page, self._proposed(dialog), csv)
        QGuiApplication.clipboard().setText(text)
        self.copied.emit("python")

    def _copy_data(self, drawing: Drawing) -> None:
        from workbench.figures.drawing import table_bytes

        def steps() -> Generator[str, None, None]:
            yield drawing.figure.table().text("\t")

        def copy() -> None:
            self._shop.jobs.start(steps(), self._on_written, self._shop.notices.tell_error)

        when_small(self._shop.window, table_bytes([drawing.figure]), "The table", copy)

    def _on_saved(self, paths: tuple[Path, ...]) -> None:
        self._shop.notices.tell(f"Saved {', '.join(path.name for path in paths)} in {paths[0].parent}.")
        self.saved.emit(paths)

    def _on_written(self, table: str) -> None:
        QGuiApplication.clipboard().setText(table)
        self.copied.emit("data")

    def _on_drawn(self, image: QImage) -> None:
        QGuiApplication.clipboard().setImage(image)
        self.copied.emit("image")

    # --- what is remembered ---

    def _style(self) -> Style:
        from workbench.figures.style import Style

        try:
            return msgspec.json.decode(self._shop.settings.text("figure/style", "{}"), type=Style)
        except (msgspec.MsgspecError, UnicodeError):  # damaged settings are no obstacle
            return Style()

    def _remembered(self, dialog: ExportDialog) -> Style:
        style = dialog.form.style_of_figure()
        self._shop.settings.set_text("figure/style", msgspec.json.encode(style).decode())
        self._shop.settings.set_text("figure/format", dialog.form.kind)
        return style
