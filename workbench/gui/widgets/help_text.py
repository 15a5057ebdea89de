"""What explains a panel: its picture, its formulas, its controls, and where the report speaks of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Help:
    """The explanation of a panel, all of it our own rich text; nothing from files ever goes in here."""

    shows: str  # what one sees, and how to read it
    formulas: tuple[tuple[str, str], ...]  # a formula, and what its signs mean
    controls: tuple[tuple[str, str], ...]  # the name of a control, and what it changes
    report: str  # the section of the report it follows; where practice differs, in which way

    def html(self, title: str) -> str:
        """The page about the panel of this title."""
        formulas = "".join(
            f"<p style='margin-left:24px; font-size:large'>{formula}</p><p style='margin-left:24px'>{meaning}</p>"
            for formula, meaning in self.formulas
        )
        controls = "".join(f"<tr><td><b>{name}</b></td><td>{what}</td></tr>" for name, what in self.controls)
        table = f"<h3>Controls</h3><table cellspacing='6'>{controls}</table>" if controls else ""
        return f"<h2>{title}</h2><p>{self.shows}</p>{formulas}{table}<h3>Where it comes from</h3><p>{self.report}</p>"
