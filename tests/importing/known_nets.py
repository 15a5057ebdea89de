"""State dicts of networks of other libraries, and what their modules say."""

from __future__ import annotations

import json
import lzma
from functools import cache
from pathlib import Path
from typing import Any

# State dicts of 259 networks of torchvision, transformers, timm, diffusers and our own, and what their modules say.
TABLE = Path(__file__).parent / "state_dicts.json.xz"


@cache
def known_networks() -> dict[str, dict[str, Any]]:
    with lzma.open(TABLE, "rt") as stream:
        table: dict[str, dict[str, Any]] = json.load(stream)
    return table
