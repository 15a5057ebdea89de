"""Where networks were evaluated in this process, for whoever tells of it; known without torch."""

from __future__ import annotations

_newest = [""]


def note(device: str) -> None:
    """An evaluation runs on this device, as torch calls it."""
    _newest[0] = device


def evaluated_on() -> str | None:
    """Where the newest evaluation runs or ran, such as "cpu" or "cuda:0"; None: none has run yet."""
    return _newest[0] or None
