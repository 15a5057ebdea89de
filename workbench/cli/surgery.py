"""`workbench shrink`: a pruned run as the smaller network that computes the same."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from workbench.cli.command import Command
from workbench.cli.failures import BadUsage
from workbench.cli.places import check_free, declare_overwrite
from workbench.evaluation.saving import FORMATS, save_tensors
from workbench.runs.counted import counted
from workbench.runs.run import open_run

if TYPE_CHECKING:
    import argparse

    from workbench.evaluation.shrinking import Shrunk
    from workbench.runs.run import Run


def _shrink(options: argparse.Namespace) -> int:
    out = options.out
    masks = out.with_name(f"{out.stem}.mask{out.suffix}")
    if out.suffix not in FORMATS:
        raise BadUsage(f"{out}: networks are saved as {' or '.join(FORMATS)}")
    check_free(options.overwrite, out, masks)
    with open_run(options.run) as run:
        try:
            snapshot = run.resolve(options.snapshot)
        except IndexError as error:
            raise BadUsage(str(error)) from error
        _save(run, snapshot, out, masks, options)
    return 0


def _save(run: Run, snapshot: int, out: Path, masks: Path, options: argparse.Namespace) -> None:
    import torch

    from workbench.evaluation.shrinking import shrunk

    found = shrunk(run, snapshot, root=options.data_root)
    facts = _facts(run, snapshot, found)
    # The masks first: whoever finds the network finds them too.
    kept = {layer: torch.from_numpy(mask) for layer, mask in found.masks.items()}
    save_tensors(masks, kept, facts, options.overwrite)
    save_tensors(out, found.state, facts, options.overwrite)
    for layer, mask in found.masks.items():
        print(f"{layer:<8} {int(mask.sum()):>6,} of {counted(len(mask), 'unit')}")
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


def _declare(parser: argparse.ArgumentParser) -> None:
    parser.epilog = (
        "Beside NAME.pt or NAME.safetensors stands NAME.mask with the same ending: for each layer that lost units, "
        "which ones are kept."
    )
    parser.add_argument("run", type=Path, metavar="RUN.h5", help="a run that was pruned, see workbench train --prune")
    parser.add_argument("--snapshot", type=int, default=-1, help="of the run (default -1, the last)")
    parser.add_argument("--out", type=Path, required=True, metavar="NAME.safetensors|.pt", help="a state dict to write")
    declare_overwrite(parser)


SHRINK = Command(
    "save a pruned run as the smaller network that computes the same", _declare, _shrink, asks_network=True
)
