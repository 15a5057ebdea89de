"""A task for a confined process whose package is not installed."""

from __future__ import annotations

import no_such_package  # type: ignore[import-not-found]  # noqa: F401


def answer(_request: bytes, _files: object) -> bytes:
    return b""
