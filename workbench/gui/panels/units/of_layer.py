"""A panel that measures on images what it shows of a layer, and stops when that is not selected any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.gui.panels.base import Panel

if TYPE_CHECKING:
    from workbench.gui.state.session import Selection


class LayerPanel(Panel):
    """Lets go of a layer, and of its run, also while it is hidden: else it would measure a closed run to the end."""

    def _on_session_changed(self, old: Selection, new: Selection) -> None:
        super()._on_session_changed(old, new)
        if not self.isVisible() and not new.same_layer(old):
            self._question = None
            self._latest.drop()
            self._forget()
