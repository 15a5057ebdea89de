"""What panels, dialogs and menus work with: given to them instead of the whole window."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from workbench.gui.state.layer_rows import LayerRows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from concurrent.futures import ThreadPoolExecutor

    from PySide6.QtCore import SignalInstance
    from PySide6.QtWidgets import QWidget

    from workbench.figures.drawing import Drawing
    from workbench.gui.background.jobs import Jobs
    from workbench.gui.state.player import Player
    from workbench.gui.state.session import Session
    from workbench.gui.state.settings import Settings
    from workbench.gui.state.trainer import Trainer
    from workbench.gui.widgets.notices import Notices
    from workbench.gui.work.opening import Opener
    from workbench.gui.work.sessions.layouts import Layout
    from workbench.gui.work.sessions.made_panels import MadePanels


@dataclass(eq=False)
class Workshop:
    """The parts of the window that are no views of it, and the window as the parent of dialogs."""

    window: QWidget
    settings: Settings
    session: Session
    jobs: Jobs
    notices: Notices
    pool: ThreadPoolExecutor  # for answers that are soon there
    slow_pool: ThreadPoolExecutor  # for evaluations, which must not keep the quick panels waiting
    trainer: Trainer
    player: Player
    opener: Opener
    closing: bool = False  # the window waits for the end of what runs, or is closed
    rows: LayerRows = field(init=False)  # numbers that several panels show

    def __post_init__(self) -> None:
        self.rows = LayerRows(self.session)


class KindView(Protocol):
    """What menus and dialogs need to know of a panel's kind."""

    @property
    def figure(self) -> bool: ...
    @property
    def asks_data(self) -> bool: ...
    @property
    def defaults(self) -> dict[str, Any]: ...


class PanelView(Protocol):
    """A panel as menus and dialogs see it."""

    drawn: SignalInstance
    export_requested: SignalInstance
    confirm_requested: SignalInstance

    @property
    def title(self) -> str: ...
    @property
    def kind(self) -> KindView: ...
    @property
    def complete(self) -> bool: ...
    @property
    def preliminary(self) -> str | None: ...
    @property
    def behind(self) -> bool: ...
    def want(self, wanted: bool) -> None: ...
    def drawing(self) -> Drawing | None: ...
    def whole_drawing(self) -> Drawing | None: ...
    def settings(self) -> dict[str, Any]: ...
    def restore(self, values: Mapping[str, object]) -> tuple[str, ...]: ...
    def restore_places(self, positions: Sequence[tuple[float, float]]) -> None: ...
    def retry(self) -> None: ...
    def isVisible(self) -> bool: ...


class Views(Protocol):
    """The panels of the window, and how they share its room."""

    @property
    def panels(self) -> MadePanels[PanelView]: ...
    def looked_at(self) -> str: ...
    def come(self, name: str) -> None: ...
    def layout_now(self) -> Layout: ...
    def arrange(self, layout: Layout) -> None: ...
