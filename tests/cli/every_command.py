"""Words that make every command do its work on small files in the working folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

RUN = "one.h5"
TINY = "--net lenet --widths 8,4 --data digits --classes 3,5 --epochs 0.5 --snapshots log:3 --device cpu"
FILES = (  # the commands that make the files, in this order
    f"train {TINY} --out {RUN}",
    f"train {TINY} --seed 1 --out two.h5",
    f"train --from {RUN} --prune fc1 --fraction 0.5 --epochs 0.5 --device cpu --out pruned.h5",
    f"export {RUN} --out smaller.safetensors",
    "import smaller.safetensors --data digits --out guessed.h5",
)
TEXTS = {
    "sweep.toml": 'net = "lenet"\nwidths = "8,4"\nclasses = "3,5"\niterations = 3\ndevice = "cpu"\nlr = [0.1, 0.2]\n'
}
WORDS = {
    "train": f"{TINY} --out trained.h5",
    "sweep": "sweep.toml --workers 1 --out swept",
    "info": RUN,
    "verify": RUN,
    "repair": f"{RUN} repaired.h5",
    "overview": f"{RUN} --out overview.csv",
    "overview-group": f"{RUN} two.h5 --out group.csv",
    "units": f"{RUN} --layer fc1 --out units.csv",
    "spectrum": f"{RUN} --layer fc1 --out spectrum.json",
    "graph": f"{RUN} --layer fc1 --out graph.json",
    "directions": f"{RUN} --layer fc1 --k 3 --out directions.csv",
    "prune": f"{RUN} --layer fc1 --orders max_mag --out curve.csv",
    "prune-group": f"{RUN} two.h5 --layer fc1 --orders max_mag --out groups.csv",
    "lowrank": f"{RUN} --layer fc1 --out ranks.csv",
    "band": f"{RUN} --layer fc1 --from 1 --to 2 --out band.csv",
    "lowrank-group": f"{RUN} two.h5 --layer fc1 --rank 2",
    "angles": f"{RUN} two.h5 --layer fc1 --rank 2 --out angles.csv",
    "cka": f"{RUN} two.h5 --images 40 --out cka.csv",
    "barrier": f"{RUN} two.h5 --points 3 --out barrier.csv",
    "compare": f"{RUN} two.h5 --out compare.csv",
    "resample": f"{RUN} --after fc1 --rank 2 --out again.h5",
    "subspace": f"{RUN} --layer fc1 --rank 2 --out space.csv",
    "ablate": f"{RUN} --layer fc1 --units 3",
    "merge": f"{RUN} --layer fc1",
    "shrink": "pruned.h5 --out smaller.pt",
    "figure": f"spectrum {RUN} --layer fc1 --out figure.svg",
    "animate": f"spectrum {RUN} --layer fc1 --no-motion --fps 1 --size 480x300 --out film.mp4",
    "page": f"{RUN} --layer fc1 --snapshots 0:1 --out page.html",
    "report": f"{RUN} --layers fc1 --no-costs --out report",
    "reproduce": "fig2a --repeats 1 --out rebuilt",
    "ask": "suffix --repeats 1 --iterations 4 --out asked",
    "import": "smaller.safetensors --out imported.h5",
    "export": f"{RUN} --out exported.safetensors",
    "confirm": "guessed.h5",
    "screenshot": f"{RUN} --out pictures",
    "bench": f"gui {RUN} --quick",
    "doctor": "",
    "desktop-entry": "--install",
}


def words_of(command: str) -> list[str]:
    """The command line."""
    return [command, *WORDS[command].split()]


def write_texts(folder: Path) -> None:
    """Write the files that no command makes."""
    for name, text in TEXTS.items():
        (folder / name).write_text(text, encoding="utf-8")
