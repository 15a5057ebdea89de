"""What cannot be pruned or retrained is refused in one sentence, before anything is made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from workbench.runs.spec import DataSpec, IterativeSpec, NetSpec, SpecError, SurgerySpec
from workbench.training.forecast import Misfit, forecast
from workbench.training.loop.loop import train
from workbench.training.surgery import retraining

if TYPE_CHECKING:
    from workbench.runs.run import Run


BAD = [
    (("fc9",), {"fraction": 0.5}, "no layer 'fc9' to prune; there are fc1, fc2"),
    (("fc3",), {"fraction": 0.5}, "fc3 is the classifier"),
    (("fc1", "fc1"), {"fraction": 0.5}, "each layer to prune is named once"),
    (("fc1",), {"fraction": 1.0}, "above 0 and below 1"),
    (("fc1",), {"fraction": 0.99}, "of the 12 units of fc1 all would be removed"),
    (("fc1", "fc2"), {"fraction": 0.97}, "of the 18 units of fc1 and fc2 all would be removed: at least one of each"),
    (("fc1",), {"fraction": 0.01}, "less than one unit"),
    (("fc1",), {}, "it is not known how many units to remove"),
    ((), {"fraction": 0.5}, "no layer to prune is named"),
    ((), {"redrawn": ("fc9",)}, "no layer 'fc9' to draw again; there are fc1, fc2, fc3"),
    ((), {"redraw_seed": 7}, "but no layer to draw"),
    (("fc1",), {"fraction": 0.5, "units": ((1,),)}, "not several"),
    (("fc1",), {"units": ((1, 12),)}, "fc1 has the units 0 to 11, not 12"),
    (("fc1",), {"units": ((1, 1),)}, "each named once"),
    (("fc1",), {"units": (tuple(range(12)),)}, "all 12 units of fc1 would be removed"),
    (("fc1",), {"units": ((1,), (2,))}, "listed once for each layer"),
    (("fc1",), {"units": ((1,),), "ranked_at": 0}, "matters to a fraction only"),
    (("fc1",), {"fraction": 0.5, "order": "max_mug"}, "did you mean max_mag"),
    (("fc1",), {"fraction": 0.5, "order": "snip"}, "snip ranks by images.*max_mag"),
    (("fc1",), {"fraction": 0.5, "rule": "equal"}, "ranked or fractions"),
    (("fc1",), {"iterative": IterativeSpec(9, 3, 1, 0.5)}, "not from 9 to 3"),
    (("fc1",), {"iterative": IterativeSpec(0, 3, 0, 0.5)}, "at least 1, not 0"),
    (("fc1",), {"iterative": IterativeSpec(0, 3, 1, 1.5)}, "the ratio.*not 1.5"),
    (("fc1",), {"iterative": IterativeSpec(0, 99, 1, 0.5)}, "until iteration 99, but the training ends at 18"),
]


@pytest.mark.parametrize(("layers", "surgery", "said"), BAD)
@pytest.mark.thinned(3)
def test_a_surgery_that_makes_no_sense_is_refused_in_one_sentence(
    parent: Run, layers: tuple[str, ...], surgery: dict[str, object], said: str
) -> None:
    spec = retraining(parent, layers, **surgery).changed(epochs=None, iterations=18)
    with pytest.raises(SpecError, match=said) as caught:
        next(train(spec))
    assert "\n" not in str(caught.value)
    with pytest.raises(Misfit, match=said):  # and without torch
        forecast(spec)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"net": NetSpec("lenet", (12, 7))},
            "holds the weights of a lenet of 12,6 units; a lenet of 12,7 units cannot",
        ),
        ({"net": NetSpec("digits_conv")}, "a digits_conv of 8,16,100,32 units cannot start from them"),
        ({"net": NetSpec("lenet", (12, 6), bias=False)}, "without biases cannot start"),
        ({"data": DataSpec("digits")}, "do not fit images of shape 1×8×8 and 10 classes"),
        ({"parent": "another"}, "but the training starts from another"),
        ({"surgery": SurgerySpec("nowhere.h5")}, "nowhere.h5"),
    ],
)
def test_a_parent_that_does_not_fit_is_refused(parent: Run, change: dict[str, object], said: str) -> None:
    spec = retraining(parent, ["fc1"], fraction=0.5).changed(**change)
    for tried in (lambda: next(train(spec)), lambda: forecast(spec)):
        with pytest.raises(SpecError, match=said):
            tried()


def test_a_snapshot_the_parent_does_not_have_is_refused(parent: Run) -> None:
    with pytest.raises(SpecError, match="snapshot 9 was requested"):
        retraining(parent, snapshot=9)
    with pytest.raises(SpecError, match="snapshot 7 was requested"):
        retraining(parent, ["fc1"], fraction=0.5, ranked_at=7)
