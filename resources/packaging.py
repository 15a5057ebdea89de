"""Build hook: the README for the package index, without the picture and the links that only work in a checkout."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

RELATIVE = r"\((?!https?:)[^)]*\)"


def index_page(readme: str) -> str:
    """The README without pictures, and with the words of relative links instead of the links."""
    without_pictures = re.sub(rf"!\[[^\]]*\]{RELATIVE}\n\n?", "", readme)
    return re.sub(rf"\[([^\]]*)\]{RELATIVE}", r"\1", without_pictures)


class IndexPage(MetadataHookInterface):
    """Sets the long description of the package."""

    def update(self, metadata: dict[str, Any]) -> None:
        readme = (Path(self.root) / "README.md").read_text(encoding="utf-8")
        metadata["readme"] = {"content-type": "text/markdown", "text": index_page(readme)}
