"""The open questions by name. Loads no torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

TITLES: Mapping[str, str] = {
    "elbow": "Does the rank elbow follow the number of classes?",
    "clusters": "Why do the units of some layers fall together?",
    "suffix": "Does what a layer learns depend on what comes after it?",
}
REPEATS: Mapping[str, int] = {"elbow": 3, "clusters": 2, "suffix": 4}
FEWEST_TRAININGS: Mapping[str, int] = {"elbow": 21, "clusters": 32, "suffix": 10}  # with one seed
MOST_REPEATS = 100
