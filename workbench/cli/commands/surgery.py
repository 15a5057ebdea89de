"""`workbench merge` and `shrink`: a run as a smaller network, saved with the units that it keeps."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from workbench.analysis.merging import REPEATED_COSINE
from workbench.cli.command import Command, titled
from workbench.cli.commands.evaluating import declare_network, interval_of, warn
from workbench.cli.commands.inspecting import chosen
from workbench.cli.failures import BadUsage
from workbench.cli.places import check_free, declare_overwrite
from workbench.cli.telling import bar
from workbench.evaluation.similarity.table import RANKED_BY
from workbench.evaluation.smaller.saving import FORMATS, masks_beside, save_smaller
from workbench.runs.run import open_run
from workbench.runs.saying import counted

if TYPE_CHECKING:
    import argparse

    from workbench.evaluation.smaller.shrinking import Shrunk
    from workbench.runs.run import Run


_MASKS = (
    "A file NAME.mask, with the same ending, is written next to NAME.pt or NAME.safetensors. For each layer that lost "
    "units, it says which ones were kept."
)


def _merge(options: argparse.Namespace) -> int:
    from workbench.evaluation.smaller.merging import merge

    if options.save:
        _check_place(options.save, options.overwrite)
    with open_run(options.run) as run:
        layer, snapshot = chosen(options, run)
        how = snapshot, options.part, options.data_root, options.by_outputs
        compared = options.similarity
        with bar(f"merging units of {layer.name}") as tell:
            found = merge(run, layer.name, options.cosine, *how, tell, compared)
        removed = layer.zero_units(snapshot)
    warn(found.warnings)
    before, left = layer.units - removed, found.result.units - removed
    print(f"unchanged               {interval_of(found.unchanged)}, {counted(before, 'unit')}")
    print(f"merged at {options.cosine:<8.4g}      {interval_of(found.accuracy)}, {counted(left, 'unit')} left")
    if left == before:
        print("nothing was merged: no two units are that similar; a smaller --cosine merges more")
    print(f"pruned by smallest norm {interval_of(found.pruned)}, {counted(left, 'unit')} left")
    if options.save:
        result, mask = found.result, np.isin(np.arange(layer.units), found.result.groups.kept)
        facts = {
            "net": run.spec.net.name,
            "widths": ",".join(map(str, result.widths)),
            "layer": result.layer,
            "kept_units": ",".join(map(str, result.groups.kept)),
            "merged_at_cosine": repr(options.cosine),
            **({"merged_by": compared} if compared else {}),
        }
        masks = save_smaller(options.save, result.state, {result.layer: mask}, facts, options.overwrite)
        print(f"{options.save}: written; the masks are in {masks.name}")
    return 0


def _shrink(options: argparse.Namespace) -> int:
    _check_place(options.out, options.overwrite)
    with open_run(options.run) as run:
        try:
            snapshot = run.resolve(options.snapshot)
        except IndexError as error:
            raise BadUsage(str(error)) from error
        _save(run, snapshot, options)
    return 0


def _check_place(out: Path, overwrite: bool) -> None:
    if out.suffix not in FORMATS:
        raise BadUsage(f"{out}: networks are saved as {' or '.join(FORMATS)}")
    check_free(overwrite, out, masks_beside(out))


def _save(run: Run, snapshot: int, options: argparse.Namespace) -> None:
    from workbench.evaluation.smaller.shrinking import shrunk

    out = options.out
    with bar("comparing the two networks") as tell:
        found = shrunk(run, snapshot, root=options.data_root, tell=tell)
    masks = save_smaller(out, found.state, found.masks, _facts(run, snapshot, found), options.overwrite)
    for layer, mask in found.masks.items():
        print(f"{layer:<8} {int(mask.sum()):>6,} of {counted(len(mask), 'unit')}")
    for why in found.kept_whole.values():
        print(why)
    before, after = found.parameters
    print(f"{out}: {after:,} of {counted(before, 'parameter')} ({after / before:.1%}); the masks are in {masks.name}")
    images = counted(found.images, "test image")
    print(f"same network: on {images} logits differ by at most {found.largest_difference:.2g}")


def _facts(run: Run, snapshot: int, found: Shrunk) -> dict[str, str]:
    net = run.spec.net
    return {
        "net": net.name,
        "widths": ",".join(map(str, found.widths)),
        "bias": str(net.bias).lower(),
        "image_shape": ",".join(map(str, net.image_shape or ())),
        "classes": str(run.layers[-1].units),
        "run_id": run.run_id,
        "snapshot": str(snapshot),
        "largest_logit_difference": repr(found.largest_difference),
    }


def _declare_merge(parser: argparse.ArgumentParser) -> None:
    parser.epilog = _MASKS
    declare_network(parser)
    parser.add_argument(
        "--cosine",
        type=float,
        default=REPEATED_COSINE,
        help=f"merge units with at least this cosine (default {REPEATED_COSINE:g})",
    )
    parser.add_argument(
        "--by-outputs",
        action="store_true",
        help="take the ratios of merged units from their outputs, not from their weights",
    )
    parser.add_argument(
        "--similarity",
        choices=tuple(RANKED_BY),
        help=f"by what units are compared: {titled(RANKED_BY)}; default: weights and bias, batch norm folded in",
    )
    parser.add_argument("--save", type=Path, metavar="NAME.safetensors|.pt", help="a state dict to write")
    declare_overwrite(parser)


def _declare(parser: argparse.ArgumentParser) -> None:
    parser.epilog = _MASKS
    parser.add_argument("run", type=Path, metavar="RUN.h5", help="a run that was pruned, see workbench train --prune")
    parser.add_argument("--snapshot", type=int, default=-1, help="the snapshot to save (default -1, the last)")
    parser.add_argument("--out", type=Path, required=True, metavar="NAME.safetensors|.pt", help="a state dict to write")
    declare_overwrite(parser)


MERGE = Command("merge the repeated units of a layer", _declare_merge, _merge, asks_network=True)
SHRINK = Command(
    "save a pruned run as the smaller network that computes the same", _declare, _shrink, asks_network=True
)
