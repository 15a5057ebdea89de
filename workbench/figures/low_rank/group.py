"""What is shown of the low ranks of a group: the mean over runs that differ only by seed, and its interval."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.analysis.intervals import Repeats, over_repeats
from workbench.analysis.low_rank import ELBOWS, elbows
from workbench.evaluation.ranks.approximated import NO_UNITS
from workbench.figures.groups.trainings import BAND, Trainings, interval_words
from workbench.figures.looks import PARTS
from workbench.runs.saying import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from workbench.analysis.low_rank import LowRank
    from workbench.evaluation.ranks.approximated import Approximated
    from workbench.evaluation.ranks.groups import GroupCurves
    from workbench.evaluation.run_evaluators import PartName
    from workbench.figures.figure import Cell
    from workbench.figures.style import Style
    from workbench.runs.place import Place


@dataclass(frozen=True, eq=False)
class GroupMean:
    """A group of two runs or more at every rank 0…r: all of it (runs, r + 1), in percent."""

    title: str  # the group, layer and epoch, and which matrix
    trainings: str  # how many, and with which seeds
    part: str
    residual: Trainings  # ‖W − W_k‖² in percent of ‖W‖²
    norm: Trainings  # ‖W_k‖ in percent of ‖W‖
    accuracy: Trainings | None  # the last is that with nothing changed; None: not known of every run
    elbows: tuple[tuple[str, tuple[int, ...]], ...] = ()  # by name, the rank of each run that has one
    warnings: tuple[str, ...] = ()  # why the accuracies are doubtful

    @property
    def ranks(self) -> int:
        """The full rank."""
        return len(self.residual.over.mean) - 1

    @property
    def name(self) -> str:
        """What a legend calls the mean."""
        return f"mean of {counted(len(self.residual.values), 'training')}, 95 % interval"

    @property
    def lost(self) -> Repeats | None:
        """The points of accuracy that each rank costs, over the runs."""
        return None if self.accuracy is None else over_repeats(self.accuracy.values[:, -1:] - self.accuracy.values)

    @property
    def proposed(self) -> dict[str, int | None]:
        """The mean of each elbow over the runs, rounded to a rank; None where no run has it."""
        known = dict(self.elbows)
        return {name: round(float(np.mean(known[name]))) if known.get(name) else None for name in ELBOWS}

    def reading(self, rank: int) -> tuple[float, tuple[float, float]] | None:
        """The accuracy at a rank and its interval; None where it is not known."""
        if self.accuracy is None:
            return None
        over = self.accuracy.over
        return float(over.mean[rank]), (float(over.low[rank]), float(over.high[rank]))

    def draw(self, axes: Any, style: Style) -> Any:
        """Draw the intervals and, thin, the runs, under the curves of the means; the handle for the legend."""
        ranks, colour = np.arange(self.ranks + 1.0), style.colours.line(PARTS[self.part].colour)
        self.residual.draw(axes, ranks, style.colours.text, style)
        if self.accuracy is not None:
            self.accuracy.draw(axes, ranks, colour, style)
        from matplotlib.patches import Patch

        return Patch(color=style.colours.faint, alpha=BAND, linewidth=0, label=self.name)

    def draw_dots(self, axes: Any, rank: int, style: Style) -> None:
        """Draw the numbers of each run at a rank."""
        at = np.array([float(rank)])
        self.residual.draw_dots(axes, at, [rank], style.colours.text, style)
        if self.accuracy is not None:
            self.accuracy.draw_dots(axes, at, [rank], style.colours.line(PARTS[self.part].colour), style)

    def columns(self) -> dict[str, list[Cell]]:
        """The numbers at every rank by the name of their column; variances are those of the sample."""
        residual, norm, lost = self.residual.over, over_repeats(self.norm.values), self.lost
        named = {
            "group mean residual (%)": residual.mean,
            "group residual 95 % low (%)": residual.low,
            "group residual 95 % high (%)": residual.high,
            "group mean norm (%)": norm.mean,
            "group variance of norm (%²)": norm.variance,
        }
        if self.accuracy is not None and lost is not None:
            over, each = over_repeats(self.accuracy.values), self.accuracy
            named |= {
                f"group mean {self.part} accuracy (%)": over.mean,
                "group variance of accuracy (%²)": over.variance,
                "group 95 % low (%)": over.low,
                "group 95 % high (%)": over.high,
                "group mean accuracy lost (points)": lost.mean,
                "group variance of accuracy lost (points²)": lost.variance,
            }
            named |= {
                f"{name} {self.part} accuracy (%)": values for name, values in zip(each.names, each.values, strict=True)
            }
        named |= {
            f"{name} residual (%)": values
            for name, values in zip(self.residual.names, self.residual.values, strict=True)
        }
        runs: list[Cell] = [len(self.residual.values)] * (self.ranks + 1)
        return {**{name: values.tolist() for name, values in named.items()}, "group runs": runs}


# --- in words ---


def group_sentence(mean: GroupMean, rank: int) -> str:
    """Mean and sample variance at a rank, as in the table of the report's Fig. 8, and the elbows."""
    norm, lost = over_repeats(mean.norm.values[:, rank]), mean.lost
    found = f"{float(norm.mean):.2f} % of the norm (s² {float(norm.variance):.3g})"
    if lost is not None and mean.accuracy is not None:
        points = f"{float(lost.mean[rank]):.2f}".replace("-", "−")
        accuracy = _interval(mean.accuracy.values[:, rank], 2, " %")
        found += f", {points} points lost (s² {float(lost.variance[rank]):.3g}); accuracy {accuracy}"
    elbow = ", ".join(f"{name} {_interval(np.array(at), 1)}" for name, at in mean.elbows)
    warned = "".join(f"{warning} " for warning in mean.warnings)
    said = f"{mean.title}: {warned}mean of {mean.trainings} at rank {rank}: {found}"
    return f"{said}; elbows: {elbow}" if elbow else said


