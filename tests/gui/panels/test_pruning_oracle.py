"""What the pruning panel's pictures begin is given up and taken up again: the greedy oracle, curves on some images."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from pruning_driving import LAST, on_one_thread, question, run

from workbench.analysis.matrices import frame_potential
from workbench.evaluation import run_evaluators
from workbench.evaluation.questions import prune
from workbench.figures.pruning.curves import PruningCurves
from workbench.figures.pruning.question import Question
from workbench.runs.place import place_in

if TYPE_CHECKING:
    from workbench.runs.place import Place
    from workbench.runs.run import Run


def test_an_oracle_that_is_given_up_goes_on_where_it_was(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workbench.figures.pruning.curves.PAUSE", 0.0)
    curves = PruningCurves()
    with run:
        seen = []
        for picture in curves.pictures(question(run)):
            seen.append(picture.progress)
            if "12 of 32" in picture.progress:
                break  # the panel closes a generator so
        assert any("oracle: 3 of 32 units of fc2 ranked" in text for text in seen)
        again = [picture.progress for picture in curves.pictures(question(run)) if picture.progress]
        assert "oracle: 12 of 32" in again[0]
        whole = list(curves.pictures(question(run)))[-1]
        assert curves.knows(question(run))
        expected = prune(run, "fc2", LAST, ("oracle",)).curves[0][1][0].accuracy
    np.testing.assert_allclose(whole.lines[1].mean, expected)
    assert whole.progress == ""


def test_an_oracle_without_validation_images_is_left_out(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    known = run_evaluators.evaluator

    def evaluator(place: Place, part: Any, *rest: Any) -> Any:
        if part == "validation":
            raise ValueError("The part has no images.")
        return known(place, part, *rest)

    monkeypatch.setattr(run_evaluators, "evaluator", evaluator)
    with run:
        last = list(PruningCurves().pictures(question(run)))[-1]
    assert [line.name for line in last.lines] == ["max_mag"]
    assert "oracle is left out: The part has no images" in last.words


def test_the_oracle_has_a_frame_potential_too(run: Run) -> None:
    with run:
        last = list(PruningCurves().pictures(question(run, quantity="potential")))[-1]
        assert [line.name for line in last.lines] == ["max_mag", "oracle"]
        assert last.lines[1].mean[0] == pytest.approx(frame_potential(run.layer("fc2").gram(LAST)))


@pytest.mark.usefixtures("private_cache")
def test_curves_from_some_images_stay_where_the_next_question_goes_on_with_them(run: Run) -> None:
    curves = PruningCurves()
    asked = Question(place_in(run, "fc1"), ("max_mag", "max_fp"), "bias", "train", "accuracy")
    pictures = curves.pictures(asked)
    few = next(picture for picture in pictures if len(picture.lines) == 2)
    pictures.close()  # type: ignore[attr-defined]
    assert few.images == (1_000, 1_293)
    again = list(curves.pictures(replace(asked, units=frozenset({3, 4}))))
    for line, known in zip(again[0].lines, few.lines, strict=True):
        np.testing.assert_array_equal(line.values, known.values)
    assert (again[-1].images, curves.knows(asked)) == ((1_293, 1_293), True)
    whole = list(PruningCurves().pictures(asked))[-1]
    for line, known in zip(again[-1].lines, whole.lines, strict=True):
        np.testing.assert_array_equal(line.values, known.values)
