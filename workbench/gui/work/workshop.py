"""What panels, dialogs and menus work with: given to them instead of the whole window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

    from workbench.gui.background.jobs import Jobs
    from workbench.gui.state.player import Player
    from workbench.gui.state.session import Session
    from workbench.gui.state.settings import Settings
    from workbench.gui.state.trainer import Trainer
    from workbench.gui.widgets.notices import Notices


@dataclass(frozen=True, eq=False)
class Workshop:
    """The parts of the window that hold no widgets of it."""

    settings: Settings
    session: Session
    jobs: Jobs
    notices: Notices
    pool: ThreadPoolExecutor  # for answers that are soon there
    slow_pool: ThreadPoolExecutor  # for evaluations, which must not keep the quick panels waiting
    trainer: Trainer
    player: Player
