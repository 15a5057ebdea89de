"""The sentences of a report."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workbench.analysis.low_rank import elbows_of_weights
from workbench.evaluation.identity import in_words as known_how
from workbench.runs.collection.naming import moment_beside_number
from workbench.runs.errors import escaped, shown
from workbench.runs.saying import counted, plural
from workbench.runs.spec import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.reports.costs import Costs
    from workbench.reports.structure import Clusters, Structure
    from workbench.runs.run import Run

NOT_KNOWN = "–"


def number(value: int | None) -> str:
    """A count; a dash where it is not known."""
    return NOT_KNOWN if value is None else f"{value:,}"


def percent(value: float) -> str:
    """An accuracy; a dash where it is not known."""
    return f"{value:.2f} %" if np.isfinite(value) else NOT_KNOWN


def count_of(count: int, noun: str) -> str:
    """ "1 unit", "no units", "3 units"."""
    return counted(count, noun) if count else f"no {noun}s"


def specification(run: Run, snapshot: int) -> Iterator[tuple[str, str]]:
    """What was fixed before the training, and where it came to; texts of the file literally."""
    spec = run.spec
    yield "Title", shown(run.title)
    yield "Run", f"{shown(run.run_id)}, content {run.content()}, made {shown(run.created)}"
    yield "Made with", shown(run.software)
    yield "Network", _network(run)
    yield "Data", _data(run)
    yield from _training(run)
    when = moment_beside_number(run, snapshot)
    yield "Shown here", f"snapshot {snapshot} of {run.snapshots - 1}{f', {when}' if when else ''}"
    parts = ((part, float(run.history(f"{part}_accuracy")[snapshot])) for part in ("test", "validation", "train"))
    yield "Accuracy there", ", ".join(f"{part} {percent(value)}" for part, value in parts)
    if spec.parent or spec.surgery:
        yield "Begins at", shown(spec.surgery.parent if spec.surgery else str(spec.parent))
    for note in run.notes:
        yield "Note", shown(note)


def _training(run: Run) -> Iterator[tuple[str, str]]:
    """How it was trained; of a run that was trained elsewhere, what is known of that."""
    spec = run.spec
    if spec.origin is not None:
        yield "Origin", shown(f"{spec.origin.how} from {spec.origin.source}, parameters {spec.origin.storage}")
        yield "Training", f"elsewhere; details are not known; {counted(run.snapshots, 'snapshot')}, {run.state}"
        if spec.origin.note:
            yield "Note", escaped(spec.origin.note)
        for argument in spec.origin.evidence:
            yield "Evidence", escaped(argument)
        return
    yield "Initialiser", shown(spec.initialiser)
    optimiser = spec.optimiser
    yield (
        "Optimiser",
        (
            f"{optimiser.name}, learning rate {optimiser.learning_rate:g} ({optimiser.schedule}), "
            f"momentum {optimiser.momentum:g}, weight decay {optimiser.weight_decay:g}, batch {spec.batch_size}"
        ),
    )
    length = [counted(spec.iterations, "iteration")] if spec.iterations else []
    length += [f"{spec.epochs:.4g} {plural(spec.epochs, 'epoch')}"] if spec.epochs else []
    yield "Length", f"{', '.join(length) or 'unknown'}, {counted(run.snapshots, 'snapshot')}, {run.state}"
    if spec.frozen:
        yield "Frozen", f"{' and '.join(map(shown, spec.frozen))}: not trained"
    order = "" if spec.order_seed is None else f" by seed {spec.order_seed}"
    yield "Seed", f"{spec.seed}, batches {f'shuffled{order}' if spec.shuffle else 'in fixed order'}, {spec.precision}"


def _network(run: Run) -> str:
    net = run.spec.net
    layers = ", ".join(f"{shown(layer.name)} {layer.units} × {layer.inputs}" for layer in run.layers)
    weights = sum(layer.units * layer.inputs for layer in run.layers)
    biases, where = "" if net.bias else " without biases", plural(len(run.layers), "layer")
    guess = " by the shapes of its parameters" * run.spec.guessed
    name = "not stated in its file" if net.name == UNKNOWN else f"{shown(net.name)}{guess}{known_how(run)}"
    return f"{name}{biases}, {counted(weights, 'weight')} in the {where} {layers}"


def _data(run: Run) -> str:
    data, facts = run.spec.data, run.spec.facts
    said = ["not stated in its file" if data.name == UNKNOWN else shown(data.name)]
    if facts is not None:
        said.append(f"{facts.train_images:,} training, {facts.validation_images:,} validation and "
                    f"{counted(facts.test_images, 'test image')}")  # fmt: skip
    if facts is not None:
        stored = facts.test_sha256
        said.append("no digest of them stored" if stored is None else f"SHA-256 of the test part {shown(stored)}")
    said += [f"classes {', '.join(map(str, data.classes))} only"] if data.classes else []
    said += [f"{100 * data.label_noise:g} % of the labels random"] if data.label_noise else []
    said += ["augmented by crops and flips"] if data.augment else []
    return ", ".join(said)


# --- a layer ---


def told_structure(found: Structure) -> Iterator[str]:
    """What the weights of a layer say, in sentences."""
    now, before = found.now, found.before
    gone = f" ({found.removed:,} more are removed: all of their weights are zero)" if found.removed else ""
    silent = f" ({found.silent_inputs:,} more come from removed units and are zero)" if found.silent_inputs else ""
    yield f"{found.layer} has {count_of(found.units, 'unit')} with {count_of(found.inputs, 'input')}{gone}{silent}."
    yield f"With edges from a cosine of {found.cutoff:.4g} on, its weight graph has {_clusters(now)}."
    if now is not before:
        yield f"{found.start.capitalize()} it had {_clusters(before)}."
    yield from _states(found)
    if now is not before:
        yield (f"The frame potential over m² went from {before.mean_square_cosine:.3g} to "
               f"{now.mean_square_cosine:.3g}.")  # fmt: skip
    yield from _spectrum(found)


def _clusters(found: Clusters) -> str:
    if not found.sizes:
        return f"no edges: {plural(found.isolated, 'the one unit is', f'all {found.isolated:,} units are')} isolated"
    sizes = ", ".join(f"{size:,}" for size in found.sizes[:5]) + (", …" if len(found.sizes) > 5 else "")
    components = count_of(len(found.sizes), "component")
    return f"{components} of two units or more ({sizes}), {count_of(found.isolated, 'isolated unit')}, " + count_of(
        found.edges, "edge"
    )


def _states(found: Structure) -> Iterator[str]:
    now = found.now
    if now.dead is None:
        yield "Which units are dead is not known: the run stores no activity of this layer."
    else:
        yield dead_in_words(now.dead, now.isolated_and_dead, found.units)
    if now.hardly_moved and now is not found.before:
        which = _of_its_units(now.hardly_moved, found.units, "has", "have")
        yield f"{which} hardly moved {found.since}."


def dead_in_words(dead: int, isolated: int, units: int) -> str:
    """The sentence on the dead units of a layer of so many `units`; so many of the dead ones are `isolated`."""
    many = f"{'all' if isolated == dead else f'{isolated:,}'} of them isolated"
    alone = f", {'and isolated' if dead == 1 else many}" if isolated else ""
    return f"{_of_its_units(dead, units, 'is', 'are')} dead{alone}."


def _of_its_units(count: int, units: int, one: str, several: str) -> str:
    """So many of a layer's units, with the verb beside them."""
    if count == units:
        return f"Its only unit {one}" if units == 1 else f"All of its {units:,} units {several}"
    return f"{f'{count:,}' if count else 'None'} of its units {plural(max(count, 1), one, several)}"


