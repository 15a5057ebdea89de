"""Long evaluations that say how far they are and how long they will still take."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeVar

from workbench.runs.pace import Pace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from workbench.runs.pace import Estimate

    Tell = Callable[[Estimate], None]  # of all that is measured


class _Answer(Protocol):
    @property
    def images(self) -> int: ...  # that it rests on

    @property
    def exact(self) -> bool: ...


Answer = TypeVar("Answer", bound=_Answer)


@dataclass(frozen=True)
class Paced:
    """Measures evaluations of the same part of the data; `tell` hears an estimate of all work after each answer."""

    images: int  # of the part
    tell: Tell | None = None
    pace: Pace = field(default_factory=Pace)

    def expect(self, kind: str, evaluations: int, cost: float = 1.0) -> None:
        """Plan so many evaluations of a kind; all of them take about as long. `cost` is as in `Pace.expect`."""
        self.pace.expect(kind, evaluations, cost)

    def exact(self, kind: str, answers: Iterable[Answer], cached: bool = False) -> Answer:
        """Return the last of ever better answers, the exact one, of one evaluation of this kind.

        `cached` says that an answer which is exact at once may have been found instead of measured: the pace ignores
        its time.
        """
        seen = 0
        self.pace.enter(kind)
        for answer in answers:
            work = (answer.images - seen) / self.images
            if cached and answer.exact and not seen:
                self.pace.skip(kind, work)
            else:
                self.pace.count(work)
            seen = answer.images
            if self.tell is not None:
                self.tell(self.pace.estimate())
        self.pace.enter(None)
        return answer
