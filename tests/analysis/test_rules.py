"""Rules choose the rows that they say, never run anything, and say what is wrong with them."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.analysis.rules import RuleError, chosen, words_in

COLUMNS = {
    "norm": np.array([0.1, 0.5, 2.0, np.nan]),
    "died_at": np.array([3, np.nan, np.nan, 7]),
    "in core": np.array([False, True, True, False]),
    "in my set": np.array([True, False, True, False]),
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
        ("in core", [1, 2]),
        ('not in core and in "my set"', [0]),
    ],
)
def test_a_rule_chooses(rule: str, rows: list[int]) -> None:
    assert np.flatnonzero(chosen(rule, COLUMNS)).tolist() == rows


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("", "the rule ends where the name of a column is expected"),
        ("in", "the rule ends where the name of a set after in is expected"),
        ("in cor", "there is no set “cor”: there are core, my set"),
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


@pytest.mark.parametrize(
    ("rule", "rows"),
    [
        ("norm > 50 %", [2]),
        ("norm >= 50%", [1, 2]),
        ("not norm > 50 % and norm < 200 %", [0, 1]),
        ("died_at < 40 %", [0]),  # 4 and 6: what 100 % is may differ from row to row
        ("died_at > 40 %", [3]),
    ],
)
def test_a_percentage_is_of_the_whole_of_each_column(rule: str, rows: list[int]) -> None:
    wholes = {"norm": 1.0, "died_at": np.array([10.0, 10.0, np.nan, 10.0])}
    assert np.flatnonzero(chosen(rule, COLUMNS, wholes)).tolist() == rows


def test_a_percentage_needs_a_whole() -> None:
    with pytest.raises(RuleError, match="a percentage of norm means nothing: write a number without %"):
        chosen("norm > 10 %", COLUMNS)
    with pytest.raises(RuleError, match="not expected there"):
        chosen("norm > 10 % %", COLUMNS, {"norm": 1.0})
    with pytest.raises(RuleError, match="the name of a column is expected, not “%”"):
        chosen("% > 1", COLUMNS)


def test_the_words_of_a_rule_are_known_before_its_columns() -> None:
    assert words_in("not (dead > 10 % or norm < 1) and label == dead") == {"dead", "norm", "label"}
    assert words_in('in core or not in "my set"') == {"in core", "in my set"}
