"""Labels for text that may come from anybody's file: shown literally, never rendered."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QFontMetrics, QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QToolTip, QWidget

LONGEST = 2000
LEAST_USED = 0.6  # of the width of a line, that a text cut between two clauses fills


def literal(text: str, longest: int = LONGEST) -> str:
    """`text` shortened to a length no widget chokes on, on one line, without control characters."""
    shortened = text if len(text) <= longest else text[: longest - 1] + "…"
    if shortened.isprintable():
        return shortened
    return "".join(character if character.isprintable() else " " for character in shortened)


def plain_label(text: str, wrap: bool = False) -> QLabel:
    """A label that shows `text` as it is; with `wrap` on as many lines as it takes."""
    label = QLabel()
    label.setWordWrap(wrap)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setText(text)
    return label


def show_cut(label: QLabel, text: str, longest: int = 240) -> None:
    """Show `text` in a plain label; a long one is cut, and whole as a tool tip."""
    cut = len(text) > longest
    label.setText(literal(text[: longest - 1] + "…" if cut else text))
    label.setToolTip(as_tooltip(literal(text)) if cut else "")


class ElidedLabel(QWidget):
    """Plain text on one line, or on two where the panel is narrow; ends in … where there is no room.

    Its height depends on its width alone, so that a plot above it keeps its size while the text changes. The
    whole text is its tool tip where not all of it is shown.
    """

    NARROW = 700

    def __init__(self, text: str = "", parent: QWidget | None = None, rows: int = 1) -> None:
        self._most_rows = rows
        self._text = self._lead = self._note = ""
        self._known: tuple[str, ...] = ()
        self._lines: tuple[str, ...] | None = None  # as they are painted; None: to be broken and cut anew
        super().__init__(parent)
        self._fit()
        self.setText(text)

    def text(self) -> str:
        return self._text

    def setText(self, text: str) -> None:
        if text != self._text:
            self._text = literal(text)
            self._show()

    @property
    def lead(self) -> str:
        """A sentence that is shown before the text."""
        return self._lead

    def set_lead(self, text: str) -> None:
        """Show this sentence before the text, whatever that becomes; "": none."""
        if text != self._lead:
            self._lead = literal(text)
            self._show()

    def set_note(self, text: str) -> None:
        """Say this in the tool tip only, below all of the text; "": nothing."""
        if text != self._note:
            self._note = literal(text)

    def leave_out(self, *starts: str) -> None:
        """Do not show the text's beginning where it is one of these: it is said elsewhere in the window."""
        known = tuple(map(literal, starts))
        if known != self._known:
            before, self._known = self.shown, known
            if self.shown != before:
                self._show()

    @property
    def whole(self) -> str:
        """All that it says."""
        return " ".join(filter(None, (self._lead, self._text)))

    @property
    def shown(self) -> str:
        """What is shown of it where there is room."""
        start = next((start for start in self._known if self._text.startswith(start)), "")
        return " ".join(filter(None, (self._lead, self._text.removeprefix(start))))

    def _show(self) -> None:
        self.setAccessibleName(self.whole)
        self._lines = None
        self.update()

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(self.shown), self.height())

    def minimumSizeHint(self) -> QSize:
        return QSize(40, self.fontMetrics().height() + 2)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().windowText().color())
        metrics = self.fontMetrics()
        if self._lines is None:
            self._lines = tuple(cut_between_clauses(line, metrics, self.width()) for line in self.lines())
        for number, line in enumerate(self._lines):
            painter.drawText(0, number * metrics.lineSpacing() + metrics.ascent() + 1, line)

    def resizeEvent(self, _event: object) -> None:
        self._fit()
        self._lines = None

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fit()
            self._lines = None
            self.updateGeometry()
            self.update()

    def _fit(self) -> None:
        rows = self._most_rows if self.width() < self.NARROW else 1
        self.setFixedHeight(rows * self.fontMetrics().lineSpacing() + 2)

    def lines(self) -> list[str]:
        """The text broken between words into as many lines as there is height for; the last may be too long."""
        metrics, width = self.fontMetrics(), self.width() - 4  # widths are fractional; a line that fits is not elided
        rows = max(self.height() // metrics.lineSpacing(), 1)
        lines = [""]
        for word in self.shown.replace(" %", "\u00a0%").split(" "):  # a number stays with its unit
            longer = f"{lines[-1]} {word}".lstrip()
            if len(lines) < rows and metrics.horizontalAdvance(longer) > width and lines[-1]:
                lines.append(word)
            else:
                lines[-1] = longer
        return lines

    def toolTip(self) -> str:
        """All of the text where not all of it is shown, and the note; found when it is asked for, which is rare."""
        cut = self.shown != self.whole or self.fontMetrics().horizontalAdvance(self.lines()[-1]) > self.width()
        # Tool tips guess whether they hold HTML; escaped text in a paragraph is shown literally.
        note = as_tooltip(self._note) if self._note else ""
        return f"{as_tooltip(self.whole) if cut else ''}{note}"

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip and (text := self.toolTip()):
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)


def cut_between_clauses(line: str, metrics: QFontMetrics, width: int) -> str:
    """`line` as far as it fits, with … for the rest: cut after a clause where that leaves most of the room in use."""
    cut = metrics.elidedText(line, Qt.TextElideMode.ElideRight, width)
    if cut == line:
        return line
    ends = [at for at in range(1, len(line) - 1) if line[at] in ",;." and line[at + 1] == " " and line[at - 1] != "."]
    for end in reversed(ends):
        clause = f"{line[:end]}…"
        if metrics.horizontalAdvance(clause) <= width:
            return clause if metrics.horizontalAdvance(clause) >= LEAST_USED * width else cut
    return cut


class DoubtLabel(QLabel):
    """Plain text that is always read whole, on as many lines as it takes; it takes no room while it is empty."""

    def __init__(self) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.hide()

    def setText(self, text: str) -> None:
        super().setText(literal(text))
        self.setVisible(bool(text))


def as_action(text: str) -> str:
    """`text` as the text of an action or a button that shows it literally: a single & would mark a key."""
    return literal(text).replace("&", "&&")


def as_tooltip(text: str) -> str:
    """`text` as a tool tip that shows it literally."""
    return "<p>" + text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") + "</p>"
