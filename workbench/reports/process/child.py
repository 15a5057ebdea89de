"""The process that draws: `python -m workbench.reports.process.child`.

It reads requests on standard input until that ends. One with a page as MessagePack behind it is answered with its SVG
file, an empty one with the PDF file of all pages so far, which ends the process.
"""

from __future__ import annotations

import sys

from workbench.figures.process.child import MOST
from workbench.figures.process.wire import unpacked
from workbench.reports.sheets import Sheets
from workbench.runs.confinement.framing import framed, frames, private_output


def main() -> None:
    """Answer requests until standard input ends."""
    answers, sheets = private_output(), Sheets()
    for request in frames(sys.stdin.buffer, MOST):
        answers.write(framed(b"{}", sheets.add(unpacked(request.payload)) if request.payload else sheets.pdf()))
        answers.flush()
        if not request.payload:
            return


if __name__ == "__main__":
    main()
