"""Rules choose the rows that they say, never run anything, and say what is wrong with them."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.analysis.rules import RuleError, chosen

COLUMNS = {
    "norm": np.array([0.1, 0.5, 2.0, np.nan]),
    "died_at": np.array([3, np.nan, np.nan, 7]),
    "dead": np.array([True, False, False, True]),
    "label": np.array(["dead", "trained", "repeated", "dead"]),
}


@pytest.mark.parametrize(
    ("rule", "rows"),
    [
        ("norm < .5 and dead", [0]),
        ("norm<=0.5", [0, 1]),
        ("norm >= 5e-1", [1, 2]),
        ("not norm < .5", [1, 2]),
        ("not (norm < .5 or norm > 1)", [1]),
        ("norm > -1", [0, 1, 2]),
        ("dead or norm == 2", [0, 2, 3]),
        ("not dead and norm != 2", [1]),
        ("norm < 1 or dead", [0, 1, 3]),
        ("norm > 1 and dead or label == dead", [0, 3]),
        ("norm > 1 and (dead or label == dead)", []),
        ("label != dead", [1, 2]),
        ("not not dead", [0, 3]),
        ("died_at < 5", [0]),
        ("  dead  ", [0, 3]),
    ],
)
def test_a_rule_chooses(rule: str, rows: list[int]) -> None:
    assert np.flatnonzero(chosen(rule, COLUMNS)).tolist() == rows


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("", "the rule ends where the name of a column is expected"),
        ("norm <", "the rule ends where a number after norm < is expected"),
        ("norm", "the rule ends where one of < <= > >= == != after norm is expected"),
        ("norm < dead", "a number after norm < is expected, not “dead”"),
        ("norm = 1", "“=” cannot be read"),
        ("nrm < 1", "there is no column “nrm”: did you mean norm?"),
        ("(norm < 1", "a bracket is not closed"),
        ("norm < 1 dead", "“dead” is not expected there"),
        ("label < dead", "label is a word: compare it with == or !="),
        ("norm ( 1", "after norm one of < <= > >= == != is expected, not “(”"),
        ("norm < 1.2.3", "cannot be read"),
        ("__import__('os')", "cannot be read"),
        ("dead and", "the rule ends where"),
        ("(" * 60 + "dead", "at most 50 brackets"),
        ("not " * 400 + "dead", "at most 50 brackets"),
        ("dead or " * 300 + "dead", "at most 2,000 characters"),
    ],
)
def test_what_is_no_rule_says_why(rule: str, said: str) -> None:
    with pytest.raises(RuleError, match=r".*" + said.replace("(", r"\(").replace("?", r"\?")):
        chosen(rule, COLUMNS)
