"""Going through the snapshots of a run: by hand, by playing, and with a run that grows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QCheckBox, QPushButton

from workbench.gui.panels.base import Panel
from workbench.gui.panels.timeline.settings import TimelineSettings
from workbench.gui.state.player import SPEEDS
from workbench.gui.widgets.forms.values import list_for, switch_for
from workbench.gui.widgets.icons import icon

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

    from workbench.gui.state.player import Player
    from workbench.gui.state.session import Selection, Session


class PlayingPanel(Panel):
    """A panel with the controls of the player, which can follow the newest snapshot of a run that is training."""

    def __init__(self, session: Session, pool: ThreadPoolExecutor, player: Player) -> None:
        super().__init__(session, pool)
        self._player = player
        self.play_button = QPushButton("Play")
        self.play_button.setToolTip("Play or pause (Space)")
        self.play_button.clicked.connect(player.toggle)
        self.speed = list_for(TimelineSettings, "speed")
        self.speed.currentIndexChanged.connect(self._on_speed_changed)
        self.loop = switch_for(TimelineSettings, "loop")
        self.loop.toggled.connect(self._on_loop_toggled)
        self.follow = QCheckBox("Follow newest")
        self.follow.setToolTip("Go to each new snapshot while the run is training")
        self.follow.setChecked(True)
        self.follow.toggled.connect(self._on_follow_toggled)
        for control in (self.play_button, self.speed, self.loop, self.follow):
            self.controls.addWidget(control)
        self.keep("speed", self.speed)
        self.keep("loop", self.loop)
        player.toggled.connect(self._on_player_toggled)
        self._on_player_toggled(player.playing)

    def show_snapshot(self, selection: Selection) -> None:
        """Mark the selected snapshot, and write what is known of it."""
        raise NotImplementedError

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.play_button.setIcon(icon(_sign(self._player.playing)))

    def step(self, by: int) -> None:
        """Move by some snapshots and stop playing."""
        if (place := self.session.selection.place) is not None:
            self.go_to(place.snapshot + by)

    def go_to(self, snapshot: int, units: frozenset[int] | None = None) -> None:
        """Go to a snapshot (clipped to what is there) and stop playing; select these units, if any are given."""
        self._player.stop()
        if units is None:
            self.session.select(snapshot=snapshot)
        else:
            self.session.select(snapshot=snapshot, units=units)
        place = self.session.selection.place
        if place is not None and not place.source.finished and place.snapshot < place.snapshots - 1:
            self.follow.setChecked(False)

    def go_to_last(self) -> None:
        """Go to the newest snapshot."""
        place = self.session.selection.place
        if place is not None:
            self.go_to(place.snapshots - 1)

    def _on_session_changed(self, old: Selection, new: Selection) -> None:
        super()._on_session_changed(old, new)
        place = new.place
        if place is None:
            return
        if not new.same_source(old) and not place.source.finished:
            self.follow.setChecked(True)  # a run that is opened while it trains is followed until one looks back
        grown = new.same_source(old) and old.place is not None and old.place.source != place.source
        if grown and self.follow.isChecked() and not self._player.playing:
            self.session.adjust(snapshot=place.snapshots - 1)
        else:
            self.show_snapshot(new)

    def _on_speed_changed(self, index: int) -> None:
        self._player.speed = SPEEDS[index]

    def _on_loop_toggled(self, loop: bool) -> None:
        self._player.loop = loop

    def _on_follow_toggled(self, following: bool) -> None:
        place = self.session.selection.place
        if following and place is not None and not place.source.finished:
            self._player.stop()
            self.session.select(snapshot=place.snapshots - 1)

    def _on_player_toggled(self, playing: bool) -> None:
        self.play_button.setText("Pause" if playing else "Play")
        self.play_button.setIcon(icon(_sign(playing)))


def _sign(playing: bool) -> str:
    """The icon of the button: what a click does."""
    return "pause" if playing else "play"
