"""How the seeds of a group are named."""

from __future__ import annotations

import pytest

from workbench.runs.collection.groups import seeds_in_words


@pytest.mark.parametrize(
    ("seeds", "words"),
    [
        ([3], "seed 3"),
        ([0, 1, 2], "seeds 0, 1, 2"),
        ([0, 1, 2, 3, 4, 5], "seeds 0, 1, 2, 3, 4, 5"),
        (list(range(10)), "seeds 0 to 9"),
        ([1, 2, 3, 5, 8, 13, 21], "seeds 1, 2, 3, 5, …, 21"),
    ],
)
def test_many_seeds_are_named_in_few_words(seeds: list[int], words: str) -> None:
    assert seeds_in_words(seeds) == words
