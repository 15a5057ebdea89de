"""Which scenes the benchmark plays, and how much is done in each."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Amount:
    """How much is done of everything."""

    starts: int = 3
    seconds: float = 4.0  # of a drag from end to end and back
    drags: int = 100
    openings: int = 10
    notches: int = 100  # of the wheel over the table of units
    measuring: float = 5.0  # seconds that a layer is measured on after its first numbers, for the memory
    warm_up: int = 5  # drags and openings before anything is counted: caches fill, libraries are loaded
    wide: int | None = None  # scenes with layers of many units; None: all
    changes: int = 20  # of the snapshot in each of these
    answers: float = 60.0  # seconds that evaluations are waited for, each time
    scenes: tuple[str, ...] = ()  # those that are played alone, as `workbench bench gui --help` calls them; (): all

    def quickly(self) -> Amount:
        """A tenth of it: shows that everything goes, and no more."""
        few = replace(self, starts=1, seconds=1.0, drags=20, openings=4, notches=10, measuring=1.0, warm_up=2)
        return replace(few, wide=1, changes=4, answers=10.0)

    def plays(self, scene: str) -> bool:
        """Whether this scene is wanted."""
        return not self.scenes or scene in self.scenes
