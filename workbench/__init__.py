"""See where a trained neural network is redundant.

`open_run` reads a run file; it loads neither Qt nor torch.
"""

from __future__ import annotations

__version__ = "0.1.0"
__all__ = ["Run", "RunSpec", "__version__", "open_run"]

from workbench.runs.run import Run, open_run
from workbench.runs.spec import RunSpec
