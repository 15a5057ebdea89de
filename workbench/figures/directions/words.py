"""What is found of a layer's directions, in sentences: the same in window, report and command."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workbench.runs.saying import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.figures.directions.layer import LayerDirections, OutputClusters


def sentences(found: LayerDirections) -> tuple[str, ...]:
    """What was found: clusters of directions, groups of norms, clusters of outputs."""
    return tuple(_sentences(found))


def finding(found: LayerDirections) -> str:
    """The finding in one line: how near the units are to their centres, and how many are trained."""
    clusters, split = found.clusters, found.split
    against, what = (found.chance, "by chance") if found.start is None else (found.start, "at initialisation")
    near = f"angle to the centre {clusters.median_angle:.0f}°, {against.median_angle:.0f}° {what}"
    total = int(np.count_nonzero(found.norms > 0.0))
    norms = "norms form one group" if split.threshold is None else f"{int(split.above.sum()):,} of {total:,} trained"
    return f"{norms}; {counted(clusters.k, 'cluster')} of directions, {near}"


def _sentences(found: LayerDirections) -> Iterator[str]:
    clusters = found.clusters
    sizes = ", ".join(f"{size:,}" for size in clusters.sizes.tolist())
    beside = [f"{found.chance.median_angle:.1f}° for independent directions"]
    if found.start is not None:
        beside.insert(0, f"{found.start.median_angle:.1f}° at initialisation")
    yield (
        f"{counted(clusters.k, 'cluster')} of directions ({sizes} units): the median angle to the centre is "
        f"{clusters.median_angle:.1f}°, against {' and '.join(beside)}."
    )
    yield _norms(found)
    if found.outputs is not None:
        yield _outputs(found.outputs)


def _norms(found: LayerDirections) -> str:
    split = found.split
    if split.threshold is None or split.interval is None:
        return f"The norms are not split: {split.why}."
    above, total = int(split.above.sum()), int(np.count_nonzero(found.norms > 0.0))
    low, high = split.interval
    doubtful = int(split.doubtful.sum())
    unsure = f"; {counted(doubtful, 'unit')} could be in either group" if doubtful else ""
    return (
        f"{above:,} of {counted(total, 'unit')} form a group of larger norms, above {split.threshold:.3g} "
        f"(95 % interval {low:.3g} to {high:.3g}){unsure}."
    )


def _outputs(found: OutputClusters) -> str:
    index, chance = found.agreement.index, found.agreement.chance
    images, units = counted(found.images, "image"), counted(found.compared, "unit")
    if found.agreement.shared.size == 1:
        same = "by their weights as by their outputs"
        return f"All {units} compared form one cluster at a cut-off of {found.cutoff:.3g}, {same} on {images}."
    alike = "nearly the same clusters" if index > 0.9 else "similar clusters"
    verdict = "the same clusters" if index == 1.0 else alike if found.agreement.beyond_chance else "unrelated clusters"
    return (
        f"By their outputs on {images} the units form {verdict}: adjusted Rand index {index:.2f} with those of the "
        f"weights over {units} at a cut-off of {found.cutoff:.3g}; shuffled clusters stay below {chance:.2f}."
    )
