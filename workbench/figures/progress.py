"""What long work tells on its way, so that a terminal and the window can show the same: frozen events."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TypeAlias

import msgspec

ENOUGH = 0.02  # of the work: before that nothing is said of the time that is left


@dataclass(frozen=True)
class Progress:
    """How far the work is."""

    doing: str
    done: float  # 0…1
    seconds_left: float | None  # None: not known yet

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
    """The event as a line of JSON, for another process."""
    name = "progress" if isinstance(event, Progress) else "written"
    return msgspec.json.encode({"event": name, **msgspec.to_builtins(event)}) + b"\n"


def event_in(line: bytes) -> Event:
    """The event in such a line."""
    fields = msgspec.json.decode(line)
    kind: type[Event] = Progress if fields.pop("event") == "progress" else Written
    event: Event = msgspec.convert(fields, type=kind)
    return event


@dataclass
class Clock:
    """Tells the time that is left from the time that is gone."""

    begun: float = field(default_factory=time.monotonic)

    def progress(self, doing: str, done: float) -> Progress:
        """The event of having done this part, 0…1, of all the work."""
        if done < ENOUGH:
            return Progress(doing, done, None)
        return Progress(doing, done, (time.monotonic() - self.begun) * (1.0 - done) / done)


def in_words(seconds: float | None) -> str:
    """The time that is left: "about 40 s left"; empty while it is not known."""
    if seconds is None:
        return ""
    return f"{span(seconds)} left"


def span(seconds: float) -> str:
    """A time as people say it: "about 40 s", "about 3 min", "about 2 h"."""
    if seconds < 90.0:
        return f"about {max(round(seconds), 1)} s"
    if seconds < 5400.0:
        return f"about {round(seconds / 60)} min"
    return f"about {round(seconds / 3600)} h"
