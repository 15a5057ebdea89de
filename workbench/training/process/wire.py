"""What a training process and its host say to each other, each a line of JSON."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import msgspec

# msgspec resolves the annotations of these classes, so these are real imports.
from workbench.runs.spec import RunSpec  # noqa: TC001
from workbench.training.events import (
    Event,
    Finished,
    Heartbeat,
    Paused,
    Progress,
    Renamed,
    Saving,
    Silent,
    Snapshot,
    Started,
)

NAMES: dict[type, str] = {
    Started: "started",
    Progress: "progress",
    Snapshot: "snapshot",
    Paused: "paused",
    Saving: "saving",
    Renamed: "renamed",
    Finished: "finished",
    Heartbeat: "heartbeat",
    Silent: "silent",
}


@dataclass(frozen=True)
class Request:
    """What the host asks of a training process, first of all."""

    path: str
    spec: RunSpec | None = None  # None: go on with the training of the run at `path`
    root: str | None = None
    download: bool = False


@dataclass(frozen=True)
class Wish:
    """What the host asks later: to stop, or the file in which a run goes on that was moved or replaced."""

    stop: bool = False
    new_name: str | None = None


@dataclass(frozen=True)
class Failed:
    """The training ended in an error. Only on the pipe: the host raises a TrainingError from it."""

    message: str
    details: str


for _type in (*NAMES, Request, Wish, Failed):  # prepared at import: see the end of `runs/spec.py`
    msgspec.json.Decoder(_type)


def encode(event: Event | Failed) -> bytes:
    """A JSON object with the event's name in "event"; a snapshot goes without its arrays, NaN as null."""
    if isinstance(event, Failed):
        return msgspec.json.encode({"event": "failed", **msgspec.to_builtins(event)})
    if isinstance(event, Snapshot):
        event = replace(event, parameters={}, spectrum={}, gram={}, activity={}, state={})
    return msgspec.json.encode({"event": NAMES[type(event)], **msgspec.to_builtins(event)})


def decode(line: bytes) -> Event | Failed:
    """The event in an object of `encode`."""
    fields: dict[str, Any] = msgspec.json.decode(line)
    name = fields.pop("event")
    kinds: dict[str, type[Any]] = {text: kind for kind, text in NAMES.items()}
    kinds["failed"] = Failed
    if name in ("progress", "snapshot"):
        fields = _with_nan(fields)
    event: Event | Failed = msgspec.convert(fields, type=kinds[name])
    return event


def _with_nan(value: Any) -> Any:
    """JSON has no NaN; in these two events null can mean nothing else."""
    if value is None:
        return float("nan")
    if isinstance(value, dict):
        return {key: _with_nan(item) for key, item in value.items()}
    return [_with_nan(item) for item in value] if isinstance(value, list) else value
