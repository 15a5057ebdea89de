"""What long work tells on its way, so that a terminal and the window can show the same: frozen events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import msgspec

from workbench.runs.pace import Estimate


@dataclass(frozen=True)
class Progress:
    """How far the work is."""

    doing: str
    done: float  # 0…1
    seconds_left: float | None  # None: not known yet
    step: float = 0.0  # of these seconds, those until the next news
    late: bool = False  # the step under way takes longer than expected

    @classmethod
    def of(cls, doing: str, estimate: Estimate) -> Progress:
        """The event that says how far the work is by an estimate."""
        return cls(doing, estimate.done, estimate.seconds, estimate.step, estimate.late)

    @property
    def estimate(self) -> Estimate:
        """How far the work is and how long it will still take."""
        return Estimate(self.done, self.seconds_left, self.step, self.late)

    def after(self, silence: float) -> Progress:
        """The event as it holds after so many seconds without another."""
        return self.of(self.doing, self.estimate.after(silence))

    @property
    def fraction(self) -> float:
        """The same as `done`, by the name it has for every job."""
        return self.done


@dataclass(frozen=True)
class Written:
    """The work is done: what was written."""

    paths: tuple[str, ...]
    words: str


Event: TypeAlias = Progress | Written


for _type in (Progress, Written):  # prepared at import: see the end of `runs/spec.py`
    msgspec.json.Decoder(_type)


def line_of(event: Event) -> bytes:
    """The event as a JSON object on one line, for another process."""
    name = "progress" if isinstance(event, Progress) else "written"
    return msgspec.json.encode({"event": name, **msgspec.to_builtins(event)})


def event_in(line: bytes) -> Event:
    """The event in such a line."""
    fields = msgspec.json.decode(line)
    kind: type[Event] = Progress if fields.pop("event") == "progress" else Written
    event: Event = msgspec.convert(fields, type=kind)
    return event
