"""Which arrays of another tool's file are which parameter at which epoch."""

from __future__ import annotations

import pytest

from workbench.importing.mapping import given, guessed

CASES = {
    "groups of epochs": (
        [f"/epoch_{at}/fc{layer}/W" for at in (0, 1, 10) for layer in (1, 2)],
        {"fc1.weight": "/epoch_{}/fc1/W", "fc2.weight": "/epoch_{}/fc2/W"},
        ("0", "1", "10"),
    ),
    "epochs in the last place": (
        [f"/layer1/weights/{at:03}" for at in range(3)],
        {"layer1.weight": "/layer1/weights/{}"},
        ("000", "001", "002"),
    ),
    "epochs in the name": (
        [f"/dense_epoch{at}" for at in (3, 5)],
        {"dense.weight": "/dense_epoch{}"},
        ("3", "5"),
    ),
    "fewer epochs than layers": (
        [f"/step_{at}/fc{layer}" for at in (0, 100) for layer in (1, 2, 3)],
        {f"fc{layer}.weight": f"/step_{{}}/fc{layer}" for layer in (1, 2, 3)},
        ("0", "100"),
    ),
    "names of a state dict": (
        [f"/fc1.{what}/{at}" for at in (0, 1) for what in ("weight", "more")],
        {"fc1.weight": "/fc1.weight/{}", "fc1.more.weight": "/fc1.more/{}"},
        ("0", "1"),
    ),
    "names of Keras": (
        [f"/epoch_{at}/dense/kernel:0" for at in (0, 1)],
        {"dense.weight": "/epoch_{}/dense/kernel:0"},
        ("0", "1"),
    ),
    "no epochs": (["/a/kernel", "/b/kernel"], {"a.weight": "/a/kernel", "b.weight": "/b/kernel"}, ("",)),
}


@pytest.mark.parametrize("case", CASES)
def test_the_paths_suggest_what_they_hold(case: str) -> None:
    paths, parameters, numbers = CASES[case]
    found = guessed(dict.fromkeys(paths, ((3, 4), "float32")))
    assert (found.parameters, found.numbers) == (parameters, numbers)


def test_only_epochs_that_all_parameters_have_are_taken() -> None:
    shapes = dict.fromkeys(("/e0/a", "/e1/a", "/e2/a", "/e1/b", "/e2/b"), ((2, 2), "float32"))
    assert given(["a.weight=/e{}/a", "b.weight=e{}/b"], shapes).numbers == ("1", "2")
    with pytest.raises(ValueError, match="no epoch has all"):
        given(["a.weight=/e{}/a", "b.weight=/e1/b"], shapes)