def group_readout(mean: GroupMean, rank: int) -> str:
    """What stands beside the line at the rank."""
    energy = f"mean energy {100.0 - float(mean.residual.over.mean[rank]):.1f} %"
    if (reading := mean.reading(rank)) is None:
        return energy
    value, (low, high) = reading
    return f"mean {value:.1f} % (95 %: {low:.1f}–{high:.1f})\n{energy}"


def group_pointed_at(mean: GroupMean, rank: int) -> str:
    """All that is known of a rank under the mouse."""
    parts = [
        f"residual {_interval(mean.residual.values[:, rank], 2, ' %')} of ‖W‖²",
        f"norm {_interval(mean.norm.values[:, rank], 2, ' %')}",
    ]
    if mean.accuracy is not None:
        parts.append(f"accuracy {_interval(mean.accuracy.values[:, rank], 2, ' %')}")
    return f"rank {rank}, mean of {mean.trainings}: {', '.join(parts)}"


def group_table(mean: GroupMean) -> str:
    """All ranks as tab-separated text with a row of names: means and sample variances over the runs."""
    kept, lost = over_repeats(mean.norm.values), mean.lost
    columns = {
        "residual_percent": mean.residual.over.mean,
        "norm_percent": kept.mean,
        "norm_percent_variance": kept.variance,
    }
    if lost is not None:
        columns |= {"accuracy_lost": lost.mean, "accuracy_lost_variance": lost.variance}
    rows = (
        "\t".join([str(rank), *(f"{column[rank]:.17g}" for column in columns.values()), str(kept.count)])
        for rank in range(mean.ranks + 1)
    )
    return "\n".join(["\t".join(("rank", *columns, "runs")), *rows, ""])


def _interval(values: NDArray[np.float64], digits: int, unit: str = "") -> str:
    return interval_words(over_repeats(values), digits, unit).replace("-", "−")


# --- how it is found ---


def spectra_mean(place: Place, about: Approximated, part: PartName) -> GroupMean:
    """What the eigenvalues alone tell of the group of `place`.

    ValueError: selected units are asked about; else as `Approximated.spectrum`.
    """
    group = place.group
    assert group is not None
    if about.matrix == "units":
        raise ValueError(NO_UNITS)
    spectra = tuple(about.spectrum(each) for each in place.each)
    norm = _even([found.norm_percent for found in spectra])
    of = "" if about.name == "W" else f", {about.name}"
    residual = Trainings(100.0 - norm**2 / 100.0, group.columns)
    kept = Trainings(norm, group.columns)
    return GroupMean(place.words + of, group.trainings, part, residual, kept, None, _elbows(spectra))


def with_accuracy(mean: GroupMean, curves: GroupCurves) -> GroupMean:
    """The same with what the network says in each run; unchanged while that is not known of all of them."""
    if len(curves.accuracy) != len(mean.norm.values):
        return mean
    return replace(mean, accuracy=Trainings(curves.accuracy, mean.norm.names), warnings=curves.warnings)


def curves_of(place: Place, about: Approximated, part: PartName) -> GroupCurves:
    """What every rank of the matrix costs in the runs of the group of `place`. DataMissing: as there."""
    from workbench.evaluation.ranks.groups import group_curves

    *_, curves = group_curves(place.runs, place.layer, place.snapshot, part, matrix=about.matrix)
    return curves


def _even(curves: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    """The curves as rows of one length: beyond a run's largest rank all is kept."""
    longest = max(map(len, curves))
    return np.stack([np.pad(curve, (0, longest - len(curve)), mode="edge") for curve in curves])


def _elbows(spectra: Sequence[LowRank]) -> tuple[tuple[str, tuple[int, ...]], ...]:
    found: dict[str, list[int]] = {}
    for each in spectra:
        for name, rank in elbows(each).items():
            if rank is not None:
                found.setdefault(name, []).append(rank)
    return tuple((name, tuple(ranks)) for name, ranks in found.items())
