"""Whether data and accuracies are those that a run stored: the one place that decides it."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

from workbench.runs.spec import SpecError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from workbench.runs.spec import DataFacts, RunSpec

    Contents = Mapping[str, tuple[int, str]]  # by part: the number of its images, and their digest

PARTS = ("train", "validation", "test")
FEWEST = 2  # images
ROUNDED = 0.001  # of the images
ELSEWHERE = 0.01  # of the images


def disagree(measured: float, stored: float, images: int, elsewhere: bool = False, share: float = 1.0) -> bool:
    """Whether two accuracies in percent, on `images` images, differ by more than rounding; never where one is NaN.

    Here both are computed in float32, whatever the training's precision. Sums in another order or on another device
    differ in the last bits, so an image can change sides only where its two largest logits agree to about five digits:
    fewer than one in ten thousand. Ten times as many are allowed, one in a thousand, and at least two. Where the run
    was trained `elsewhere` its accuracy may come from other precision than float32, and its parameters may be stored
    rounded (bfloat16): one image in a hundred is allowed. Where the images are a random `share` of those that the
    stored accuracy is of, four standard deviations of that draw are allowed besides.
    """
    allowed = max(FEWEST, (ELSEWHERE if elsewhere else ROUNDED) * images)
    if share < 1:
        allowed += 4 * sqrt(max(stored * (100 - stored), 0.0) / 100**2 * images * (1 - share))
    return bool(abs(measured - stored) / 100 * images > allowed + 1e-6)


def other_data(facts: DataFacts | None, part: str, images: int, digest: str) -> bool | None:
    """Whether these images are not those of the training; None: the run does not say (it may be older)."""
    if facts is None:
        return None
    if images != facts.images(part):
        return True
    stored = facts.sha256(part)
    return None if stored is None else stored != digest


def parts_that_differ(now: Contents, before: DataFacts) -> Iterator[str]:
    """The parts of the data that are not as they were; those that no digest is stored of by their number."""
    for part, (images, digest) in now.items():
        if other_data(before, part, images, digest):
            yield part


def contents(facts: DataFacts) -> Contents:
    """Number and digest of the images, part by part."""
    return {part: (facts.images(part), facts.sha256(part) or "") for part in PARTS}


def check_same_data(now: Contents, before: DataFacts | None) -> None:
    """Do nothing; SpecError where a training that goes on would have other data than it began with."""
    differing = [] if before is None else list(parts_that_differ(now, before))
    if differing:
        raise SpecError(
            f"the training cannot be resumed: the {' and '.join(differing)} images or their labels are not those "
            "that it "
            "began with; name the folder that contains these, or start a new training from the run's weights"
        )


def check_same_training(now: RunSpec, before: RunSpec) -> None:
    """Do nothing; SpecError where a training that goes on would have other data than it began with, or be another."""
    assert now.facts is not None
    check_same_data(contents(now.facts), before.facts)
    if without_digests(now) != without_digests(before):
        raise SpecError("the training cannot be resumed: the data, or this workbench, are not those that it began with")


def without_digests(spec: RunSpec) -> RunSpec:
    """The specification as a run stores it that holds no digest of its data."""
    if spec.facts is None:
        return spec
    return spec.changed(facts=spec.facts.undigested())


def holds_digests(spec: RunSpec) -> bool:
    """Whether a run stores a digest of its data."""
    return spec.facts is not None and spec.facts.test_sha256 is not None
