"""The benchmark in words, for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.gui.bench.calls import Spread
    from workbench.gui.bench.scenes import Measured, Scene

WIDTH = 44


def lines(found: Measured) -> Iterator[str]:
    """The tables, line by line."""
    if found.starts:
        drawn = sorted(start.drawn for start in found.starts)
        loaded = sorted({name for start in found.starts for name in start.loaded})
        middle, best = drawn[len(drawn) // 2], drawn[0]
        yield f"from the command to the drawn run: {middle:.2f} s (best of {len(drawn)}: {best:.2f})"
        yield f"large libraries loaded by then: {', '.join(loaded) or 'none'}"
        yield ""
    yield f"{'GUI thread, ms: p50 / p99 / max':<{WIDTH}}{'calls':>7}  {'wall':<22}{'CPU':<22}late"
    for scene in found.scenes:
        times = scene.times
        wall, cpu, late = map(_spread, (times.wall, times.cpu, times.late))
        yield f"{scene.name[:WIDTH]:<{WIDTH}}{times.wall.count:>7}  {wall:<22}{cpu:<22}{late}"
    yield ""
    yield from _shown(found)
    yield from _growth(found)
    yield from _evaluated(found)
    for each in found.unfinished:
        yield f"not finished: {each}"
    yield f"windows and threads left when it was closed: {', '.join(found.left) or 'none'}"


def _spread(spread: Spread) -> str:
    return f"{spread.p50:.1f} / {spread.p99:.1f} / {spread.max:.1f}"


def _shown(found: Measured) -> Iterator[str]:
    for scene in found.scenes:
        if scene.there:
            shown = f"{scene.shown} of {scene.passed} snapshots passed were shown (the run has {scene.there})"
            yield f"{scene.name}: {shown}"


def _growth(found: Measured) -> Iterator[str]:
    for scene in found.scenes:
        if scene.until_graph:
            yield f"{scene.name}: the graph was there after {scene.until_graph:.1f} s; {scene.frames:,} frames of it"
        if scene.growth is not None:
            yield f"growth over {scene.name}: {_grown(scene)}"
        for done, grown in scene.course:
            yield f"  after {done:,}: {grown.memory_mb:+.2f} MB, {grown.objects:+,d} objects"


def _evaluated(found: Measured) -> Iterator[str]:
    for run in found.evaluated:
        for each in run.answers:
            first = f"first numbers {each.first:.1f} s, on {each.images:,} images"
            later = f"all named orders {each.named:.1f} s, random {each.random:.1f} s"
            yield f"{run.run}, {each.layer}: {first}; {later}; peak {each.peak_mb:.0f} MB"
        after = f"{run.after_mb:.0f} MB {run.seconds:.0f} s after it was closed (libraries stay loaded)"
        warmed = f"{run.warmed_mb:.0f} MB with what evaluating needs loaded"
        yield f"{run.run}: {run.before_mb:.0f} MB before it was opened, {warmed}, {after}"


def _grown(scene: Scene) -> str:
    growth = scene.growth
    assert growth is not None
    return (
        f"{growth.memory_mb:+.2f} MB to {scene.memory_mb:.0f} MB, {growth.threads:+d} threads, "
        f"{growth.objects:+,d} objects, "
        f"{growth.qt_objects:+,d} of the window's, {growth.handles:+d} file handles"
    )
