"""The controls of the timeline: which tracks over which time, and the rule that marks snapshots."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal

from workbench.analysis.rules import RuleError
from workbench.figures.overview.history import ACCURACY, TRACKS, UPDATE
from workbench.figures.settings import FIRST_TRACKS
from workbench.figures.timeline.rules import check
from workbench.gui.panels.timeline.settings import TimelineSettings
from workbench.gui.widgets.forms.choice_menu import ChoiceMenu
from workbench.gui.widgets.forms.values import Setting, names

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from workbench.figures.timeline.time_axis import Scale
    from workbench.gui.widgets.forms.typed import TypedLine

ORDER = (ACCURACY, *(name for name in TRACKS if name != ACCURACY))  # from the top
TIPS = {
    "dead": "Units that never fire; a circle marks where units die",
    "hardly_moved": "Units, not dead, whose cosine with their initial weights is above .95",
    "isolated": "Units without an edge in the weight graph at its default cut-off",
    "clusters": "Components of two units or more; a circle marks where one forms or dissolves, a diamond where they "
    "merge or split",
    "largest_cluster": "How many units the largest cluster has",
    "repeated": "Units whose nearest unit has a cosine of at least .95",
    "outliers": "Eigenvalues beyond the edge of the Marchenko–Pastur law; a circle marks where they appear",
    "stable_rank": "The squared norm of the weights, divided by the largest eigenvalue",
    "elbow": "The rank that Kneedle proposes",
    "entropy_rank": "exp of the entropy of the eigenvalues, as shares of their sum",
    "participation_ratio": "The squared sum of the eigenvalues, divided by the sum of their squares",
    "spectral_norm": "The largest singular value",
    "frobenius_norm": "The root of the sum of the squared weights",
    "nuclear_norm": "The sum of the singular values",
    "tail_exponent": "α of the power law λ^−α that fits the largest eigenvalues; it needs 50 eigenvalues",
    ACCURACY: "Accuracies that the run stores; the number next to the track is for the test images",
    UPDATE: "How much the weights changed since the snapshot before, relative to their norm",
}


class TracksMenu(ChoiceMenu):
    """The tracks, each of which is shown or not, and the time axis below them; `chosen` follows every change."""

    chosen = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setTitle("Tracks and time axis")  # in other menus
        self.addSection("Tracks")
        self._known = [self.add(name, _title(name), TIPS[name], name in FIRST_TRACKS) for name in ORDER]
        self.axis = self.add_alternatives(TimelineSettings, "axis")
        for action in self._known:
            action.toggled.connect(self.chosen)
        self.axis.triggered.connect(self.chosen)

    @property
    def tracks(self) -> tuple[str, ...]:
        """Those that are shown, from the top."""
        return tuple(action.data() for action in self._known if action.isChecked())

    @property
    def scale(self) -> Scale:
        """The time axis that is chosen."""
        scale: Scale = self.axis.checkedAction().data()
        return scale

    def setting(self, changed: Callable[[], None]) -> Setting:
        """Which are shown, as names; `changed()` follows every change."""
        self.chosen.connect(changed)
        return Setting(lambda: list(self.tracks), self._check, switches=lambda: self._known)

    def _check(self, value: object) -> None:
        wanted = names(value)
        unknown = [name for name in wanted if name not in TRACKS]
        if unknown:
            raise ValueError(f"{', '.join(unknown)}: no such track; there are {', '.join(TRACKS)}")
        for action in self._known:
            action.setChecked(action.data() in wanted)


def _title(name: str) -> str:
    title = TRACKS[name].title
    return title[0].upper() + title[1:]


def rule_setting(field: TypedLine, changed: Callable[[], None]) -> Setting:
    """The rule that is typed in a field, or "" while that is none; `changed()` follows every change."""

    def read() -> str:
        rule = str(field.value())
        try:
            return rule if rule and check(rule) else ""
        except RuleError:
            return ""

    def write(value: object) -> None:
        if not isinstance(value, str):
            raise ValueError(f"{value!r} is not a rule")
        if value.strip():
            check(value)
        field.set_value(value)

    field.textChanged.connect(lambda _text: changed())
    return Setting(read, write, field)
