"""The low-rank panel: what all layers cost together at low rank, while its switch is on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from workbench.figures.low_rank.all_layers import all_layers_of, table_all_layers
from workbench.gui.background.latest import Latest
from workbench.gui.background.ticker import single_shot
from workbench.gui.widgets.plain_text import ElidedLabel

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import ThreadPoolExecutor

    from PySide6.QtWidgets import QWidget

    from workbench.evaluation.ranks.joint import JointLowRank
    from workbench.figures.low_rank.all_layers import AllLayers
    from workbench.figures.low_rank.joint import GroupJoint
    from workbench.gui.background.latest import Answer, Failure
    from workbench.gui.panels.low_rank.controls import Advanced


@dataclass(frozen=True)
class Asking:
    """How the panel's questions are answered; a cost says about which run and snapshot, part and rank it asks."""

    joint: Callable[[Any], Any]  # (cost, tolerance in percent) -> ever better answers; a cost may be of a group
    sentence: Callable[[Any], str]  # of such an answer
    over_snapshots: Callable[[Any], Any]  # cost -> ever more accuracies by snapshot
    anywhere: Callable[[Any], Any]  # the same cost without its snapshot


class Together(QObject):
    """The line about all layers: hidden until asked for, and asked anew where the timeline rests."""

    REST_MS = 200  # until the networks are asked about another place or tolerance

    def __init__(self, asking: Asking, pool: ThreadPoolExecutor, controls: Advanced, parent: QWidget) -> None:
        super().__init__(parent)
        self._controls, self._sentence = controls, asking.sentence
        self._cost: Any = None  # what the panel shows, of a group all of it; None: nothing
        self._asked: tuple[Any, float] | None = None
        self.found: JointLowRank | GroupJoint | None = None
        self.line = ElidedLabel(rows=2)
        self._latest = Latest(asking.joint, pool, self)
        self._latest.answered.connect(self._on_latest_answered)
        self._latest.failed.connect(self._on_latest_failed)
        self.rest = single_shot(self, self.REST_MS, self._ask)
        controls.all_layers.toggled.connect(self._follow)
        controls.energy.valueChanged.connect(self._follow)

    def show_for(self, cost: Any) -> None:
        """What the panel shows from now on; None: nothing."""
        self._cost = cost
        self._follow()

    def shut(self) -> None:
        """Nothing more is asked."""
        self.rest.stop()
        self._latest.close()

    @property
    def printed(self) -> AllLayers | None:
        """What is known, for print; None where it is not known of all images and runs."""
        return None if self._cost is None else all_layers_of(self.found, self._cost.about.place.layer)

    @property
    def table(self) -> str:
        """The same as text, below a blank line."""
        return "" if self._cost is None else table_all_layers(self.found, self._cost.about.place.layer)

    def _follow(self, _value: object = None) -> None:
        percent = self._controls.joint
        wanted = None if self._cost is None or percent is None else (self._cost, percent)
        if _subject(wanted) == _subject(self._asked):
            return
        self._asked, self.found = wanted, None
        self._latest.drop()
        self.rest.stop()
        if wanted is not None:
            self.rest.start()
        self._say("" if wanted is None else "all layers together: working…")

    def _ask(self) -> None:
        if self._asked is not None:
            self._latest.ask(self._asked)

    def _say(self, text: str) -> None:
        self.line.setText(text)
        self.line.setVisible(bool(text))

    def _on_latest_answered(self, answer: Answer) -> None:
        if answer.question == self._asked:
            self.found = answer.value
            self._say(self._sentence(answer.value))

    def _on_latest_failed(self, failure: Failure) -> None:
        if failure.question == self._asked:
            self._say(f"all layers together: {failure.words}")


def _subject(asked: tuple[Any, float] | None) -> object:
    """What the answer depends on: not on the layer, the matrix and the rank that the panel shows."""
    if asked is None:
        return None
    cost, percent = asked
    return cost.about.place.source, cost.about.place.snapshot, cost.part, percent
