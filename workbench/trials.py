"""What `workbench doctor` tries: `python -m workbench.trials NAME …` does the work and says how it went.

Each line of its output is a JSON object: the name of the trial, whether it went well, and what was found or went wrong.
It is written as soon as it is known: a library that ends the process takes only its own trial with it.
"""

from __future__ import annotations

import json
import sys
import tempfile
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.resource import resource
from workbench.runs.saying import in_words

if TYPE_CHECKING:
    from collections.abc import Callable

IMPORT = "import "  # begins the name of a trial that imports a module
# Qt is asked by a program of its own: it ends a process it cannot serve, after what that has written.
ASK_QT = """
import ctypes, json, sys

def loads(library):
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True

def tell(**facts):
    print(json.dumps(facts), flush=True)

tell(missing=[library for library in sys.argv[1:] if not loads(library)])
from PySide6 import QtCore, QtGui, QtWidgets
ini, user = QtCore.QSettings.Format.IniFormat, QtCore.QSettings.Scope.UserScope
tell(version=QtCore.qVersion(), settings=QtCore.QSettings(ini, user, "workbench", "workbench").fileName())
application = QtWidgets.QApplication([])
tell(platform=application.platformName(), fonts=len(QtGui.QFontDatabase.families()))
window = QtWidgets.QWidget()
window.show()
application.processEvents()
tell(window=not window.grab().isNull())
"""


def training() -> str:
    """Train one step, on the device that trainings choose."""
    from workbench.nets import devices
    from workbench.runs.spec import DataSpec, NetSpec, OptimiserSpec, RunSpec
    from workbench.training.loop.loop import train

    net, data = NetSpec("lenet", widths=(4, 3)), DataSpec("digits", classes=(3, 5))
    for _ in train(RunSpec(net, data, OptimiserSpec("sgd", learning_rate=0.1), iterations=1, epochs=None)):
        pass
    return f"{_described(str(devices.device()))}; one step was trained"


def evaluation() -> str:
    """Multiply matrices on the device where networks are evaluated."""
    import torch

    from workbench.nets import devices

    where = devices.evaluation_device()
    ones = torch.ones(8, 8, device=where)
    if (ones @ ones).sum().item() != 512:
        raise RuntimeError(f"{where} multiplies matrices incorrectly; update its driver")
    return str(where)


def loops() -> str:
    """Compile the loops of the graph layout, or load what was compiled before."""
    from workbench.analysis.layout.forces import compile_now

    compile_now()
    return "compiled"


def pictures() -> str:
    """Draw the curves of the first sample run as a picture and as a page."""
    from workbench.figures.kinds import figure
    from workbench.figures.page import Page
    from workbench.runs.run import open_run

    with open_run(_samples()[0]) as run:
        page = Page((figure("training", run).figure,))
        sizes = [len(page.bytes(kind)) for kind in ("png", "pdf")]
    return f"a figure was drawn ({sizes[0]:,} bytes of PNG, {sizes[1]:,} of PDF)"


def films() -> str:
    """Encode a picture as a film."""
    import av
    import numpy as np

    target = BytesIO()
    with av.open(target, "w", format="mp4") as film:
        stream = film.add_stream("libx264", rate=1)
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p"
        film.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")))
        film.mux(stream.encode())
    return f"H.264 ({len(target.getvalue()):,} bytes were encoded)"


def samples() -> str:
    """Open every sample run."""
    from workbench.runs.run import open_run

    found = []
    for path in _samples():
        with open_run(path) as run:
            found.append(f"{path.name} ({run.snapshots} snapshots)")
    return ", ".join(found)


def confinement() -> str:
    """Look into a file in a confined process; what was in force there."""
    from workbench.runs.run import open_run

    with open_run(_samples()[0]) as run:
        return "; ".join(run.protections)


def recording() -> str:
    """Train a tiny run in a child process, as the window does, and read it back."""
    from workbench.runs.run import open_run
    from workbench.runs.spec import DataSpec, NetSpec, OptimiserSpec, RunSpec
    from workbench.training.process.host import host

    net, data = NetSpec("lenet", widths=(4, 3)), DataSpec("digits", classes=(3, 5))
    spec = RunSpec(net, data, OptimiserSpec("sgd", learning_rate=0.1), iterations=1, epochs=None, device="cpu")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trial.h5"
        for _ in host(spec, path):
            pass
        with open_run(path) as run:
            return f"a child process recorded {run.snapshots} snapshots"


def data(title: str) -> str:
    """Load a data set from the folder of data."""
    from workbench.nets.datasets import load

    loaded = load(title)
    return f"{len(loaded.train_labels):,} and {len(loaded.test_labels):,} images"


def imported(module: str) -> str:
    """Import a module, as the workbench does."""
    if module == "torchvision":
        from workbench.nets.torchvision_loading import torchvision

        torchvision("datasets")
    else:
        import_module(module)
    return "imported"


def _described(device: str) -> str:
    """The device in words."""
    import torch

    if device.startswith("cuda"):
        card = torch.cuda.get_device_properties(0)
        return f"cuda: {card.name}, {card.total_memory / 2**30:.0f} GiB"
    if device.startswith("mps"):
        return "mps: this computer's Apple GPU"
    threads = torch.get_num_threads()
    many = "1 thread" if threads == 1 else f"{threads} threads"
    return f"cpu: {many} (no CUDA or Apple GPU was found)"


def _samples() -> list[Path]:
    found = sorted(resource("sample_runs").glob("*.h5"))
    if not found:
        raise FileNotFoundError("there is no sample run")
    return found


TRIALS: dict[str, Callable[[], str]] = {
    "Training device": training,
    "Evaluation device": evaluation,
    "Compiled loops": loops,
    "Figures": pictures,
    "Films": films,
    "Child process": recording,
    "Confinement": confinement,
    "Sample runs": samples,
}


NEED_TORCH = ("Training device", "Evaluation device", "Child process")


def tried(name: str) -> tuple[bool, str]:
    """Whether a trial went well, and what was found or went wrong. `name`: of TRIALS, "import NAME", or a data set."""
    try:
        if name.startswith(IMPORT):
            return True, imported(name.removeprefix(IMPORT))
        return True, TRIALS[name]() if name in TRIALS else data(name)
    except Exception as error:  # whatever goes wrong is what the doctor is there to find
        return False, f"{in_words(error)}"


def main() -> None:
    """Do the trials that the arguments name."""
    output, sys.stdout = sys.stdout, sys.stderr  # libraries may print
    for name in sys.argv[1:]:
        ok, said = tried(name)
        output.write(json.dumps({"name": name, "ok": ok, "said": " ".join(said.split())}) + "\n")
        output.flush()


if __name__ == "__main__":
    main()
