"""One of something is not said as if it were many."""

from __future__ import annotations

import re

ONE_OF_MANY = re.compile(r"(?<![\w.,])1 (?:[a-z]+ )?(?!(?:is|has|was|keeps)\b)[a-z]+s\b")
