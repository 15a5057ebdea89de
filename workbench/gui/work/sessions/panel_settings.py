"""The settings of all panels: those that are not made yet get what a session says of them when they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from workbench.gui.work.sessions.made_panels import MadePanels
    from workbench.gui.work.workshop import PanelView


OF_ALL = "other"  # a setting that other panels follow, too: the run that is compared with


class PanelSettings:
    """Reads and sets the settings of panels by name; `tell` hears what makes no sense to one that is made later."""

    def __init__(self, panels: MadePanels[PanelView], tell: Callable[[Sequence[str]], object]) -> None:
        self._panels, self._tell = panels, tell
        self._waiting: dict[str, dict[str, Any]] = {}
        panels.when_made(self._on_panel_made)

    def read(self) -> dict[str, dict[str, Any]]:
        """Of each panel that has other settings than those it begins with, or is made."""
        made = {name: panel.settings() for name, panel in self._panels.made.items()}
        return {name: values for name in self._panels if (values := made.get(name, self._waiting.get(name)))}

    def set(self, settings: Mapping[str, dict[str, Any]]) -> list[str]:
        """Give each panel what `read` gave; sentences about what makes no sense."""
        for name, values in settings.items():
            if values.get(OF_ALL) and name in self._panels:
                assert self._panels[name]
        made = self._panels.made
        self._waiting = {name: values for name, values in settings.items() if name not in made}
        return [
            problem
            for name, panel in made.items()
            for problem in panel.restore(settings[name] if name in settings else _first(panel))
        ]

    def _on_panel_made(self, name: str, panel: PanelView) -> None:
        if problems := panel.restore(self._waiting.pop(name, {})):
            self._tell(problems)


def _first(panel: PanelView) -> dict[str, Any]:
    """The settings that a panel begins with."""
    defaults = panel.kind.defaults
    return {name: defaults[name] for name in panel.settings()}