def _spectrum(found: Structure) -> Iterator[str]:
    if found.spectrum is None:
        yield "All its weights are zero."
        return
    yield found.spectrum.words
    ranks, elbow = found.ranks, found.ranks.kneedle
    elbows = ", ".join(f"{rank} by {title}" for title, rank in elbows_of_weights(ranks))
    yield (
        f"Its stable rank is {found.stable_rank:.3g} of {ranks.ranks}; elbows are at rank {elbows}. "
        f"Rank {elbow} keeps {ranks.norm_percent[elbow]:.2f} % of the norm."
    )


def told_costs(found: Costs) -> Iterator[str]:
    """What changes cost, in sentences; why that is doubtful comes first."""
    yield from found.warnings
    if found.measured_at:
        yield found.measured_at
    yield f"On {counted(found.images, 'test image')} the network is right on {percent(found.start)}."
    if found.overview.guess:
        yield f"It is {found.overview.guess}."
    else:
        yield from _told_changes(found)


def _told_changes(found: Costs) -> Iterator[str]:
    """What units and ranks cost of a network that does not only guess."""
    for each in found.pruned:
        chosen = ""
        if each.chosen is not None and each.chosen_accuracy is not None:
            chosen = f" (chosen on validation: {each.chosen}, which leaves {percent(each.chosen_accuracy)})"
        yield (f"In the order {each.order}, {count_of(each.removable, 'unit')} can be removed within a "
            f"point{chosen}; the mean "
               f"over the curve is {percent(each.area.mean)}{f'; {each.flat}' if each.flat else ''}.")  # fmt: skip
    if found.refused:
        yield f"Units are not merged: {found.refused}."
    elif found.merged is None or not found.merged.removed:
        yield "No units can be merged within a point."
    else:
        point = found.merged
        yield (f"{count_of(point.removed, 'unit')} can be merged into others within a point, at a cosine of "
               f"{point.cosine:g}: {percent(point.accuracy.accuracy)} are left.")  # fmt: skip
    if found.rank_accuracy is not None:
        low, high = found.rank_accuracy.interval95
        yield (f"At rank {found.rank}, the elbow, the accuracy is {percent(found.rank_accuracy.accuracy)} "
               f"({low:.2f} to {high:.2f}).")  # fmt: skip
    if found.tolerated is not None and found.tolerated_accuracy is not None:
        yield (f"Rank {found.tolerated} is the smallest within a point on validation; on the test images it has "
               f"{percent(found.tolerated_accuracy.accuracy)}.")  # fmt: skip
